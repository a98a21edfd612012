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
from connectors.m365.graph import BATCH
from connectors.m365.home_tenant import is_external
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
from connectors.sdk.errors import AccessDenied, ConnectorError, UnexpectedResponse
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.listing_guard import ListingGuard
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
_LOSSES = (AccessDenied, UnexpectedResponse)  # they cost the part that was asked for
_GUESTS, _GROUPS = "User.Read.All", "GroupMember.Read.All"
_ROLES, _SIGN_INS = "RoleManagement.Read.Directory", "AuditLog.Read.All"
_SPONSORS = "sponsors"  # needs no permission of its own
_MISSING_MESSAGES: dict[str, Message] = {
    _GUESTS: say("m365.no_guests"),
    _GROUPS: say("m365.no_groups"),
    _ROLES: say("m365.no_roles"),
    _SIGN_INS: say("m365.no_sign_ins"),
    _SPONSORS: say("m365.no_sponsors"),
}
"""What is lost where a part was not read, by its permission, the worst loss first."""

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
        odd: The parts that Graph answered in a way that this version does not know, by their
            permissions, separated by commas.
    """

    stage: Stage = "groups"
    next: str = ""
    after: str = ""
    sign_ins: bool = True
    sponsors: bool = True
    missing: str = ""
    unread: int = 0
    odd: str = ""

    def with_loss(self, permission: str, error: ConnectorError) -> DirectoryCursor:
        """Return the cursor with one more part that was not read."""
        if isinstance(error, AccessDenied):
            return replace(self, missing=_added(self.missing, permission))
        return replace(self, odd=_added(self.odd, permission))


def _added(names: str, name: str) -> str:
    return ",".join(dict.fromkeys((*filter(None, names.split(",")), name)))


class Directory:
    """The scan of the directory of one tenant.

    A part that is refused, or answered in a way that this version does not know, costs only itself:
    the other parts are read, and the coverage is partial.
    """

    def __init__(self, entra: Entra, context: ConnectorContext, domains: frozenset[str]) -> None:
        self._entra = entra
        self._domains = domains
        self._context = context
        self._scan_state = context.scan_state(DIRECTORY)

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """Yield public groups, guests, owners, then named groups with their external members.

        Raises:
            ConnectorError: No token, no quota, or no answer.
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
            position = yield from self._accounts(position, first)
        for batch in self._referenced_groups(position.after):
            for group in batch:
                position = replace(_with_group(position, group), after=group.id)
                yield from self._referenced_group_records(group)
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
        except _LOSSES as error:
            return position.with_loss(_ROLES, error)
        return position

    def _open_groups(
        self, position: DirectoryCursor, first: object
    ) -> Generator[Record, None, DirectoryCursor]:
        """Yield the groups that everybody in the tenant may join; store guests who own groups."""
        page = first if isinstance(first, GroupPage) else None
        try:
            page = page or self._entra.groups_page(self._entra.groups_path())
            guard = ListingGuard("/groups")
            while True:
                guard.check(page.next, (group["id"] for group in page.groups))
                yield from self._group_items(page.groups)
                if not page.next:
                    break
                position = replace(position, next=page.next)
                yield Checkpoint(cursor=position.to_json())
                page = self._entra.groups_page(page.next)
        except _LOSSES as error:
            position = position.with_loss(_GROUPS, error)
        position = replace(position, stage="guests", next="")
        yield Checkpoint(cursor=position.to_json())
        return position

    def _group_items(self, groups: Sequence[Group]) -> Iterator[Record]:
        closed = 0
        for group in groups:
            for owner in group.get("owners") or ():
                if is_external(owner, self._domains) is not False:
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
        """Yield the accounts of the type guest."""
        page = first if isinstance(first, UserPage) else None
        if page is None:
            page, position = self._first_guest_page(position)
        guard = ListingGuard("/users")
        try:
            while page is not None:
                guard.check(page.next, (user["id"] for user in page.users))
                for guest in page.users:
                    guest["userType"] = guest.get("userType") or "Guest"  # the filter said so
                    yield self._guest_principal(guest, position)
                position = replace(position, next=page.next)
                if not page.next:
                    break
                yield Checkpoint(cursor=position.to_json())
                page = self._entra.users_page(page.next)
        except _LOSSES as error:
            position = position.with_loss(_GUESTS, error)
        position = replace(position, stage="owners", next="")
        yield Checkpoint(cursor=position.to_json())
        return position

    def _accounts(
        self, position: DirectoryCursor, first: object
    ) -> Generator[Record, None, DirectoryCursor]:
        """Yield the external accounts that are no guests, then the owners of exposed items.

        All accounts are listed: no filter finds every external account that is of the type
        `Member`. Of the owners, those come with their state that have an address of an account; an
        owner without an account has left.
        """
        page = first if isinstance(first, UserPage) else None
        if not position.next:  # owners that are found later are looked up in the next scan
            for owner in self._context.owners():
                if owner.rpartition("@")[2] in self._domains:
                    self._scan_state.put(f"{_OWNER}{owner}", NO_ACCOUNT)
        wanted = {key.removeprefix(_OWNER) for key, _ in self._scan_state.items(_OWNER)}
        try:
            path = position.next or self._entra.users_path()
            guard = ListingGuard("/users")
            while path:
                page = page or self._entra.users_page(path)
                guard.check(page.next, (user["id"] for user in page.users))
                position = yield from self._external_members(page.users, position)
                for user in page.users:
                    for address in addresses_of(user) & wanted:
                        self._scan_state.put(f"{_OWNER}{address}", str(user.get("accountEnabled")))
                path, page = page.next, None
                if path:
                    position = replace(position, next=path)
                    yield Checkpoint(cursor=position.to_json())
            for owner in sorted(wanted):
                yield owner_of(owner, self._scan_state.get(f"{_OWNER}{owner}") or NO_ACCOUNT)
        except _LOSSES as error:
            position = position.with_loss(_GUESTS, error)
        position = replace(position, stage="named", next="")
        yield Checkpoint(cursor=position.to_json())
        return position

    def _external_members(
        self, users: Sequence[User], position: DirectoryCursor
    ) -> Generator[Record, None, DirectoryCursor]:
        """Yield the external accounts that are no guests, with what a listing does not tell."""
        found = (
            user
            for user in users
            if str(user.get("userType") or "").lower() != "guest"
            and is_external(user, self._domains) is not False
        )
        for batch in batched(found, BATCH):
            accounts: Sequence[User] = batch
            if position.sign_ins or position.sponsors:
                accounts = self._entra.external_users(
                    batch, sign_ins=position.sign_ins, sponsors=position.sponsors
                )
            for listed, user in zip(batch, accounts, strict=True):
                plain = replace(position, sign_ins=False, sponsors=False)
                yield self._guest_principal(user, plain if user is listed else position)
                if user is listed and position.sign_ins:
                    position = replace(position, odd=_added(position.odd, _SIGN_INS))
        return position

    def _guest_principal(self, guest: User, position: DirectoryCursor) -> Principal:
        roles = tuple(name for _, name in self._scan_state.items(f"{guest['id']}/"))
        return guest_of(
            guest,
            self._domains,
            sign_in_known=position.sign_ins,
            sponsor_known=position.sponsors,
            roles=roles,
        )

    def _first_guest_page(
        self, position: DirectoryCursor
    ) -> tuple[UserPage | None, DirectoryCursor]:
        """Return the first page with as many properties as Graph gives; None without guests.

        Sponsors, the last sign-in and the size of the page have failed in tenants; each is given up
        by itself, in the order in which they are worth least.
        """
        lost: ConnectorError | None = None
        sign_ins, sponsors = position.sign_ins, position.sponsors
        while True:
            path = self._entra.guests_path(sign_ins=sign_ins, sponsors=sponsors)
            try:
                page = self._entra.users_page(path)
            except AccessDenied as error:
                if not sign_ins:
                    return None, position.with_loss(_GUESTS, error)
                lost = None if isinstance(error, LicenseRequired) else error
                sign_ins = False
            except UnexpectedResponse as error:
                if sponsors:
                    sponsors = False
                elif sign_ins:
                    page, sponsors = self._small_guest_page(sponsors=position.sponsors)
                    if page is not None:
                        return page, self._without(position, sponsors=sponsors)
                    lost, sign_ins, sponsors = error, False, position.sponsors
                else:
                    return None, position.with_loss(_GUESTS, error)
            else:
                position = self._without(position, sign_ins=sign_ins, sponsors=sponsors)
                return page, position.with_loss(_SIGN_INS, lost) if lost else position

    @staticmethod
    def _without(
        position: DirectoryCursor, *, sponsors: bool, sign_ins: bool = True
    ) -> DirectoryCursor:
        """Return the cursor with what was given up of guests; sponsors that are lost are named."""
        odd = position.odd if sponsors else _added(position.odd, _SPONSORS)
        return replace(position, sign_ins=sign_ins, sponsors=sponsors, odd=odd)

    def _small_guest_page(self, *, sponsors: bool) -> tuple[UserPage | None, bool]:
        """Return the first page with sign-ins in the size that Graph chooses; None if refused.

        The flag says whether it holds the sponsors. The largest page with sign-ins was 999, 120 and
        500 accounts over the years, and a larger one was refused with an error.

        Source: https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1898 (read 2026-11-30)
        """  # noqa: E501 -- an address
        for with_sponsors in (True, False) if sponsors else (False,):
            path = self._entra.guests_path(sign_ins=True, sponsors=with_sponsors, top=0)
            try:
                return self._entra.users_page(path), with_sponsors
            except (AccessDenied, UnexpectedResponse):
                continue
        return None, False

    def _referenced_group_records(self, details: GroupDetails) -> Iterator[Record]:
        """Yield the records of a group; none for one that could not be read: it is not empty."""
        if details.error is None:
            yield group_of(details.id, details.group, details.members, details.owners)
            yield from memberships_of(details.id, details.group, details.guests, self._domains)

    def _referenced_groups(self, after: str) -> Iterator[list[GroupDetails]]:
        ids = sorted(group for group in self._context.groups() if group > after)
        batches = batched(ids, GROUPS_PER_BATCH)
        return self._context.map(self._entra.groups, batches)


