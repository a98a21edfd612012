"""Choice of the member to act as when a shared drive is read.

`files.list` has no administrator access for shared drives: it answers members only.

Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
Source: https://developers.google.com/drive/api/guides/limited-expansive-access (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from zlib import crc32

from connectors.google.api_types import DrivePermission
from connectors.google.normalize import InternalDomains

# Readers and commenters cannot access the permissions of a file.
# Source: https://developers.google.com/workspace/drive/api/guides/ref-roles (read 2026-11-29)
_READER_ROLES = ("organizer", "fileOrganizer", "writer")


@dataclass(frozen=True, slots=True)
class DriveReader:
    """A member of the own tenant who can read a shared drive.

    Attributes:
        mail: The address of the member.
        manager: True if the member is an organizer. No lower role sees the content of every folder
            with limited access.
    """

    mail: str
    manager: bool


def candidate_readers(
    members: list[DrivePermission],
    internal: InternalDomains,
    expand_group: Callable[[str], Iterable[str]],
    *,
    drive: str = "",
) -> Iterator[DriveReader]:
    """Yield the members worth trying, by decreasing role; each address once.

    Of several with one role, another one comes first for another drive: a user has a quota, and the
    managers of one drive are often those of all.

    Args:
        members: The permissions on the shared drive.
        internal: The domains of the tenant; external members are left out.
        expand_group: Returns the addresses in a group; called only when a group is reached.
        drive: The id of the drive.
    """
    met: set[str] = set()
    for role in _READER_ROLES:
        for mail in _with_role(_rotated(members, drive), role, internal, expand_group):
            if mail not in met:
                met.add(mail)
                yield DriveReader(mail, manager=role == "organizer")


def _rotated(members: list[DrivePermission], drive: str) -> list[DrivePermission]:
    """Return the members from another one on for another drive, always the same for one."""
    start = crc32(drive.encode()) % len(members) if members else 0
    return members[start:] + members[:start]


def _with_role(
    members: list[DrivePermission],
    role: str,
    internal: InternalDomains,
    expand_group: Callable[[str], Iterable[str]],
) -> Iterator[str]:
    of_role = [m for m in members if m.get("role") == role and not m.get("deleted")]
    for kind in ("user", "group"):
        for member in of_role:
            mail = member.get("emailAddress", "").lower()
            if member.get("type") != kind or not internal.contains(mail):
                continue
            found = (mail,) if kind == "user" else expand_group(mail)
            yield from (m.lower() for m in found if internal.contains(m))
