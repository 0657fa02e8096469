"""Giving up root for good, once everything that needs it is open."""

import ctypes
import grp
import os
import pwd
from pathlib import Path
from typing import Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_SET_AMBIENT: Final = (47, 4, 0, 0, 0)
"""Arguments of prctl(2) that leave no capability to programs that are started."""
_VERSION: Final = 0x20080522


class PrivilegeError(Exception):
    """The process cannot become the user or group it was told to become; the text says what to do."""


def drop(uid: int | None, gid: int | None) -> None:
    """Become another user and group, with that user's supplementary groups, no capabilities and no way back.

    :param uid: None to stay the user that one is.
    :param gid: None for the user's own group, if a user is given.
    :raises PrivilegeError: if the system refuses, or if something of root is left afterwards.
    """
    user = _user(uid)
    if gid is None and user is not None:
        gid = user.pw_gid
    same_user = uid is None or (uid == os.geteuid() == os.getuid())
    same_group = gid is None or (gid == os.getegid() == os.getgid())
    if same_user and same_group:
        return
    try:
        if os.geteuid() == 0 and gid is not None:
            os.setgroups(_groups(user, gid))
        if gid is not None:
            os.setresgid(gid, gid, gid)
        if uid is not None:
            os.setresuid(uid, uid, uid)
    except PermissionError as error:
        raise PrivilegeError(
            f"cannot become UID {uid}, GID {gid}: {error.strerror}; start as root, or leave UID and GID out of conf.py"
        ) from None
    if uid:
        _drop_capabilities()
        if 0 in os.getresuid() or _has_capabilities():
            raise PrivilegeError("the system kept privileges of root although UID asks for another user; stopping")


def _drop_capabilities() -> None:
    """Those go with the user, but where the system was told to keep them; and what could be passed on stays."""
    _LIBC.prctl(*_SET_AMBIENT)
    _LIBC.capset((ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * 6)())


def _has_capabilities() -> bool:
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        # Where there is no /proc the number of the user has to do.
        return False
    return any(line.startswith(("CapPrm:", "CapEff:")) and int(line.split()[1], 16) for line in lines)


def _user(uid: int | None) -> pwd.struct_passwd | None:
    if uid is None:
        return None
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _groups(user: pwd.struct_passwd | None, gid: int) -> list[int]:
    """The supplementary groups of a user; the one group alone for a number without an account."""
    if user is None:
        return [gid]
    return sorted({gid, *(group.gr_gid for group in grp.getgrall() if user.pw_name in group.gr_mem)})
