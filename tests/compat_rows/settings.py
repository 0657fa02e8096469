"""Settings: one row for each."""

from .effects import EFFECTS
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
    return tuple(row(one.fact, f"{_FORMS}.{test}", *EFFECTS.get(one.name, ()), differs=one.differs) for one in settings)


_HTTP = "test_compat_extension_databases.HttpTests"
_EXTENSIONS = (
    row(
        "`X_HTTPDB_URI`, `X_HTTPDB_HEADERS`, `X_HTTPDB_PARAMETERS`: a client is asked for in JSON.",
        f"{_HTTP}.test_a_client_is_asked_for_in_json",
        "test_backends_http.RequestTests.test_post_sends_json_with_parameters_and_headers",
    ),
    row(
        "`X_HTTPDB_POST = False`, `X_HTTPDB_PARAMETER_KEY_MAC`: in a query, under another name.",
        f"{_HTTP}.test_a_client_is_asked_for_in_a_query",
        "test_backends_http.RequestTests.test_get_sends_a_query_beside_what_the_address_has",
    ),
    row(
        "`X_HTTPDB_CONCURRENCY_LIMIT`: so many at a time.",
        "test_backends_http.RequestTests.test_as_many_requests_at_a_time_as_are_allowed",
    ),
    row(
        "`X_HTTPDB_DEFAULT_LEASE_TIME`, `X_HTTPDB_DEFAULT_SERIAL`, `X_HTTPDB_DEFAULT_NAME_SERVERS`: where the service "
        "has none.",
        f"{_HTTP}.test_what_the_service_leaves_out_has_defaults",
        "test_backends_http.AnswerTests.test_defaults_stand_for_what_is_missing_or_empty",
    ),
    row(
        "`X_REDISDB_KWARGS`, `X_REDISDB_CONCURRENCY_LIMIT`: where Redis is, and how many at a time.",
        "test_compat_extension_databases.RedisContractTests.test_02_knows_each_client_in_full",
        "test_compat_extension_databases.RedisCachingContractTests.test_18_many_at_once_each_get_their_own",
        "test_backends_redis_access.SettingsTests.test_arguments_that_mean_nothing_here_are_told",
    ),
)
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
                "`DATABASE_ENGINE` may be code that makes a database, without arguments.",
                "test_compat_databases.DatabaseContractTests.test_02_knows_each_client_in_full",
                "test_scripting_databases.GetDatabaseTests.test_what_conf_makes",
            ),
            row(
                "A `DATABASE_ENGINE` that is not known ends the start.",
                "test_backend_plugin.PluginTests.test_faults_are_told_by_the_package_and_without_it_the_name_is_not_"
                "known",
                "test_scripting_databases.GetDatabaseTests.test_what_cannot_be_asked_this_way",
            ),
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
                "Settings of the web console and of mail have an effect: none is told to have none.",
                f"{_FORMS}.test_no_setting_is_without_effect",
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
    Part("Settings: extension files that ask HTTP and Redis", _EXTENSIONS),
)
