"""Tests of what settings do, beside those of what they may be."""

_I = "netns.test_interfaces.InterfaceTests"
_D = "test_compat_decisions"
_P = "test_sql_rows.PostgresqlRowTests"
_M = "test_sql_rows.MariadbRowTests"
_G = "test_engine_destination.DestinationTests"
_W = "test_compat_modules.WebTests"
_CACHE = "test_backends_cache_layers.ChoiceTests"
_WEB_PARTS = (f"{_W}.test_what_conf_switches_off_is_not_there", f"{_W}.test_the_consoles_own_part")
_A = "test_alerts_server.MailTestTests"
_S = "test_alerts_server.ServerTests"
_DATABASES = (f"{_P}.test_a_setting_that_is_missing", f"{_P}.test_a_database_that_is_not_there")
_ACCOUNTS = (f"{_P}.test_a_wrong_password_and_nothing_of_the_right_one",)
_ORACLE = ("test_backends_oracle.OracleTests.test_who_and_where_and_for_how_long",)

EFFECTS: dict[str, tuple[str, ...]] = {
    "DAEMON": (f"{_I}.test_twistd_serves_too",),
    "SYSTEM_NAME": (f"{_W}.test_the_dashboard_has_all_elements_but_those_that_fail_or_have_nothing",),
    "PID_FILE": (f"{_I}.test_pid_file_counters_and_a_quiet_end",),
    "UID": (f"{_I}.test_user_and_groups_are_given_up_and_clients_still_served",),
    "GID": (f"{_I}.test_user_and_groups_are_given_up_and_clients_still_served",),
    "DHCP_SERVER_IP": (
        f"{_I}.test_two_interfaces_in_one_process",
        f"{_I}.test_an_address_that_is_not_here",
        "test_cli_check.MachineTests.test_addresses_that_this_machine_does_not_have",
    ),
    "DHCP_RESPONSE_INTERFACE": (
        f"{_G}.test_a_client_without_one_gets_a_frame",
        f"{_I}.test_replies_without_frames_are_broadcast",
    ),
    "DHCP_RESPONSE_INTERFACE_QTAGS": (f"{_I}.test_frames_carry_the_tags_of_a_vlan",),
    "DHCP_SERVER_PORT": ("test_run.RunTests.test_W18",),
    "PROXY_PORT": (f"{_I}.test_the_proxy_port_tells_boot_clients_what_to_load",),
    "ALLOW_LOCAL_DHCP": (f"{_D}.ChangedSettingTests.test_who_is_served",),
    "ALLOW_DHCP_RELAYS": (f"{_D}.ChangedSettingTests.test_who_is_served",),
    "ALLOWED_DHCP_RELAYS": (f"{_D}.ChangedSettingTests.test_who_is_served",),
    "ENABLE_RAPIDCOMMIT": (
        f"{_D}.DiscoverTests.test_with_rapid_commit_it_gets_an_ack_at_once_with_an_empty_option_80",
        f"{_D}.DiscoverTests.test_without_rapid_commit_no_offer_has_option_80",
    ),
    "AUTHORITATIVE": (
        f"{_D}.RenewalTests.test_a_stranger_meets_silence_and_a_refusal_where_the_site_is_authoritative",
    ),
    "NAK_RENEWALS": (f"{_D}.RenewalTests.test_renewals_that_a_site_refuses_are_refused_without_a_look_at_the_client",),
    "UNAUTHORIZED_CLIENT_TIMEOUT": ("test_responder.BlockTests.test_a_stranger_is_not_heard_for_a_while",),
    "MISBEHAVING_CLIENT_TIMEOUT": (f"{_D}.ChangedSettingTests.test_who_asks_too_often",),
    "ENABLE_SUSPEND": (f"{_D}.ChangedSettingTests.test_who_asks_too_often",),
    "SUSPEND_THRESHOLD": (
        f"{_D}.AdmissionTests.test_the_eleventh_packet_of_a_burst_is_the_first_that_is_not_heard_known_or_not",
    ),
    "CASE_INSENSITIVE_MACS": (
        f"{_P}.test_hardware_addresses_in_any_case",
        f"{_M}.test_hardware_addresses_in_any_case",
        "test_backends_sqlite.RowTests.test_hardware_addresses_in_any_case",
    ),
    "EXTRA_MAPS": (f"{_P}.test_columns_of_the_sites_own", "test_backends_sqlite.RowTests.test_the_sites_own_columns"),
    "EXTRA_SUBNETS": (f"{_M}.test_columns_of_the_sites_own",),
    "USE_POOL": ("test_sql_outages.PostgresqlOutageTests.test_without_a_pool_no_connection_is_kept",),
    "POSTGRESQL_DATABASE": _DATABASES,
    "POSTGRESQL_USERNAME": _ACCOUNTS,
    "POSTGRESQL_PASSWORD": _ACCOUNTS,
    "POSTGRESQL_HOST": (f"{_P}.test_over_the_socket", f"{_P}.test_nobody_who_listens"),
    "POSTGRESQL_SSLMODE": (f"{_P}.test_modes_of_tls",),
    "POSTGRESQL_MAXIMUM_CONNECTIONS": ("test_sql_outages.PostgresqlOutageTests.test_no_more_connections_than_wanted",),
    "ORACLE_DATABASE": _ORACLE,
    "ORACLE_USERNAME": _ORACLE,
    "ORACLE_PASSWORD": _ORACLE,
    "MYSQL_DATABASE": (f"{_M}.test_a_setting_that_is_missing", f"{_M}.test_a_database_that_is_not_there"),
    "MYSQL_USERNAME": (f"{_M}.test_a_wrong_password_and_nothing_of_the_right_one",),
    "MYSQL_PASSWORD": (f"{_M}.test_a_wrong_password_and_nothing_of_the_right_one",),
    "MYSQL_HOST": (f"{_M}.test_over_the_socket", f"{_M}.test_nobody_who_listens"),
    "MYSQL_MAXIMUM_CONNECTIONS": ("test_sql_outages.MariadbOutageTests.test_no_more_connections_than_wanted",),
    "USE_CACHE": (
        "test_backends_cached.AgeTests.test_without_a_cache_the_store_is_asked_for_every_packet",
        f"{_CACHE}.test_the_processs_memory_alone",
    ),
    "CACHING_MODEL": (f"{_CACHE}.test_memcached", "test_config.ValueTests.test_a_cache_that_is_not_known_is_none"),
    "DISK_CACHE": (f"{_CACHE}.test_a_temporary_file",),
    "DISK_CACHE_PERSISTENT": (
        f"{_CACHE}.test_a_file_beside_conf_py_or_wherever_it_is_said_to_be",
        "test_backends_disk_cache.LegacyTests.test_a_file_of_staticdhcpd_serves",
    ),
    "MEMCACHED_HOST": ("test_backends_memcached.LegacyTests.test_entries_of_staticdhcpd",),
    "MEMCACHED_AGE_TIME": ("test_backends_memcached.KeepingTests.test_an_answer_expires_where_that_is_wanted",),
    "LOG_FILE": ("test_run.RunTests.test_a_log_file_holds_what_its_severity_lets_through",),
    "LOG_FILE_HISTORY": (
        "test_compat_settings.LogFileTests.test_as_many_days_are_kept_as_wanted",
        "test_compat_settings.LogFileTests.test_without_days_it_grows_on",
    ),
    "LOG_FILE_SEVERITY": ("test_run.RunTests.test_a_log_file_holds_what_its_severity_lets_through",),
    "EMAIL_ENABLED": (f"{_S}.test_failures_of_a_sites_code_are_mailed_and_hundreds_of_them_once",),
    "EMAIL_SERVER": (f"{_A}.test_says_what_the_server_answered",),
    "EMAIL_PORT": (f"{_A}.test_says_what_the_server_answered",),
    "EMAIL_TIMEOUT": ("test_alerts_delivery.MailTests.test_a_server_that_hangs_is_asked_again",),
    "EMAIL_SOURCE": ("test_alerts_smtp.TlsTests.test_a_mail_arrives_as_it_was_written",),
    "EMAIL_DESTINATION": ("test_alerts_server.SettingTests.test_addresses_of_mail",),
    "EMAIL_SUBJECT": (f"{_S}.test_failures_of_a_sites_code_are_mailed_and_hundreds_of_them_once",),
    "EMAIL_USER": (f"{_A}.test_by_tls_with_a_login",),
    "EMAIL_PASSWORD": (f"{_A}.test_by_tls_with_a_login",),
    "WEB_LOG_HISTORY": (f"{_W}.test_what_conf_switches_off_is_not_there",),
    "WEB_LOG_SEVERITY": (f"{_W}.test_the_log_element",),
    "WEB_LOG_MAX_HEIGHT": (f"{_W}.test_the_log_element",),
    "WEB_REINITIALISE_CONFIRM": (f"{_W}.test_the_consoles_own_part",),
    "WEB_REINITIALISE_ENABLED": _WEB_PARTS,
    "WEB_DASHBOARD_ORDER_LOG": (f"{_W}.test_the_consoles_own_part",),
    "WEB_HEADER_TITLE": (f"{_W}.test_the_consoles_own_part",),
    "WEB_HEADER_CSS": _WEB_PARTS,
    "WEB_HEADER_FAVICON": (f"{_W}.test_the_consoles_own_part",),
}
"""By the names of settings, below the package ``tests``."""
