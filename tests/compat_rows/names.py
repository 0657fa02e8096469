"""Names that conf.py has, and names that it finds."""

from .row import Part, row

_C = "test_compat_names.ConstantTests"
_I = "test_compat_names.InjectedTests"
_N = "test_compat_names.NamespaceTests"
_NS = "test_scripting_namespaces.NamespaceTests"
_D = "test_compat_decisions.ChangedSettingTests"
_F = "test_scripting_registries.FunctionTests"
_W = "test_scripting_registries.DashboardTests"
_M = "test_scripting_registries.MethodTests"
_S = "test_compat_settings.CodeTests"

_CONSTANTS = Part(
    "Constants of conf.py in other files",
    (
        row(
            "Every upper-case name of conf.py is in `staticdhcpdlib.config`: the site's own, such as "
            "`X_SITE_URI`, those "
            "with an underscore in front, classes and functions too.",
            f"{_C}.test_all_upper_case_names_of_conf_are_there",
        ),
        row("Names in lower or mixed case are not.", f"{_C}.test_others_are_not"),
        row("`staticdhcpdlib.config.conf` is conf.py itself.", f"{_C}.test_conf_itself_is_there"),
        row(
            "What conf.py changes in itself later does not reach the server.",
            f"{_C}.test_what_conf_changes_later_reaches_code_and_not_the_server",
            differs="other files see it in `staticdhcpdlib.config`",
        ),
        row(
            "Assigned in `staticdhcpdlib.config` these count from the next packet: `ALLOW_LOCAL_DHCP`, "
            "`ALLOW_DHCP_RELAYS`, `ALLOWED_DHCP_RELAYS`.",
            f"{_D}.test_who_is_served",
        ),
        row(
            "So do `ENABLE_RAPIDCOMMIT`, `AUTHORITATIVE` and `NAK_RENEWALS`.",
            f"{_D}.test_what_is_answered",
            "test_hooks_running.SettingTests.test_a_setting_that_code_changes_counts",
            differs="a value that cannot be is told and changes nothing",
        ),
        row(
            "So do `ENABLE_SUSPEND`, `SUSPEND_THRESHOLD` and `MISBEHAVING_CLIENT_TIMEOUT`.",
            f"{_D}.test_who_asks_too_often",
        ),
        row("So does `UNAUTHORIZED_CLIENT_TIMEOUT`.", f"{_D}.test_how_long_a_stranger_is_not_heard"),
        row(
            "A function that is assigned there in the place of one of conf.py's five is called.",
            "test_hooks_running.SettingTests.test_a_function_that_init_replaces_counts",
            differs="until `init()` has ended, not from packet to packet",
        ),
        row(
            "Without a function of its own, conf.py has one that does nothing: `init`, `filterPacket` (True), "
            "`handleUnknownMAC` (None), `loadDHCPPacket` (True); `filterRetrievedDefinitions` raises ValueError.",
            "test_compat_modules.ConfigTests.test_hooks_are_those_of_conf_or_do_nothing",
        ),
        row(
            "`CACHE_ON_DISK`, `PERSISTENT_CACHE` and `PXE_PORT` are there as `DISK_CACHE`, `DISK_CACHE_PERSISTENT` and "
            "`PROXY_PORT`.",
            f"{_S}.test_the_new_name_is_there_whichever_conf_used",
            "test_config.ValueTests.test_aliases",
        ),
        row("conf.py keeps the name that it used.", f"{_C}.test_conf_keeps_the_name_that_it_uses_itself"),
        row(
            "Of two names for one setting, `PXE_PORT` goes before `PROXY_PORT`, `DISK_CACHE` before `CACHE_ON_DISK`, "
            "`PERSISTENT_CACHE` before `DISK_CACHE_PERSISTENT`.",
            "test_config.ValueTests.test_of_two_names_for_one_setting_the_one_counts_that_staticdhcpd_took",
            differs="if they differ, that is told",
        ),
        row(
            "A name that was never set raises AttributeError.",
            f"{_S}.test_a_name_of_neither_is_not_there",
        ),
        row(
            "`X_...` read at an extension file's own top level.",
            f"{_C}.test_an_extension_file_that_conf_imports_reads_what_stands_above",
            differs="what conf.py has set above that line is there; it was the default always",
        ),
    ),
)
_INJECTED = Part(
    "Names that conf.py finds",
    (
        row(
            "Fifteen functions that convert octets, sixteen names of RFCs, `logger`, `writeLog`, `callbacks`, "
            "`extensions`; nothing else.",
            f"{_I}.test_they_are_these_and_no_others",
            differs="and `staticDHCPd_extensions`, by which the guide calls `extensions`",
        ),
        row(
            "Functions that are called later find them.",
            f"{_I}.test_functions_and_the_top_level_find_them",
            f"{_I}.test_they_work",
            differs="the top level finds them too",
        ),
        row("`logger` is the logger `conf`.", "test_scripting_injected.InjectedTests.test_functions_find_them"),
        row("`writeLog` writes a warning to it.", "test_scripting_site_log.WriteLogTests.test_it_is_a_warning_of_conf"),
        row(
            "They take the place of conf.py's own of the same names.",
            "test_scripting_injected.InjectedTests.test_what_conf_defines_itself_stays",
            differs="conf.py's own stay, but for None and `extensions`: a site means what it writes",
        ),
    ),
)
_CALLBACKS = Part(
    "callbacks",
    (
        row("It has twelve functions and three numbers.", f"{_I}.test_callbacks_has_all_that_code_calls"),
        row("Extension files find the same one.", f"{_I}.test_extension_files_find_the_same_callbacks"),
        row(
            "Functions that add return None, and keep the order.",
            f"{_F}.test_they_are_kept_in_the_order_of_registration",
        ),
        row(
            "What is there already is an ERROR in the log, and changes nothing.",
            f"{_F}.test_a_second_time_is_an_error_in_the_log_and_changes_nothing",
        ),
        row(
            "What is not there is an ERROR in the log, and False.",
            f"{_F}.test_removal_tells_whether_there_was_something",
            differs="removing a header that is there is none",
        ),
        row(
            "Tick functions are called about once a second, without arguments.",
            "test_scripting_site_thread.TickTests.test_they_are_called_again_and_again_on_one_thread",
            "test_compat_modules.SystemTests.test_ticks_and_reinitialisation",
        ),
        row(
            "One that raises keeps none from being called.",
            "test_scripting_site_thread.TickTests.test_one_that_raises_keeps_none_from_being_called",
        ),
        row(
            "Functions for reading anew are called in their order.",
            "test_scripting_site_thread.ReinitialiseTests.test_they_are_called_in_order_whatever_one_raises",
            differs="one that raises does not end the server",
        ),
        row(
            "Functions may add and remove functions while they are called.",
            f"{_F}.test_functions_may_register_and_remove_while_they_are_called",
            differs="there that never came to an end",
        ),
        row(
            "Statistics functions are called with one tuple of nine for each packet.",
            "test_scripting_statistics.StatisticsTests.test_an_exchange",
            "test_compat_modules.SystemTests.test_statistics_are_emitted_to_who_is_registered",
        ),
        row(
            "`webAddDashboard(module, name, callback, ordering=None)`: without an ordering below all others.",
            f"{_W}.test_elements_without_an_ordering_stand_below_all_others",
        ),
        row(
            "Elements of one ordering, module and name.",
            f"{_W}.test_elements_of_one_place_stand_as_they_were_added",
            differs="stand as they were added; there the second one raised",
        ),
        row(
            "`webAddMethod(path, callback, cacheable=False, hidden=True, secure=False, module=None, name=None, "
            "confirm=False, display_mode=WEB_METHOD_RAW)`.",
            f"{_M}.test_what_is_not_said_is_as_documented",
            f"{_M}.test_all_may_be_given_by_place_and_by_name",
        ),
        row(
            "`webRemoveMethod(path)` tells whether it was there; then the path may be taken anew.",
            f"{_M}.test_a_path_that_is_taken_stays_with_whom_has_it_until_it_is_removed",
        ),
        row(
            "An element is removed by its function, also by a method of an object.",
            f"{_W}.test_a_method_of_an_object_is_one_element",
            differs="there a method was never the same twice",
        ),
        row(
            "All may be called with `WEB_ENABLED = False`.",
            f"{_I}.test_pages_can_be_registered_though_there_is_no_console",
        ),
    ),
)
_NAMESPACE = Part(
    "extensions",
    (
        row("A name makes a child, and is the same from then on.", f"{_NS}.test_reading_makes_one_child_of_each_name"),
        row(
            "A child has what was set, and raises AttributeError for all else.",
            f"{_NS}.test_a_parameter_that_was_not_set_is_not_there",
        ),
        row(
            "Names with two underscores in front raise AttributeError.",
            f"{_N}.test_names_with_two_underscores_are_never_made",
        ),
        row("Both are contexts that are themselves.", f"{_N}.test_each_floor_is_a_context_that_is_itself"),
        row("What is raised inside comes out.", f"{_NS}.test_what_is_raised_inside_comes_out"),
        row(
            "`extension_config_iter()` gives name and value one by one, but for names with an underscore in front.",
            f"{_N}.test_parameters_are_gone_through_one_by_one",
            f"{_NS}.test_parameters_are_listed_but_for_private_ones",
        ),
        row("`extension_config_dict()` gives a dict.", f"{_NS}.test_parameters_are_listed_but_for_private_ones"),
        row(
            "`extension_config_merge(defaults, required)` gives defaults under what was set, and "
            "AttributeError for what "
            "is required and not set.",
            f"{_NS}.test_defaults_stand_where_nothing_was_set",
            f"{_N}.test_defaults_and_what_is_required_must_be_told",
        ),
        row("On the first floor it raises ValueError.", f"{_NS}.test_the_first_floor_has_no_parameters"),
        row(
            "Extension files read at their import what `init()` has set.",
            "test_scripting_namespaces.SiteTests.test_an_extension_reads_what_init_has_set",
        ),
        row(
            "It is gone once the server has started.",
            "test_scripting_namespaces.SiteTests.test_the_namespace_outlasts_the_start",
            differs="it stays, so that a file may be imported at any time",
        ),
        row(
            "The guide calls it `staticDHCPd_extensions`, the code `extensions`.",
            "test_scripting_namespaces.SiteTests.test_the_name_that_the_guide_tells_is_the_same",
            "test_scripting_namespaces.SiteTests.test_a_package_that_was_imported_at_the_top_is_both",
            differs="both work, beside the package of that name",
        ),
    ),
)
PARTS = (_CONSTANTS, _INJECTED, _CALLBACKS, _NAMESPACE)
