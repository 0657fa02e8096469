"""Where conf.py is, how it is executed, and the command."""

from .row import Part, row

_N = "test_compat_names.LoadingTests"
_P = "test_config.PlaceTests"
_R = "test_run"

PARTS = (
    Part(
        "conf.py: where it is, and how it is executed",
        (
            row(
                "`STATICDHCPD_CONF_PATH` says where it is; a file in a folder stands for the `conf.py` beside it.",
                f"{_P}.test_the_environment_names_it",
                differs="a file that is there is taken whatever its name, and a folder with or without a slash",
            ),
            row(
                "Otherwise it is `conf/conf.py` in the working folder, then `/etc/staticDHCPd/conf.py`.",
                f"{_P}.test_the_working_folder_is_searched",
                f"{_P}.test_all_places_are_named_where_there_is_none",
                differs="the working folder itself and `/etc/sdhcp` are searched too",
            ),
            row(
                "Where there is none, all places are told.",
                f"{_P}.test_all_places_are_named_where_there_is_none",
            ),
            row(
                "Its folder is added behind `sys.path` and stays: modules beside it can be imported.",
                f"{_N}.test_its_folder_is_added_behind_the_path_and_stays",
            ),
            row(
                "`staticDHCPd_extensions` beside it is a package.",
                f"{_N}.test_a_folder_of_extensions_is_a_package_and_on_the_path_itself",
                differs="the folder, and `extensions`, is on `sys.path` too, as the guide and version 2 have it",
            ),
            row(
                "It is the module `conf`, with its `__file__`.",
                f"{_N}.test_it_is_the_module_conf_with_its_file",
            ),
            row(
                "It is executed once; reading sources anew does not execute it again.",
                f"{_N}.test_it_is_executed_once_and_not_again_when_sources_are_read_anew",
            ),
            row("Nothing is printed.", f"{_N}.test_nothing_is_printed", differs="there the module was"),
            row(
                "What it raises ends the start, and leaves `sys.path` as it was.",
                f"{_N}.test_what_it_raises_leaves_the_path_as_it_was",
                "test_config.SiteTests.test_a_secret_is_in_no_message",
                differs="told as one line, with file and line",
            ),
            row(
                "A file that its code cannot open.",
                f"{_N}.test_what_it_cannot_open_is_told_and_no_other_conf_is_taken",
                differs="is told with its line; there it was taken for a missing conf.py, and the next place tried",
            ),
            row(
                "All modules of staticDHCPd that files import can be imported at its top and before it.",
                "test_compat_modules.NameTests.test_all_modules_can_be_imported_before_a_conf_is_loaded_and_at_its_top",
                "test_compat_modules.NameTests.test_every_name_is_there",
                differs="all of them; some raised there",
            ),
        ),
    ),
    Part(
        "The command",
        (
            row(
                "`--config PATH` goes before the environment.",
                f"{_P}.test_what_is_asked_for_goes_before_the_environment",
                differs="PATH is the file, whatever its name, or its folder",
            ),
            row(
                "`--debug` is `DEBUG = True`, and everything is logged to file and console.",
                "test_config.ValueTests.test_debug_logs_everything",
            ),
            row(
                "A way to stay in the foreground.",
                f"{_R}.RunTests.test_ends_with_status_0_on_either_signal",
                differs="`sdhcp run` always does, so that there is no `--verbose`; SIGTERM ends it with status 0",
            ),
            row("`--version` tells it, with status 0.", f"{_R}.VersionTests.test_names_itself"),
            row(
                "A conf.py that is not in order ends the start.",
                f"{_R}.RunTests.test_a_conf_that_is_not_there_ends_it_with_status_2",
                "test_hooks_running.InitTests.test_what_it_raises_ends_the_start_with_its_line",
                differs="with status 2, and 1 for what `init()` raises; it was 0",
            ),
        ),
    ),
)
