"""Settings: one row for each."""

from .row import Part, Row, row
from .setting import Setting
from .settings_policy import POLICY
from .settings_process import EMAIL, PROCESS, WEB
from .settings_sources import SOURCES

_FORMS = "test_compat_settings.DefaultAndFormTests"
_CODE = (
    "test_compat_settings.CodeTests.test_each_setting_has_its_default_there",
    "test_compat_settings.CodeTests.test_each_setting_is_there_as_conf_wrote_it",
)


def _rows(settings: tuple[Setting, ...], test: str) -> tuple[Row, ...]:
    return tuple(row(one.fact, f"{_FORMS}.{test}", differs=one.differs) for one in settings)


PARTS = (
    Part(
        "Settings: in general",
        (
            row(
                "Two settings must be set; a fault names each that is not.",
                f"{_FORMS}.test_two_have_no_default",
                differs="it is told before anything is opened, not where the setting is first used",
            ),
            row(
                "A source's own settings must be set where it is chosen.",
                f"{_FORMS}.test_what_a_source_needs_is_asked_for",
                differs="told before anything is opened",
            ),
            row("Code finds the default of each setting in `staticdhcpdlib.config`.", _CODE[0]),
            row("Code finds each setting there as conf.py wrote it.", _CODE[1]),
            row(
                'None may be written as None, `""`, `0` or `False`.',
                "test_config.ValueTests.test_nothing_in_every_form",
            ),
            row(
                "Settings of staticDHCPd 1 that nothing reads are accepted silently: `LOG_CAPACITY`, "
                "`LOG_FILE_TIMESTAMP`, `POLLING_INTERVAL`, `POLL_INTERVALS_TO_TRACK`, `WEB_RELOAD_KEY`.",
                f"{_FORMS}.test_leftovers_of_the_first_version_are_accepted_silently",
            ),
            row(
                "A setting for a part that this version does not have is checked, and told.",
                f"{_FORMS}.test_what_is_set_for_a_part_that_is_not_there_yet_is_told",
            ),
            row(
                "A cache on disk without `USE_CACHE` is told.",
                "test_config.ValueTests.test_a_cache_on_disk_that_nothing_is_kept_in_is_named",
            ),
            row(
                "memcached without a host has no cache.",
                "test_config.ValueTests.test_memcached_wants_a_host",
                differs="it is a fault, since the site believes that it has one",
            ),
        ),
    ),
    Part("Settings: who is answered where", _rows(POLICY, "test_who_is_answered_where")),
    Part(
        "Settings: who knows the clients",
        _rows(SOURCES, "test_who_knows_the_clients_and_what_is_kept_of_that"),
    ),
    Part("Settings: the process", _rows(PROCESS, "test_the_process_and_its_logs")),
    Part("Settings: the web console", _rows(WEB, "test_the_web_console")),
    Part("Settings: mail", _rows(EMAIL, "test_mail")),
)
