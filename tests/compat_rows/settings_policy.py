"""Settings of conf.py that say who is answered where: what each is where conf.py is silent, and what it may be."""

from ..samples import ip
from .setting import FLAG, PORT, TIME, Setting

POLICY = (
    Setting(
        "DHCP_SERVER_IP", "listen.addresses", None,
        (('"192.0.2.1"', (ip("192.0.2.1"),)), ('["192.0.2.1", "192.0.2.9"]', (ip("192.0.2.1"), ip("192.0.2.9")))),
        ('"0.0.0.0"', '"fe80::1"', "None", "5", '""', "[]"),
        "an address of this machine, which is the server identifier too; must be set",
        differs="a list serves several interfaces; an address that this machine does not have is told by `sdhcp check`",
    ),
    Setting(
        "DHCP_RESPONSE_INTERFACE", "listen.response_interface", "-",
        (('"-"', "-"), ('"eth7"', "eth7"), ("None", None), ('""', None)), ("5", "['eth0']"),
        "where frames to clients without an address leave: `\"-\"` is the interface that holds DHCP_SERVER_IP, "
        "None sends broadcasts instead",
    ),
    Setting(
        "DHCP_RESPONSE_INTERFACE_QTAGS", "listen.qtags", (),
        (("None", ()), ("[(3, 0, 100)]", ((3, 0, 100),)), ("((0, 1, 5), (7, 0, 6))", ((0, 1, 5), (7, 0, 6)))),
        ("5", "[(1, 2)]", "[(8, 0, 1)]", "[(0, 0, 1)] * 3"),
        "802.1Q tags of these frames, outermost first; conf.py's None is no tag",
        differs="tags work; staticDHCPd did not start with any",
    ),
    Setting("DHCP_SERVER_PORT", "listen.server_port", 67, *PORT, "the server's port"),
    Setting("DHCP_CLIENT_PORT", "listen.client_port", 68, *PORT, "the clients' port"),
    Setting(
        "PROXY_PORT", "listen.proxy_port", None, (("4011", 4011), ("None", None), ("0", None)), ("'x'", "70000"),
        "the ProxyDHCP port", aliases=("PXE_PORT",),
    ),
    Setting("ALLOW_LOCAL_DHCP", "policy.allow_local", True, *FLAG, "clients on the server's own links are served"),
    Setting(
        "ALLOW_DHCP_RELAYS", "policy.allow_relays", False, *FLAG, "clients behind relay agents are served",
        differs="it has no say in how replies are routed",
    ),
    Setting(
        "ALLOWED_DHCP_RELAYS", "policy.allowed_relays", frozenset(),
        (*((text, {ip("10.0.0.1")}) for text in ('["10.0.0.1"]', '("10.0.0.1",)', '{"10.0.0.1"}')),
         ("None", set()), ("[]", set())),
        ('"10.0.0.1"', '["x"]', "5"),
        "relay agents that are served, by giaddr; an empty list is all of them",
        differs="a set matches too, which it never did",
    ),
    Setting(
        "ENABLE_RAPIDCOMMIT", "policy.rapid_commit", False, FLAG[0], ("None", '"yes"', "5"),
        "a DISCOVER with option 80 gets an ACK at once",
        differs="off unless conf.py says so: where several servers stand on one link each of them would commit an "
        "address (RFC 4039 section 3.2); a list names the subnets where it holds",
    ),
    Setting("AUTHORITATIVE", "policy.authoritative", False, *FLAG, "strangers are refused"),
    Setting("NAK_RENEWALS", "policy.nak_renewals", False, *FLAG, "renewals are refused"),
    Setting(
        "UNAUTHORIZED_CLIENT_TIMEOUT", "policy.unauthorized_timeout", 60, *TIME, "seconds of silence for a stranger",
    ),
    Setting(
        "MISBEHAVING_CLIENT_TIMEOUT", "policy.misbehaving_timeout", 150, *TIME,
        "how long a client is not heard that asks too often",
    ),
    Setting("ENABLE_SUSPEND", "policy.suspend", True, *FLAG, "such clients are looked for"),
    Setting(
        "SUSPEND_THRESHOLD", "policy.suspend_threshold", 10, (("1", 1), ("500", 500)), ("0", "None", "'x'", "2.5"),
        "packets that a client may be ahead of one a second",
    ),
)  # fmt: skip
