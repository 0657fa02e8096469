"""The Debian packages that the tests want: installed if this is root, named if it is not."""

import glob
import os
import shutil
import subprocess
import sys

WANTED = {
    # a program of the package: the package
    "dhclient": "isc-dhcp-client",
    "dhcrelay": "isc-dhcp-relay",
    "udhcpc": "udhcpc",
    "dhcpcd": "dhcpcd5",
    "ip": "iproute2",
    "ping": "iputils-ping",
    "initdb": "postgresql",
    "mariadbd": "mariadb-server",
    "redis-server": "redis-server",
    "memcached": "memcached",
    "strace": "strace",
    "curl": "curl",
    "sqlite3": "sqlite3",
    "groff": "groff-base",
    "systemd-analyze": "systemd",
}
OPTIONAL = {
    # as above; without these, large as they are, their tests are skipped, each by name
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
}


def folders() -> str:
    """Where programs are looked for; those of PostgreSQL are in a folder that comes with it."""
    own = ["/usr/local/sbin", "/usr/sbin", "/sbin", *glob.glob("/usr/lib/postgresql/*/bin")]
    return os.pathsep.join([os.environ.get("PATH", ""), *own])


def missing(wanted: dict[str, str]) -> dict[str, str]:
    return {program: package for program, package in wanted.items() if shutil.which(program, path=folders()) is None}


def main() -> int:
    lacking = missing(WANTED | OPTIONAL)
    root = os.geteuid() == 0
    if lacking and root and shutil.which("apt-get"):
        # RUNLEVEL keeps the servers among them from being started; the tests start their own.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *sorted(set(lacking.values()))]
        if subprocess.call(command, env=environment, stdout=subprocess.DEVNULL):
            subprocess.call(["apt-get", "update", "-qq"], env=environment)
            subprocess.call(command, env=environment, stdout=subprocess.DEVNULL)
        lacking = missing(WANTED | OPTIONAL)
    if lacking:
        print("not installed, so their tests cannot run:", ", ".join(sorted(set(lacking.values()))), file=sys.stderr)
    if not root:
        print("not root: the tests that make network namespaces are skipped, each by name", file=sys.stderr)
    return 1 if root and missing(WANTED) else 0


if __name__ == "__main__":
    sys.exit(main())
