"""What hypothesis draws: messages of clients and servers, and octets that are nearly messages."""

from hypothesis import strategies as st

from sdhcp.wire.message import Message, encode

ADDRESS = st.binary(min_size=4, max_size=4)
CODES = st.integers(1, 254).filter(lambda code: code != 52)
OPTIONS = st.dictionaries(CODES, st.one_of(st.binary(max_size=12), st.binary(max_size=600)), max_size=12)


@st.composite
def messages(draw, options=OPTIONS):
    """Any message that can be written, without overload of its own."""
    return Message(
        op=draw(st.integers(0, 255)),
        htype=draw(st.integers(0, 255)),
        hlen=draw(st.integers(0, 255)),
        hops=draw(st.integers(0, 255)),
        xid=draw(ADDRESS),
        secs=draw(st.integers(0, 65535)),
        flags=draw(st.integers(0, 65535)),
        ciaddr=draw(ADDRESS),
        yiaddr=draw(ADDRESS),
        siaddr=draw(ADDRESS),
        giaddr=draw(ADDRESS),
        chaddr=draw(st.binary(max_size=16)),
        sname=draw(st.binary(max_size=64)),
        file=draw(st.binary(max_size=128)),
        options=draw(options),
    )


@st.composite
def damaged(draw):
    """A message with some octets changed, cut or added to."""
    data = bytearray(encode(draw(messages())))
    for _ in range(draw(st.integers(0, 8))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(200, 2000))]) + draw(st.binary(max_size=40))


@st.composite
def areas(draw):
    """A good header and cookie, and any octets where options belong."""
    return encode(draw(messages(st.just({}))), minimum=0)[:240] + draw(st.binary(max_size=400))


ANY_OCTETS = st.one_of(st.binary(max_size=600), damaged(), areas())
