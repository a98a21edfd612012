"""Who is in the groups that grants mention: an own address may hide outsiders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from connectors.google.client import Client
from connectors.google.ledger import forget
from connectors.google.normalize import Inside, outsiders_of
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import say
from connectors.sdk.records import (
    UNKNOWN,
    Checkpoint,
    Coverage,
    Membership,
    Principal,
    PrincipalKind,
    Record,
    Scope,
    Started,
    Status,
    Unknown,
)

_TOGETHER = 50  # groups between two checkpoints
_DONE, _UNREAD = "read:", "unread:"
_CURSOR = "groups"  # where we are is in the memory: the order of the groups may change


@dataclass(frozen=True, slots=True)
class _Group:
    mail: str
    members: int | Unknown
    outsiders: tuple[Membership, ...]


class Groups:
    """The directory scope, read after all grants are known."""

    def __init__(self, scope: Scope, client: Client, context: Context, inside: Inside) -> None:
        self._client = client
        self._context = context
        self._memory = context.memory(scope)
        self._inside = inside

    def records(self, cursor: str | None) -> Iterator[Record]:
        """A `Principal` for each group that could be read, a `Membership` for each outsider."""
        self._client.check_groups()
        if not cursor:
            forget(self._memory)
        yield Started(full=True, resumed=bool(cursor))
        mentioned = self._todo()
        while mails := list(islice(mentioned, _TOGETHER)):
            for mail, group in zip(mails, self._context.map(self._group, mails), strict=True):
                self._memory.put((_UNREAD if group is None else _DONE) + mail, "1")
                if group is not None:
                    yield _principal_of(group)
                    yield from group.outsiders
            yield Checkpoint(cursor=_CURSOR)
        coverage = self._coverage()
        forget(self._memory)
        yield Checkpoint(cursor="")
        yield coverage

    def _todo(self) -> Iterator[str]:
        """Own groups not yet looked at; outside groups cannot be opened and say so themselves."""
        for mail in self._context.groups():
            seen = self._memory.get(_DONE + mail) or self._memory.get(_UNREAD + mail)
            if self._inside.holds(mail) and not seen:
                yield mail

    def _group(self, mail: str) -> _Group | None:
        count = 0
        outsiders: dict[str, Membership] = {}
        try:
            for outsider in outsiders_of(mail, self._client.members(mail), self._inside):
                count += 1
                if outsider is not None:
                    outsiders[outsider.member_id] = outsider
        except AccessDenied:
            return None
        # "*" is everybody of the company, and nobody said how many that are
        return _Group(mail, UNKNOWN if "*" in outsiders else count, tuple(outsiders.values()))

    def _coverage(self) -> Coverage:
        unread = [key.removeprefix(_UNREAD) for key, _ in islice(self._memory.items(_UNREAD), 4)]
        if not unread:
            return Coverage(status=Status.COMPLETE)
        named = ", ".join(unread[:3]) + (" …" if len(unread) > 3 else "")
        return Coverage(
            status=Status.PARTIAL,
            reason=say("google.groups_unread", groups=named),
            hint=say("google.groups_unread_hint"),
        )


def _principal_of(group: _Group) -> Principal:
    return Principal(
        id=group.mail,
        kind=PrincipalKind.GROUP,
        name=group.mail,
        mail=group.mail,
        external=False,
        members=group.members,
    )
