"""Settings of conf.py for the process, its logs, the web console and mail."""

from .setting import FLAG, PORT, SECRET, SEVERITY, TEXT, TEXT_OR_NONE, Setting

_ACCOUNT = (("0", 0), ("1000", 1000), ("None", None), ('"root"', 0))
_NO_ACCOUNT = ('"nobody-by-this-name"', "-1", "1.5", "True")

PROCESS = (
    Setting("DEBUG", "process.debug", False, *FLAG, "everything is logged"),
    Setting(
        "DAEMON", "process.daemon", True, *FLAG, "read, and left to the command",
        differs="`sdhcp run` stays in the foreground and `twistd` does not, whatever it says: a server's supervisor "
        "decides that",
    ),
    Setting("SYSTEM_NAME", "process.name", "staticDHCPd", *TEXT, "what the server is called towards people"),
    Setting("PID_FILE", "process.pid_file", None, *TEXT_OR_NONE, "the file with its process number"),
    Setting(
        "UID", "process.uid", None, _ACCOUNT, _NO_ACCOUNT, "the user to become",
        differs="need not be set: the server stays who it is; a name will do",
    ),
    Setting("GID", "process.gid", None, _ACCOUNT, _NO_ACCOUNT, "the group to become", differs="as UID"),
    Setting("LOG_FILE", "log.file", None, *TEXT_OR_NONE, "a file to log to"),
    Setting(
        "LOG_FILE_HISTORY", "log.file_history", 7, (("30", 30), ("0", None), ("None", None)), ("-1", "'x'"),
        "days for which it is kept; nothing rotates if there is none",
    ),
    Setting("LOG_FILE_SEVERITY", "log.file_severity", "WARN", *SEVERITY, "the least that is written there"),
    Setting("LOG_CONSOLE_SEVERITY", "log.console_severity", "INFO", *SEVERITY, "the least that standard error gets"),
)  # fmt: skip

WEB = (
    Setting("WEB_ENABLED", "web.enabled", True, *FLAG, "there is a web console"),
    Setting("WEB_IP", "web.ip", "0.0.0.0", *TEXT, "its address"),
    Setting("WEB_PORT", "web.port", 30880, *PORT, "its port"),
    Setting(
        "WEB_LOG_HISTORY", "web.log_history", 200, (("500", 500), ("0", 0), ("-5", 0)), ("None", "'x'"),
        "lines of its log; none for 0 and below",
    ),
    Setting("WEB_LOG_SEVERITY", "web.log_severity", "INFO", *SEVERITY, "the least that stands in it"),
    Setting(
        "WEB_LOG_MAX_HEIGHT", "web.log_max_height", 400, (("300", 300), ("None", None)), ("-1", "'x'"),
        "its height in pixels, None for no limit",
    ),
    Setting("WEB_DIGEST_USERNAME", "web.digest_username", None, *TEXT_OR_NONE, "who may see what is secure"),
    Setting("WEB_DIGEST_PASSWORD", "web.digest_password", None, *SECRET, "and the password"),
    Setting("WEB_DASHBOARD_SECURE", "web.dashboard_secure", False, *FLAG, "the dashboard is secure"),
    Setting("WEB_REINITIALISE_CONFIRM", "web.reinitialise_confirm", True, *FLAG, "reading anew asks before"),
    Setting("WEB_REINITIALISE_SECURE", "web.reinitialise_secure", False, *FLAG, "it is secure"),
    Setting("WEB_REINITIALISE_HIDDEN", "web.reinitialise_hidden", False, *FLAG, "it is not in the side-bar"),
    Setting("WEB_REINITIALISE_ENABLED", "web.reinitialise_enabled", True, *FLAG, "it is there at all"),
    Setting(
        "WEB_DASHBOARD_ORDER_LOG", "web.dashboard_order_log", 1000, (("0", 0), ("-5", -5)), ("None", "'x'"),
        "where the log stands among the elements",
    ),
    Setting("WEB_HEADER_TITLE", "web.header_title", True, *FLAG, "pages have a title"),
    Setting("WEB_HEADER_CSS", "web.header_css", True, *FLAG, "pages have the style, and `/css` is there"),
    Setting("WEB_HEADER_FAVICON", "web.header_favicon", True, *FLAG, "as that, for the icon and `/favicon.ico`"),
)  # fmt: skip

_MAILS = "EMAIL_SERVER = 'm'\nEMAIL_SOURCE = 'a@m'\nEMAIL_DESTINATION = 'b@m'\n"
_ADDRESSES = (
    ('"x"', ("x",)),
    ("['a@m', 'b@m']", ("a@m", "b@m")),
    *((form, ()) for form in ("None", '""', "0", "False")),
)

EMAIL = (
    Setting("EMAIL_ENABLED", "email.enabled", False, *FLAG, "alerts go out by mail", needs=_MAILS),
    Setting("EMAIL_SERVER", "email.server", None, *TEXT_OR_NONE, "the server that takes them"),
    Setting("EMAIL_PORT", "email.port", 25, *PORT, "its port"),
    Setting(
        "EMAIL_TIMEOUT", "email.timeout", 4.0, (("10", 10.0), ("0.5", 0.5)), ("0", "None", "'x'"),
        "seconds for each answer of it", differs="staticDHCPd read it and used it nowhere; later attempts get more",
    ),
    Setting("EMAIL_SOURCE", "email.source", None, *TEXT_OR_NONE, "whom they come from"),
    Setting(
        "EMAIL_DESTINATION", "email.destination", (), _ADDRESSES, ("5", "[5]", "'a b'"), "whom they go to",
        differs="may be several addresses, as a list or with commas between",
    ),
    Setting("EMAIL_SUBJECT", "email.subject", "staticDHCPd encountered a problem", *TEXT, "what they are headed"),
    Setting("EMAIL_USER", "email.user", None, *TEXT_OR_NONE, "the account at that server"),
    Setting("EMAIL_PASSWORD", "email.password", None, *SECRET, "its password"),
)  # fmt: skip