def _with_group(position: DirectoryCursor, group: GroupDetails) -> DirectoryCursor:
    """Return the cursor with a group that could not be read, if this one could not."""
    if group.error is None:
        if group.owners_error is None:
            return position
        position = replace(position, unread=position.unread + 1)
        return position.with_loss(_GROUPS, group.owners_error)
    if not group.is_group:
        return position.with_loss(_ROLES, group.error)
    position = replace(position, unread=position.unread + 1)
    return position.with_loss(_GROUPS, group.error)


def coverage_of(position: DirectoryCursor) -> Coverage:
    """Return the coverage of a scan: the worst loss, and every permission to grant."""
    missing = [p for p in _MISSING_MESSAGES if p in position.missing.split(",")]
    lost = [p for p in _MISSING_MESSAGES if p in missing or p in position.odd.split(",")]
    if not lost:
        return Coverage(status=Status.COMPLETE)
    if position.unread and _GUESTS not in lost:
        reason = say("m365.groups_unread", count=position.unread)
    else:
        reason = _MISSING_MESSAGES[lost[0]]
    hint = say("m365.denied_hint", permission=", ".join(missing)) if missing else say("m365.report")
    return Coverage(
        status=Status.DENIED if {_GUESTS, _GROUPS} <= set(missing) else Status.PARTIAL,
        reason=reason,
        hint=hint,
    )
