"""Groups, seen from both sides: who may come in by himself, and who is in already.

Every group of the tenant is asked who may find, join and read it and post to it. Only the groups
that grants mention are opened: an own address may hide outsiders.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from connectors.google.admin import Admin
from connectors.google.answers import Group, GroupPage, Member
from connectors.google.normalize import Inside, door_of, joins_of, outsiders_of
from connectors.google.refusal import NotFound, PageRefused
from connectors.google.tree import forget
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import Message, say
from connectors.sdk.records import (
    UNKNOWN,
    Audience,
    Checkpoint,
    Coverage,
    Membership,
    Principal,
    PrincipalKind,
    Record,
    Scope,
    Started,
    State,
    Status,
    Unknown,
)

_TOGETHER = 50  # groups between two checkpoints
_DONE, _UNREAD = "read:", "unread:"
_JOINS = "joins:"  # groups that somebody may join unasked -> who
_SHUT = "doors:shut"  # why no group tells its settings
_CURSOR = "groups"  # where we are is in the memory: the order of the groups may change
_DOORS = "doors"  # ... but for the pages of the list of all groups


@dataclass(frozen=True, slots=True)
class _Opened:
    """A group that was looked into."""

    mail: str
    members: int | Unknown
    owners: int
    outsiders: tuple[Membership, ...]


class Groups:
    """The directory scope, read after all grants are known."""

    def __init__(
        self, scope: Scope, admin: Admin, context: Context, inside: Inside, *, doors: bool
    ) -> None:
        self._admin = admin
        self._context = context
        self._memory = context.memory(scope)
        self._inside = inside
        self._doors = doors

    def records(self, cursor: str | None) -> Iterator[Record]:
        """Doors of all groups, a `Principal` for each group that was opened, its outsiders."""
        page, resumed = self._first(cursor or "")
        yield Started(full=True, resumed=resumed)
        if page is not None and self._doors:
            yield from self._all_doors(page)
        mentioned = self._todo()
        while mails := list(islice(mentioned, _TOGETHER)):
            for mail, group in zip(mails, self._context.map(self._opened, mails), strict=True):
                self._memory.put((_UNREAD if group is None else _DONE) + mail, "1")
                if group is not None:
                    yield _principal_of(group)
                    yield from group.outsiders
            yield Checkpoint(cursor=_CURSOR)
        coverage = self._coverage()
        forget(self._memory)
        yield Checkpoint(cursor="")
        yield coverage

    def _first(self, cursor: str) -> tuple[GroupPage | None, bool]:
        """The page of groups to go on with; none where all doors are known."""
        if cursor == _CURSOR:
            return None, True
        kind, _, token = cursor.partition(":")
        if kind == _DOORS:
            try:
                return self._admin.groups(token), True
            except PageRefused:
                pass
        forget(self._memory)
        return self._admin.groups(None, size=200 if self._doors else 1), False

    def _all_doors(self, page: GroupPage) -> Iterator[Record]:
        while True:
            groups = page.get("groups", [])
            try:
                for group, doors in zip(
                    groups, self._context.map(self._settings, groups), strict=True
                ):
                    yield from self._door(group, doors)
            except AccessDenied as refusal:  # not one group, but the whole API
                self._memory.put(_SHUT, _packed(refusal.message, refusal.hint))
                break
            following = page.get("nextPageToken")
            if not following:
                break
            yield Checkpoint(cursor=f"{_DOORS}:{following}")
            page = self._admin.groups(following)
        yield Checkpoint(cursor=_CURSOR)

    def _settings(self, group: Group) -> dict[str, str] | None:
        try:
            return self._admin.doors(group["email"])
        except NotFound:  # deleted since it was listed
            return None

    def _door(self, group: Group, doors: dict[str, str] | None) -> Iterator[Record]:
        if doors is None:
            return
        mail = group["email"].lower()
        if joins := joins_of(doors):
            self._memory.put(_JOINS + mail, joins)
        yield door_of(mail, group.get("name", ""), doors)

    def _todo(self) -> Iterator[str]:
        """Own groups not yet looked at; outside groups cannot be opened and say so themselves."""
        for mail in self._context.groups():
            seen = self._memory.get(_DONE + mail) or self._memory.get(_UNREAD + mail)
            if self._inside.holds(mail) and not seen:
                yield mail

    def _opened(self, mail: str) -> _Opened | None:
        try:
            members = list(self._admin.members(mail))
        except NotFound:
            return _Opened(mail, UNKNOWN, -1, ())
        except AccessDenied:
            return None
        told = list(outsiders_of(mail, members, self._inside))
        outsiders = {o.member_id: o for o in told if o is not None}
        count = UNKNOWN if "*" in outsiders else len(told)
        if joins := self._memory.get(_JOINS + mail):
            outsiders["*"] = Membership(
                group_id=mail, member_id="*", member="", audience=Audience(joins)
            )
        return _Opened(mail, count, _owners_in(members), tuple(outsiders.values()))

    def _coverage(self) -> Coverage:
        unread = [key.removeprefix(_UNREAD) for key, _ in islice(self._memory.items(_UNREAD), 4)]
        if unread:
            named = ", ".join(unread[:3]) + (" …" if len(unread) > 3 else "")
            return Coverage(
                status=Status.PARTIAL,
                reason=say("google.groups_unread", groups=named),
                hint=say("google.groups_unread_hint"),
            )
        if shut := self._memory.get(_SHUT):
            reason, hint = _unpacked(shut)
            return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)
        return Coverage(status=Status.COMPLETE)


def _owners_in(members: list[Member]) -> int:
    """How many of a group's owners can sign in."""
    owners = (m for m in members if m.get("role") == "OWNER" and m.get("type") == "USER")
    return sum(m.get("status", "ACTIVE") == "ACTIVE" for m in owners)


def _principal_of(group: _Opened) -> Principal:
    gone = group.owners < 0
    return Principal(
        id=group.mail,
        kind=PrincipalKind.GROUP,
        name=group.mail,
        mail=group.mail,
        state=State.DELETED if gone else State.UNKNOWN,
        external=False,
        members=group.members,
        owners=UNKNOWN if gone else group.owners,
    )


def _packed(message: Message, hint: Message | None) -> str:
    return json.dumps([[m.key, dict(m.values)] for m in (message, hint) if m is not None])


def _unpacked(text: str) -> tuple[Message, Message | None]:
    first, *rest = (say(key, **values) for key, values in json.loads(text))
    return first, rest[0] if rest else None
