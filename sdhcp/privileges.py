"""Giving up root for good, once everything that needs it is open."""

import grp
import os
import pwd


class PrivilegeError(Exception):
    """The process cannot become the user or group it was told to become; the text says what to do."""


def drop(uid: int | None, gid: int | None) -> None:
    """Become another user and group, with that user's supplementary groups and no way back.

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
    if uid and 0 in os.getresuid():
        raise PrivilegeError("the system kept root although UID asks for another user; stopping")


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
