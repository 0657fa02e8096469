"""Every metric: its name, its kind, what it says, and the labels that it has."""

from typing import Final, NamedTuple

COUNTER: Final = "counter"
GAUGE: Final = "gauge"
HISTOGRAM: Final = "histogram"
SUMMARY: Final = "summary"


class Metric(NamedTuple):
    """One metric. The name of a counter is without the ``_total`` that its samples have."""

    name: str
    kind: str
    about: str
    labels: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The name that rules and dashboards use."""
        return f"{self.name}_total" if self.kind == COUNTER else self.name


BUILD: Final = Metric("sdhcp_build_info", GAUGE, "1; the labels say what runs.", ("version", "python", "twisted"))
START: Final = Metric("sdhcp_start_time_seconds", GAUGE, "When the server started, in seconds since the epoch.")
SERVING: Final = Metric("sdhcp_serving", GAUGE, "1 while clients are answered.")
EXCHANGES: Final = Metric(
    "sdhcp_exchanges", COUNTER, "Packets that were looked at closely, by their kind and what came of it.",
    ("method", "outcome"),
)  # fmt: skip
DROPPED: Final = Metric(
    "sdhcp_dropped", COUNTER, "Packets refused before that, by reason; blocked is a client that is not heard.",
    ("reason",),
)  # fmt: skip
MALFORMED: Final = Metric("sdhcp_malformed", COUNTER, "Datagrams that are no DHCP messages, by reason.", ("reason",))
LATENCY: Final = Metric(
    "sdhcp_exchange_duration_seconds", HISTOGRAM,
    "How long exchanges took, from decoding to sending, lookups included.",
)  # fmt: skip
EVENTS: Final = Metric("sdhcp_events", COUNTER, "Everything else that happened, by the event's name.", ("event",))
SOURCE_UP: Final = Metric(
    "sdhcp_source_up", GAUGE,
    "1 while a source, a cache or a store of leases is well; role is source, cache or leases.", ("source", "role"),
)  # fmt: skip
LOOKUPS: Final = Metric(
    "sdhcp_lookup_duration_seconds", SUMMARY,
    "Lookups that had to wait for the source, and the time until they were answered or given up.",
)  # fmt: skip
CACHE_ANSWERS: Final = Metric(
    "sdhcp_cache_answers", COUNTER,
    "Answers from memory: fresh ones, as good as the store's, and stale ones, given while it was slow or away.",
    ("kind",),
)  # fmt: skip
CACHE_CLIENTS: Final = Metric(
    "sdhcp_cache_clients", GAUGE, "Clients whose answers are kept, in memory and in each cache behind it.", ("cache",)
)
POOL_SIZE: Final = Metric("sdhcp_pool_addresses", GAUGE, "Addresses of a pool, whatever they are.", ("pool",))
POOL_LEASES: Final = Metric(
    "sdhcp_pool_leases", GAUGE,
    "Addresses of a pool by what they are: bound, offered, quarantined, reserved, free, or lapsed: what was released "
    "or is over, and is lent to others where none is free.", ("pool", "state"),
)  # fmt: skip
QUEUES: Final = Metric("sdhcp_queue_length", GAUGE, "What waits now, by what it is.", ("queue",))
SHED: Final = Metric("sdhcp_shed", COUNTER, "What bounded tables and queues have let go, by what it was.", ("what",))
LOG_LOST: Final = Metric(
    "sdhcp_log_lines_lost", COUNTER,
    "Lines that were not written: packets too many at once, and what each output could not take.", ("output",),
)  # fmt: skip
ALERTS_LOST: Final = Metric(
    "sdhcp_alerts_failed", COUNTER, "Alerts that were let go undelivered (lost), or not taken (refused).", ("how",)
)
RELOADS: Final = Metric(
    "sdhcp_reloads", COUNTER, "Times that sources were read anew, by result: ok or failed.", ("result",)
)
RELOAD_OK: Final = Metric(
    "sdhcp_last_reload_ok", GAUGE, "1 if the last reading anew went well, or there was none; 0 if it failed."
)

METRICS: Final = (
    BUILD, START, SERVING, EXCHANGES, DROPPED, MALFORMED, LATENCY, EVENTS, SOURCE_UP, LOOKUPS, CACHE_ANSWERS,
    CACHE_CLIENTS, POOL_SIZE, POOL_LEASES, QUEUES, SHED, LOG_LOST, ALERTS_LOST, RELOADS, RELOAD_OK,
)  # fmt: skip

PROCESS: Final = (
    Metric("process_cpu_seconds", COUNTER, "Seconds of processor time, of user and system."),
    Metric("process_resident_memory_bytes", GAUGE, "Memory that is in use."),
    Metric("process_virtual_memory_bytes", GAUGE, "Addresses that are in use."),
    Metric("process_start_time_seconds", GAUGE, "When the process began, in seconds since the epoch."),
    Metric("process_open_fds", GAUGE, "Files and sockets that are open."),
    Metric("process_max_fds", GAUGE, "How many may be."),
)
"""What Prometheus's own library tells of the process."""
