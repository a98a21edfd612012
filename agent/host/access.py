"""Who may read a file that keeps a secret, and how to close it."""

from __future__ import annotations

import getpass
import shlex
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from agent.host.windows import acl

_FOR_OTHERS = stat.S_IRWXO | stat.S_IWGRP


@dataclass(frozen=True, slots=True)
class Opening:
    """More people than a secret bears: who they are, and the command that shuts them out."""

    who: str
    command: str


def opening(path: Path) -> Opening | None:
    """Why this file is no place for a secret, or None. Raises `OSError`.

    A group of Unix may read it (the administrator made the group), and so may anybody as long as
    a folder above keeps them from getting there.
    """
    if sys.platform == "win32":
        who = ", ".join(dict.fromkeys(acl.crowds(acl.read(path))))
        return Opening(who, _icacls(path)) if who else None
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & _FOR_OTHERS or not _reachable(path):
        return None
    return Opening(f"{mode:04o}", f"chmod 600 {shlex.quote(str(path))}")


def close(path: Path, *, reader: str = "") -> None:
    """Leave a file to its owner (Windows: SYSTEM and Administrators, too) and to one account that
    may read it, if it is named. Raises `OSError`.
    """
    if sys.platform == "win32":
        entry = f"(A;;FR;;;{acl.sid_of(reader)})" if reader else ""
        acl.set_(path, acl.CLOSED + entry)
        return
    if reader:
        import shutil

        shutil.chown(path, user=reader)
    path.chmod(0o600)


def _reachable(path: Path) -> bool:
    """Whether the folders above let strangers through."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def _icacls(path: Path) -> str:
    words = ["icacls", str(path), "/inheritance:r", "/grant:r", "*S-1-5-18:R", "*S-1-5-32-544:F"]
    return subprocess.list2cmdline([*words, f"{getpass.getuser()}:R"])
