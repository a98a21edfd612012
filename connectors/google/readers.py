"""Choice of the member to act as when a shared drive is read.

`files.list` has no administrator access for shared drives: it answers members only.

Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
Source: https://developers.google.com/drive/api/guides/limited-expansive-access (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from connectors.google.answers import Permission
from connectors.google.normalize import Inside

# Readers and commenters cannot access the permissions of a file.
# Source: https://developers.google.com/workspace/drive/api/guides/ref-roles (read 2026-11-29)
_ROLES = ("organizer", "fileOrganizer", "writer")


@dataclass(frozen=True, slots=True)
class Reader:
    """A member of the own tenant who can read a shared drive.

    Attributes:
        mail: The address of the member.
        manager: True if the member is an organizer. No lower role sees the content of every folder
            with limited access.
    """

    mail: str
    manager: bool


def readers_of(
    members: list[Permission], inside: Inside, expanded: Callable[[str], Iterable[str]]
) -> Iterator[Reader]:
    """Yield the members worth trying, by decreasing role; each address once.

    Args:
        members: The permissions on the shared drive.
        internal: The domains of the tenant; external members are left out.
        expand_group: Returns the addresses in a group; called only when a group is reached.
    """
    met: set[str] = set()
    for role in _ROLES:
        for mail in _of_role(members, role, inside, expanded):
            if mail not in met:
                met.add(mail)
                yield Reader(mail, manager=role == "organizer")


def _of_role(
    members: list[Permission],
    role: str,
    inside: Inside,
    expanded: Callable[[str], Iterable[str]],
) -> Iterator[str]:
    of_role = [m for m in members if m.get("role") == role and not m.get("deleted")]
    for kind in ("user", "group"):
        for member in of_role:
            mail = member.get("emailAddress", "").lower()
            if member.get("type") != kind or not inside.holds(mail):
                continue
            found = (mail,) if kind == "user" else expanded(mail)
            yield from (m.lower() for m in found if inside.holds(m))
