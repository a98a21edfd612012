"""Check and restrict who may read a file with a secret."""

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
class TooPermissive:
    """Permissions that are too broad.

    Attributes:
        who: Who can read the file.
        command: The command that restricts it.
    """

    who: str
    command: str


def check_permissions(path: Path) -> TooPermissive | None:
    """Return who else can read a file, or None if its permissions are fine.

    On Unix the file's group may read it, and other users do not count while a folder above keeps
    them out. Raise `OSError` if the permissions cannot be read.
    """
    if sys.platform == "win32":
        who = ", ".join(dict.fromkeys(acl.groups_with_read_access(acl.read_acl(path))))
        return TooPermissive(who, _icacls(path)) if who else None
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & _FOR_OTHERS or not _reachable(path):
        return None
    return TooPermissive(f"{mode:04o}", f"chmod 600 {shlex.quote(str(path))}")


def restrict_permissions(path: Path, *, reader: str = "") -> None:
    """Restrict a file to its owner (Windows: SYSTEM and Administrators, too) and one reader.

    Raise `OSError` if the permissions cannot be changed.

    Args:
        reader: An account that may read it; empty for none.
    """
    if sys.platform == "win32":
        entry = f"(A;;FR;;;{acl.sid_of(reader)})" if reader else ""
        acl.set_acl(path, acl.OWNER_AND_ADMINISTRATORS + entry)
        return
    if reader:
        import shutil

        shutil.chown(path, user=reader)
    path.chmod(0o600)


def _reachable(path: Path) -> bool:
    """Return True if the folders above let other users through."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def _icacls(path: Path) -> str:
    words = ["icacls", str(path), "/inheritance:r", "/grant:r", "*S-1-5-18:R", "*S-1-5-32-544:F"]
    return subprocess.list2cmdline([*words, f"{getpass.getuser()}:R"])
