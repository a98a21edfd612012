"""Scan of groups: the settings of all of them, and the members of those that have grants.

The settings say who may find, join and read a group, and post to it. Members are read only for
groups that grants mention: a group with an internal address may have external members.
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
_JOINS = "joins:"  # address of a group that can be joined freely -> audience
_SHUT = "doors:shut"  # why settings of groups cannot be read
_CURSOR = "groups"  # the position is in the scan state: the order of groups may change
_DOORS = "doors"  # prefix of a cursor that ends with a page token of all groups


@dataclass(frozen=True, slots=True)
class _Opened:
    """A group whose members were read.

    Attributes:
        mail: The address of the group.
        members: The number of members; unknown if everybody in the tenant is one.
        owners: The number of owners who can sign in; -1 if the group does not exist any more.
        outsiders: The external members.
    """

    mail: str
    members: int | Unknown
    owners: int
    outsiders: tuple[Membership, ...]


class Groups:
    """Scan of the directory scope, read after all others, when all grants are known.

    Args:
        scope: The scope.
        admin: The Directory and Groups Settings APIs.
        context: The services of the run, which know the groups that grants mention.
        internal: The domains of the tenant.
        with_settings: False to leave out the settings of the groups.
    """

    def __init__(
        self, scope: Scope, admin: Admin, context: Context, inside: Inside, *, doors: bool
    ) -> None:
        self._admin = admin
        self._context = context
        self._memory = context.memory(scope)
        self._inside = inside
        self._doors = doors

    def records(self, cursor: str | None) -> Iterator[Record]:
        """Yield an item for each group, then a principal for each group that has grants.

        An item carries a grant for each setting that admits non-members. Each principal is followed
        by its external members.

        Raises:
            AccessDenied: The groups of the tenant may not be listed.
            PageTokenExpired: A page token was refused in the middle of the list.
        """
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
        """Return the page of groups to continue with; None if all settings are read."""
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
            except AccessDenied as refusal:  # taken for a refusal of the API, not of one group
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
        """Yield the internal groups that have grants and were not read yet.

        The members of external groups cannot be read.
        """
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
    """Return how many owners of a group are active."""
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
