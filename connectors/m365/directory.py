"""The scan of the directory: public groups, guests, owners of items, and groups with grants.

Roles and ownerships are listed apart from the guests whom they belong to. They are stored between
the listings, so that a scan can be resumed anywhere and needs little memory.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from connectors.m365.api_types import Group, User
from connectors.m365.entra import GROUPS_PER_BATCH, Entra, GroupDetails, GroupPage, UserPage
from connectors.m365.errors import BadRequest, LicenseRequired, ResyncRequired
from connectors.m365.normalize import (
    NO_ACCOUNT,
    addresses_of,
    group_of,
    guest_of,
    memberships_of,
    owner_of,
    public_group_of,
)
from connectors.sdk.batched import batched
from connectors.sdk.cursor import Cursor
from connectors.sdk.errors import AccessDenied
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import Message, say
from connectors.sdk.records import (
    Checkpoint,
    CountedItems,
    Coverage,
    Principal,
    Record,
    Scope,
    Started,
    Status,
)

DIRECTORY = Scope(id="directory", title="Microsoft Entra ID", last=True)

_OWNER = "owner/"
_GUESTS, _GROUPS = "User.Read.All", "GroupMember.Read.All"
_ROLES, _SIGN_INS = "RoleManagement.Read.Directory", "AuditLog.Read.All"
_MISSING_MESSAGES: dict[str, Message] = {
    _GUESTS: say("m365.no_guests"),
    _GROUPS: say("m365.no_groups"),
    _ROLES: say("m365.no_roles"),
    _SIGN_INS: say("m365.no_sign_ins"),
}
"""What is lost without a permission, the worst loss first."""

Stage = Literal["groups", "guests", "owners", "named"]


@dataclass(frozen=True, slots=True)
class DirectoryCursor(Cursor):
    """The cursor of the scan. The names of the fields and the stages are stored.

    Attributes:
        stage: All groups, then guests, then owners of items, then the groups that grants name.
        next: The path of the page to read next; empty for the first page of the stage.
        after: The id of the last named group that was read.
        sign_ins: Whether the last sign-in of guests can be read.
        sponsors: Whether the sponsors of guests can be read.
        missing: The permissions that were found missing, separated by commas.
        unread: The number of named groups that could not be read.
    """

    stage: Stage = "groups"
    next: str = ""
    after: str = ""
    sign_ins: bool = True
    sponsors: bool = True
    missing: str = ""
    unread: int = 0

    def with_missing(self, permission: str) -> DirectoryCursor:
        """Return the cursor with one more missing permission."""
        known = [*filter(None, self.missing.split(",")), permission]
        return replace(self, missing=",".join(dict.fromkeys(known)))


class Directory:
    """The scan of the directory of one tenant."""

    def __init__(self, entra: Entra, context: ConnectorContext, domains: frozenset[str]) -> None:
        self._entra = entra
        self._domains = domains
        self._context = context
        self._scan_state = context.scan_state(DIRECTORY)

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """Yield public groups, guests, owners, then named groups with their external members.

        A missing permission makes the coverage partial.

        Raises:
            ConnectorError: A listing failed for another reason than a missing permission.
        """
        position = DirectoryCursor.from_json(cursor)
        first: GroupPage | UserPage | None = None
        if position is not None and position.next:
            try:
                first = self._resume_page(position)
            except (ResyncRequired, BadRequest):  # a page token that Entra cannot read any more
                position = None
        yield Started(full=True, resumed=position is not None)
        if position is None:
            position = self._load_roles(DirectoryCursor())
        if position.stage == "groups":
            position = yield from self._open_groups(position, first)
            first = None
        if position.stage == "guests":
            position = yield from self._guests(position, first)
            first = None
        if position.stage == "owners":
            position = yield from self._owners(position, first)
        for batch in self._referenced_groups(position.after):
            for group in batch:
                position = replace(
                    position, after=group.id, unread=position.unread + bool(group.error)
                )
                yield from _referenced_group_records(group)
            yield Checkpoint(cursor=position.to_json())
        yield Checkpoint(cursor="")
        yield coverage_of(position)

    def _resume_page(self, position: DirectoryCursor) -> GroupPage | UserPage:
        if position.stage == "groups":
            return self._entra.groups_page(position.next)
        return self._entra.users_page(position.next)

    def _load_roles(self, position: DirectoryCursor) -> DirectoryCursor:
        """Delete what an earlier scan stored of people, and store the current roles."""
        for key in [key for key, _ in self._scan_state.items()]:
            self._scan_state.put(key, None)
        try:
            for assignment in self._entra.roles():
                definition = assignment.get("roleDefinition") or {}
                name = str(
                    definition.get("displayName") or assignment.get("roleDefinitionId") or "?"
                )
                self._scan_state.put(f"{assignment.get('principalId')}/role/{name}", name)
        except AccessDenied:
            return position.with_missing(_ROLES)
        return position

    def _open_groups(
        self, position: DirectoryCursor, first: object
    ) -> Generator[Record, None, DirectoryCursor]:
        """Yield the groups that everybody in the tenant may join; store guests who own groups."""
        page = first if isinstance(first, GroupPage) else None
        try:
            page = page or self._entra.groups_page(self._entra.groups_path())
            while True:
                yield from self._group_items(page.groups)
                if not page.next:
                    break
                position = replace(position, next=page.next)
                yield Checkpoint(cursor=position.to_json())
                page = self._entra.groups_page(page.next)
        except AccessDenied:
            position = position.with_missing(_GROUPS)
        position = replace(position, stage="guests", next="")
        yield Checkpoint(cursor=position.to_json())
        return position

    def _group_items(self, groups: Sequence[Group]) -> Iterator[Record]:
        closed = 0
        for group in groups:
            for owner in group.get("owners") or ():
                if owner.get("userType", "Guest") == "Guest":
                    name = str(group.get("displayName") or group["id"])
                    key = f"{owner['id']}/owner/{group['id']}"
                    self._scan_state.put(key, f"owner of {name}")
            item = public_group_of(group)
            if item is not None:
                yield item
            else:
                closed += 1
        if closed:
            yield CountedItems(parent_id=None, count=closed)

    def _guests(
        self, position: DirectoryCursor, first: object
    ) -> Generator[Record, None, DirectoryCursor]:
        page = first if isinstance(first, UserPage) else None
        if page is None:
            page, position = self._first_guest_page(position)
        while page is not None:
            for guest in page.users:
                yield self._guest_principal(guest, position)
            position = replace(position, next=page.next)
            if not page.next:
                break
            yield Checkpoint(cursor=position.to_json())
            page = self._entra.users_page(page.next)
        position = replace(position, stage="owners", next="")
        yield Checkpoint(cursor=position.to_json())
        return position

    def _owners(
        self, position: DirectoryCursor, first: object
    ) -> Generator[Record, None, DirectoryCursor]:
        """Yield the owners of exposed items with the state of their accounts.

        All accounts are listed, and those that have the address of an owner are used. An owner
        without an account has left.
        """
        page = first if isinstance(first, UserPage) else None
        if not position.next:  # owners that are found later are looked up in the next scan
            for owner in self._context.owners():
                if owner.rpartition("@")[2] in self._domains:
                    self._scan_state.put(f"{_OWNER}{owner}", NO_ACCOUNT)
        wanted = {key.removeprefix(_OWNER) for key, _ in self._scan_state.items(_OWNER)}
        try:
            path = position.next or self._entra.users_path()
            while wanted and path:
                page = page or self._entra.users_page(path)
                for user in page.users:
                    for address in addresses_of(user) & wanted:
                        self._scan_state.put(f"{_OWNER}{address}", str(user.get("accountEnabled")))
                path, page = page.next, None
                if path:
                    position = replace(position, next=path)
                    yield Checkpoint(cursor=position.to_json())
            for owner in sorted(wanted):
                yield owner_of(owner, self._scan_state.get(f"{_OWNER}{owner}") or NO_ACCOUNT)
        except AccessDenied:
            position = position.with_missing(_GUESTS)
        position = replace(position, stage="named", next="")
        yield Checkpoint(cursor=position.to_json())
        return position

    def _guest_principal(self, guest: User, position: DirectoryCursor) -> Principal:
        roles = tuple(name for _, name in self._scan_state.items(f"{guest['id']}/"))
        return guest_of(
            guest, sign_in_known=position.sign_ins, sponsor_known=position.sponsors, roles=roles
        )

    def _first_guest_page(
        self, position: DirectoryCursor
    ) -> tuple[UserPage | None, DirectoryCursor]:
        """Return the first page with as many properties as licence and permissions allow.

        Raises:
            BadRequest: Graph refuses the request without sponsors, too.
        """
        unpermitted = False
        while True:
            path = self._entra.guests_path(sign_ins=position.sign_ins, sponsors=position.sponsors)
            try:
                page = self._entra.users_page(path)
            except AccessDenied as error:
                if not position.sign_ins:
                    return None, position.with_missing(_GUESTS)
                unpermitted = not isinstance(error, LicenseRequired)
                position = replace(position, sign_ins=False)
            except BadRequest:
                if not position.sponsors:
                    raise
                position = replace(position, sponsors=False)
            else:
                return page, position.with_missing(_SIGN_INS) if unpermitted else position

    def _referenced_groups(self, after: str) -> Iterator[list[GroupDetails]]:
        ids = sorted(group for group in self._context.groups() if group > after)
        batches = batched(ids, GROUPS_PER_BATCH)
        return self._context.map(self._entra.groups, batches)


def _referenced_group_records(details: GroupDetails) -> Iterator[Record]:
    """Yield the records of a group; none for one that could not be read, which is not empty."""
    if details.error is None:
        yield group_of(details.id, details.group, details.members, details.owners)
        yield from memberships_of(details.id, details.group, details.guests)


def coverage_of(position: DirectoryCursor) -> Coverage:
    """Return the coverage of a scan: the worst loss, and every permission to grant."""
    missing = [p for p in _MISSING_MESSAGES if p in position.missing.split(",")]
    if not missing and not position.unread:
        return Coverage(status=Status.COMPLETE)
    if position.unread and _GUESTS not in missing:
        reason = say("m365.groups_unread", count=position.unread)
        missing += [_GROUPS] if _GROUPS not in missing else []
    else:
        reason = _MISSING_MESSAGES[missing[0]]
    return Coverage(
        status=Status.DENIED if {_GUESTS, _GROUPS} <= set(missing) else Status.PARTIAL,
        reason=reason,
        hint=say("m365.denied_hint", permission=", ".join(missing)),
    )
