"""The switches that the rules read; made once from the configuration."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Policy:
    """How a site wants its clients answered.

    ``allowed_relays`` are 4-byte addresses, empty for any relay. ``rapid_commit_subnets`` names
    subnets (the text of :attr:`sdhcp.model.Definition.subnet`) that answer RFC 4039 clients with an
    ACK at once even where ``rapid_commit`` is off. Times are seconds. ``shared_networks`` are groups
    of (network, mask) numbers that lie on one link. The ``legacy`` switches bring back what
    staticDHCPd did against an RFC.
    """

    allow_local: bool = True
    allow_relays: bool = False
    allowed_relays: frozenset[bytes] = frozenset()
    authoritative: bool = False
    nak_renewals: bool = False
    rapid_commit: bool = False
    rapid_commit_subnets: frozenset[str] = frozenset()
    suspend: bool = True
    suspend_threshold: int = 10
    unauthorized_timeout: int = 60
    misbehaving_timeout: int = 150
    link_check: bool = False
    shared_networks: tuple[tuple[tuple[int, int], ...], ...] = field(default=())
    legacy_nak_unknown_discover: bool = False
    legacy_nak_unknown_reboot: bool = False
    legacy_block_unknown_inform: bool = False
    legacy_requested_options_only: bool = False
    legacy_block_incomplete: bool = False
