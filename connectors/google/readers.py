"""In whose name a shared drive can be read: `files.list` answers only its members."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from connectors.google.answers import Permission
from connectors.google.normalize import Inside

_ROLES = ("organizer", "fileOrganizer", "writer")  # a mere reader is shown no ACL


@dataclass(frozen=True, slots=True)
class Reader:
    """A member of our own. Only a manager sees into folders with limited access."""

    mail: str
    manager: bool


def readers_of(
    members: list[Permission], inside: Inside, expanded: Callable[[str], Iterable[str]]
) -> Iterator[Reader]:
    """Those worth trying, the most powerful first; a group is opened only when it is needed."""
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
