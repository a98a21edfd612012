"""Scan of groups: the settings of all of them, and the members of those that have grants.

The settings say who may find, join and read a group, and post to it. Members are read only for
groups that grants mention: a group with an internal address may have external members.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from connectors.google.admin_api import AdminApi
from connectors.google.api import PageGuard
from connectors.google.api_types import Group, GroupPage, Member
from connectors.google.errors import LOCAL_ERRORS, ApiDenied, NotFound, PageTokenExpired
from connectors.google.folder_state import clear_state
from connectors.google.normalize import (
    InternalDomains,
    external_members,
    group_item,
    self_join_audience,
)
from connectors.google.read_gaps import RefusalStreak
from connectors.sdk.errors import ConnectorError
from connectors.sdk.interface import ConnectorContext
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

_GROUPS_PER_CHECKPOINT = 50  # groups between two checkpoints
_MAX_ALIKE = 50  # groups in a row whose settings are refused alike
_READ, _UNREAD, _UNREAD_SETTINGS = "read:", "unread:", "closed:"
_SELF_JOIN = "joins:"  # address of a group that can be joined freely -> audience
_SETTINGS_DENIED = "doors:shut"  # why settings of groups cannot be read
_MEMBERS_CURSOR = "groups"  # the position is in the scan state: the order of groups may change
_SETTINGS_CURSOR = "doors"  # prefix of a cursor that ends with a page token of all groups


@dataclass(frozen=True, slots=True)
class _GroupMembers:
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
        self,
        scope: Scope,
        admin: AdminApi,
        context: ConnectorContext,
        internal: InternalDomains,
        *,
        with_settings: bool,
    ) -> None:
        self._admin = admin
        self._context = context
        self._scan_state = context.scan_state(scope)
        self._internal = internal
        self._with_settings = with_settings

    def records(self, cursor: str | None) -> Iterator[Record]:
        """Yield an item for each group, then a principal for each group that has grants.

        An item carries a grant for each setting that admits non-members. Each principal is followed
        by its external members. What is refused about one group leaves that group unread; members
        are read even where the groups cannot be listed.

        Raises:
            ConnectorError: Google refuses requests of every kind, or the connection is lost.
        """
        page, resumed = self._first_page(cursor or "")
        yield Started(full=True, resumed=resumed)
        if page is not None and self._with_settings:
            yield from self._all_settings(page)
        mentioned = self._unread_groups()
        while mails := list(islice(mentioned, _GROUPS_PER_CHECKPOINT)):
            for mail, group in zip(
                mails, self._context.map(self._read_members, mails), strict=True
            ):
                self._scan_state.put((_UNREAD if group is None else _READ) + mail, "1")
                if group is not None:
                    yield _group_principal(group)
                    yield from group.outsiders
            yield Checkpoint(cursor=_MEMBERS_CURSOR)
        coverage = self._coverage()
        clear_state(self._scan_state)
        yield Checkpoint(cursor="")
        yield coverage

    def _first_page(self, cursor: str) -> tuple[GroupPage | None, bool]:
        """Return the page of groups to continue with; None if all settings are read or refused."""
        if cursor == _MEMBERS_CURSOR:
            return None, True
        kind, _, token = cursor.partition(":")
        if kind == _SETTINGS_CURSOR:
            try:
                return self._admin.groups(token), True
            except PageTokenExpired:
                pass
        clear_state(self._scan_state)
        try:
            return self._admin.groups(None, size=200 if self._with_settings else 1), False
        except ApiDenied:
            raise
        except LOCAL_ERRORS as refusal:
            self._note_denied(refusal)
            return None, False

    def _all_settings(self, page: GroupPage) -> Iterator[Record]:
        guard, streak = PageGuard("groups"), RefusalStreak(_MAX_ALIKE)
        try:
            while True:
                groups, following = page.get("groups", []), guard.next_token(page)
                listed = [g for g in groups if not _is_reserved(g["email"])]
                for group, settings in zip(
                    listed, self._context.map(self._read_settings, listed), strict=True
                ):
                    yield from self._group_records(group, settings, streak)
                if not following:
                    break
                yield Checkpoint(cursor=f"{_SETTINGS_CURSOR}:{following}")
                page = self._admin.groups(following)
        except PageTokenExpired:
            raise
        except LOCAL_ERRORS as refusal:  # of the API or of the list, not of one group
            self._note_denied(refusal)
        yield Checkpoint(cursor=_MEMBERS_CURSOR)

    def _note_denied(self, refusal: ConnectorError) -> None:
        self._scan_state.put(_SETTINGS_DENIED, _encode_reason(refusal.message, refusal.hint))

    def _read_settings(self, group: Group) -> dict[str, str] | ConnectorError | None:
        """Return the settings of a group; None if it is gone, else the error of the second try."""
        for last in (False, True):
            try:
                return self._admin.group_settings(group["email"])
            except ApiDenied as refusal:
                return refusal
            except LOCAL_ERRORS as refusal:
                if last:
                    return None if self._is_gone(group["email"], refusal) else refusal
        raise AssertionError

    def _is_gone(self, mail: str, refusal: ConnectorError) -> bool:
        """Return True if the directory does not know a group either that was not found."""
        if not isinstance(refusal, NotFound):
            return False
        try:
            self._admin.group(mail)
        except NotFound:
            return True
        except LOCAL_ERRORS:
            return False
        return False

    def _group_records(
        self,
        group: Group,
        settings: dict[str, str] | ConnectorError | None,
        streak: RefusalStreak,
    ) -> Iterator[Record]:
        mail = group["email"].lower()
        streak.note(settings)
        if isinstance(settings, ConnectorError):
            self._scan_state.put(_UNREAD_SETTINGS + mail, "1")
        elif settings is not None:
            if joins := self_join_audience(settings):
                self._scan_state.put(_SELF_JOIN + mail, joins)
            yield group_item(mail, group.get("name", ""), settings)

    def _unread_groups(self) -> Iterator[str]:
        """Yield the internal groups that have grants and were not read yet.

        The members of external groups cannot be read.
        """
        for mail in self._context.groups():
            seen = self._scan_state.get(_READ + mail) or self._scan_state.get(_UNREAD + mail)
            if self._internal.contains(mail) and not seen:
                yield mail

    def _read_members(self, mail: str) -> _GroupMembers | None:
        """Return a group with its members; None if they are refused twice."""
        for last in (False, True):
            try:
                members = list(self._admin.members(mail))
            except ApiDenied:
                return None
            except LOCAL_ERRORS as refusal:
                if last:
                    gone = self._is_gone(mail, refusal)
                    return _GroupMembers(mail, UNKNOWN, -1, ()) if gone else None
            else:
                return self._with_outsiders(mail, members)
        raise AssertionError

    def _with_outsiders(self, mail: str, members: list[Member]) -> _GroupMembers:
        memberships = list(external_members(mail, members, self._internal))
        outsiders = {o.member_id: o for o in memberships if o is not None}
        count = UNKNOWN if "*" in outsiders else len(memberships)
        if joins := self._scan_state.get(_SELF_JOIN + mail):
            outsiders["*"] = Membership(
                group_id=mail, member_id="*", member="", audience=Audience(joins)
            )
        return _GroupMembers(mail, count, _count_active_owners(members), tuple(outsiders.values()))

    def _coverage(self) -> Coverage:
        if denied := self._scan_state.get(_SETTINGS_DENIED):
            reason, hint = _decode_reason(denied)
            return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)
        for kind, sentence in (
            (_UNREAD, "google.groups_unread"),
            (_UNREAD_SETTINGS, "google.group_settings_unread"),
        ):
            unread = [key.removeprefix(kind) for key, _ in islice(self._scan_state.items(kind), 4)]
            if unread:
                names = ", ".join(unread[:3]) + (" …" if len(unread) > 3 else "")
                return Coverage(
                    status=Status.PARTIAL,
                    reason=say(sentence, groups=names),
                    hint=say("google.groups_unread_hint"),
                )
        return Coverage(status=Status.COMPLETE)


def _is_reserved(mail: str) -> bool:
    """Return True for the two addresses that every tenant has and whose settings Google refuses.

    Source: https://github.com/GAM-team/GAM (src/gam/__init__.py, read 2026-11-29)
    """
    return mail.partition("@")[0].lower() in ("abuse", "postmaster")


def _count_active_owners(members: list[Member]) -> int:
    """Return how many owners of a group are active."""
    owners = (m for m in members if m.get("role") == "OWNER" and m.get("type") == "USER")
    return sum(m.get("status", "ACTIVE") == "ACTIVE" for m in owners)


def _group_principal(group: _GroupMembers) -> Principal:
    deleted = group.owners < 0
    return Principal(
        id=group.mail,
        kind=PrincipalKind.GROUP,
        name=group.mail,
        mail=group.mail,
        state=State.DELETED if deleted else State.UNKNOWN,
        external=False,
        members=group.members,
        owners=UNKNOWN if deleted else group.owners,
    )


def _encode_reason(message: Message, hint: Message | None) -> str:
    return json.dumps([[m.key, dict(m.values)] for m in (message, hint) if m is not None])


def _decode_reason(text: str) -> tuple[Message, Message | None]:
    first, *rest = (say(key, **values) for key, values in json.loads(text))
    return first, rest[0] if rest else None
