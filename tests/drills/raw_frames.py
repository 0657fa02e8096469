"""Frames that lie: lengths, checksums, fragments, tags, options of IP, other ports. Needs root."""

import random
import sys
from collections.abc import Iterator

from sdhcp.wire import constants as c
from sdhcp.wire.frame import checksum, udp_frame
from sdhcp.wire.message import encode

from ..netns.yard import mac_of, yard
from ..samples import ip, message
from .drill import Figures, arguments, needs_root
from .network import AGENT, SERVER, Agent, conf, frames, veth

GOOD = encode(message(c.DISCOVER, giaddr=ip(AGENT)))


def again(frame: bytes, at: int, value: bytes) -> bytes:
    """A frame with some octets replaced and the IP header's checksum right again."""
    mutated = bytearray(frame)
    mutated[at : at + len(value)] = value
    size = (mutated[14] & 15) * 4
    mutated[24:26] = b"\0\0"
    mutated[24:26] = checksum(bytes(mutated[14 : 14 + size])).to_bytes(2, "big")
    return bytes(mutated)


def kinds(frame: bytes) -> Iterator[tuple[str, bytes]]:
    """Each way to lie, by name."""
    yield "IP length short", again(frame, 16, b"\0\x14")
    yield "IP length of 30", again(frame, 16, b"\0\x1e")
    yield "IP length long", again(frame, 16, b"\xff\xff")
    yield "UDP length short", frame[:38] + b"\0\x08" + frame[40:]
    yield "UDP length under its header", frame[:38] + b"\0\x03" + frame[40:]
    yield "UDP length long", frame[:38] + b"\xff\xff" + frame[40:]
    yield "UDP checksum wrong", frame[:40] + b"\x12\x34" + frame[42:]
    yield "IP checksum wrong", frame[:24] + b"\x12\x34" + frame[26:]
    yield "first fragment", again(frame, 20, b"\x20\0")
    yield "last fragment", again(frame, 20, b"\0\x10")
    yield "802.1Q tag", frame[:12] + b"\x81\0\0\x64" + frame[12:]
    yield "two tags", frame[:12] + b"\x88\xa8\0\1\x81\0\0\2" + frame[12:]
    yield "802.3 with LLC", frame[:12] + len(frame[14:]).to_bytes(2, "big") + b"\xaa\xaa\3" + frame[14:]
    yield "IPv6 in an IPv4 type", again(frame, 14, b"\x60")
    yield "IP header of 0 words", frame[:14] + b"\x40" + frame[15:]
    yield "IP header of 15 words", frame[:14] + b"\x4f" + frame[15:]
    yield "source port 67, from nowhere", again(frame, 26, bytes(4))
    yield "source address of everybody", again(frame, 26, b"\xff" * 4)
    yield "source address of a group", again(frame, 26, bytes([224, 0, 0, 1]))
    yield "source address of the server", again(frame, 26, ip(SERVER))
    yield "cut in the UDP header", frame[:38]
    yield "cut in the IP header", frame[:30]
    yield "a header alone", frame[:14]
    with_options = frame[:14] + b"\x47" + frame[15:34] + b"\x94\4\0\0\1\1\1\0" + frame[34:]
    yield "options of IP", again(with_options, 16, (len(with_options) - 14).to_bytes(2, "big"))


def main() -> int:
    given = arguments(__doc__, rounds=200, seed=7)
    needs_root()
    figures = Figures(f"{given.rounds} rounds of frames that lie, and as many of noise")
    chance = random.Random(given.seed)
    with yard() as made:
        space, outside = veth(made)
        server = made.server(space, conf(made, SERVER))
        agent, raw = Agent(outside), frames(outside, "vcli")
        here = bytes.fromhex(mac_of(outside, "vcli").replace(":", ""))
        there = bytes.fromhex(mac_of(space, "vsrv").replace(":", ""))
        sent = unanswered = 0
        names = set()
        for number in range(given.rounds):
            for target in (there, b"\xff" * 6):
                whole = udp_frame(here, target, ip(AGENT), 67, ip(SERVER), 67, GOOD)
                for name, frame in kinds(whole):
                    raw.send(frame)
                    names.add(name)
                    sent += 1
                noise = bytearray(whole)
                for _ in range(chance.randint(1, 12)):
                    noise[chance.randrange(12, len(noise))] = chance.randrange(256)
                raw.send(noise)
                sent += 1
            agent.everything(0)
            xid = number.to_bytes(4, "big")
            agent.send(message(c.DISCOVER, giaddr=ip(AGENT), xid=xid))
            while (reply := agent.receive(2)) is not None and reply[0].xid != xid:
                pass
            unanswered += reply is None
        figures.show("frames sent", sent)
        figures.show("ways to lie", len(names))
        figures.exactly("questions in between without an answer", unanswered, 0)
        figures.exactly("the server runs", server.process.poll() is None, True)
        figures.exactly("tracebacks in the log", server.log().count("Traceback"), 0)
        agent.close()
        raw.close()
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
