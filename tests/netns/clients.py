"""dhclient, udhcpc and dhcpcd, started and asked the same way."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .yard import Yard, addresses_of, wait_for

HOOK = Path(__file__).with_name("hook.sh")


class Client:
    """A DHCP client on one device of a namespace."""

    programs: Sequence[str] = ()
    reboots = True
    """Whether it asks for its address of before without a DISCOVER when it is started again."""
    lease_time = 60
    """Seconds of its leases, in which a server must have been replaced by another."""

    def __init__(self, yard: Yard, space: str, device: str) -> None:
        self.yard, self.space, self.device = yard, space, device
        self.folder = yard.folder / "client"
        self.folder.mkdir(exist_ok=True)
        self._log = self.folder / "events"
        self._log.touch()
        self.refuse_file = self.folder / "refuse"
        self.process: subprocess.Popen[bytes] | None = None
        self._output = (self.folder / "output").open("ab")
        self._environment = {"LOG": str(self._log), "REFUSE": str(self.refuse_file)}

    def events(self) -> list[str]:
        """What the hook was told, in order: event and address."""
        return self._log.read_text(encoding="utf-8").splitlines()

    def expect_address(self, address: str) -> None:
        """Wait until the device has an address, and no other, and the client has written its lease down."""
        wait_for(
            f"{type(self).__name__} has {address}",
            lambda: addresses_of(self.space, self.device) == [address] and self.remembers(address),
        )

    def remembers(self, address: str) -> bool:
        """Whether it would know its lease again after a crash; some write it after the hook has run."""
        return True

    def start(self, broadcast: bool = False) -> None:
        """Begin to ask for an address."""
        self.process = self.yard.start(
            self.space,
            self.command(broadcast),
            env=self._environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def crash(self) -> None:
        """End it without a word to the server, as a power failure does; its address goes with it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.yard.run(self.space, "ip", "-4", "addr", "flush", "dev", self.device)

    def command(self, broadcast: bool) -> list[str]:
        raise NotImplementedError

    def renew(self) -> None:
        """Have it renew now, if it would not do so soon by itself."""

    def release(self) -> None:
        raise NotImplementedError


class Dhclient(Client):
    """ISC dhclient."""

    programs = ("dhclient",)

    def remembers(self, address: str) -> bool:
        leases = self.folder / "leases"
        text = leases.read_text(encoding="ascii") if leases.exists() else ""
        return f"fixed-address {address};" in text and text.endswith("}\n")

    def command(self, broadcast: bool) -> list[str]:
        files = ["-lf", f"{self.folder}/leases", "-pf", f"{self.folder}/pid"]
        flag = "bootp-broadcast-always;\n" if broadcast else ""
        conf = self.folder / "dhclient.conf"
        settings = "timeout 20; retry 1; initial-interval 1; reboot 3; backoff-cutoff 2;\n"
        conf.write_text(settings + flag, encoding="ascii")
        environment = [part for name, value in self._environment.items() for part in ("-e", f"{name}={value}")]
        return ["dhclient", "-4", "-d", "-cf", str(conf), "-sf", str(HOOK), *files, *environment, self.device]

    def release(self) -> None:
        assert self.process is not None
        environment = [part for name, value in self._environment.items() for part in ("-e", f"{name}={value}")]
        self.yard.run(
            self.space, "dhclient", "-4", "-r", "-cf", str(self.folder / "dhclient.conf"), "-sf", str(HOOK),
            "-lf", f"{self.folder}/leases", "-pf", f"{self.folder}/pid", *environment, self.device,
        )  # fmt: skip


class Udhcpc(Client):
    """udhcpc of busybox; it has no INIT-REBOOT, renews when it is told to, and rebinds after 7/8 of its lease."""

    programs = ("udhcpc",)
    reboots = False
    lease_time = 24

    def command(self, broadcast: bool) -> list[str]:
        flag = ["-B"] if broadcast else []
        check = ["-a"] if self.refuse_file.with_name("check").exists() else []
        return ["udhcpc", "-f", *flag, *check, "-t", "20", "-T", "1", "-A", "1", "-i", self.device, "-s", str(HOOK)]

    def renew(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR1)

    def release(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR2)


class Dhcpcd(Client):
    """dhcpcd; its folders are compiled in, so it gets mounts of its own."""

    programs = ("dhcpcd", "unshare")

    def __init__(self, yard: Yard, space: str, device: str) -> None:
        super().__init__(yard, space, device)
        self._environment["OWN"] = "yes"
        for name in ("lib", "run"):
            (self.folder / name).mkdir(exist_ok=True)
            Path(f"/{'var/lib' if name == 'lib' else 'run'}/dhcpcd").mkdir(exist_ok=True, parents=True)

    def remembers(self, address: str) -> bool:
        octets = bytes(int(part) for part in address.split("."))
        return any(octets in lease.read_bytes() for lease in (self.folder / "lib").glob("*.lease"))

    def command(self, broadcast: bool) -> list[str]:
        arp = "" if self.refuse_file.with_name("check").exists() else "noarp\n"
        conf = self.folder / "dhcpcd.conf"
        settings = "".join(f"env {name}={value}\n" for name, value in self._environment.items())
        conf.write_text(
            f"duid ll\noption routers\nnodelay\nnoipv4ll\nipv4only\nreboot 3\ntimeout 25\n{arp}{settings}"
            f"{'broadcast' if broadcast else ''}\n",
            encoding="ascii",
        )
        return self._inside(f"exec dhcpcd -4 -B -f {conf} -c {HOOK} {self.device}")

    def release(self) -> None:
        self.yard.run(self.space, *self._inside(f"exec dhcpcd -4 -f {self.folder}/dhcpcd.conf -k {self.device}"))

    def _inside(self, script: str) -> list[str]:
        mounts = f"mount --bind {self.folder}/lib /var/lib/dhcpcd && mount --bind {self.folder}/run /run/dhcpcd"
        return ["unshare", "-m", "sh", "-c", f"{mounts} && {script}"]
