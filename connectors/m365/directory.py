"""The scan of the directory: public groups, guests, owners of items, and groups with grants.

Roles and ownerships are listed apart from the guests whom they belong to. They are stored between
the listings, so that a scan can be resumed anywhere and needs little memory.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from connectors.m365.entra import GROUPS_A_BATCH, Entra, GroupPage, GroupReading, UserPage
from connectors.m365.normalize import (
    NO_ACCOUNT,
    addresses_of,
    group_of,
    guest_of,
    memberships_of,
    open_group_of,
    owner_of,
)
from connectors.m365.refusals import Misplaced, NonPremium, Resync
from connectors.m365.shapes import Group, User
from connectors.sdk.batched import batched
from connectors.sdk.contract import Context
from connectors.sdk.cursor import Cursor
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import Message, say
from connectors.sdk.records import (
    Checkpoint,
    Coverage,
    Passed,
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
_LOST: dict[str, Message] = {
    _GUESTS: say("m365.no_guests"),
    _GROUPS: say("m365.no_groups"),
    _ROLES: say("m365.no_roles"),
    _SIGN_INS: say("m365.no_sign_ins"),
}
"""What is lost without a permission, the worst loss first."""

Stage = Literal["groups", "guests", "owners", "named"]


@dataclass(frozen=True, slots=True)
class Place(Cursor):
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

    def without(self, permission: str) -> Place:
        """Return the cursor with one more missing permission."""
        known = [*filter(None, self.missing.split(",")), permission]
        return replace(self, missing=",".join(dict.fromkeys(known)))


class Directory:
    """The scan of the directory of one tenant."""

    def __init__(self, entra: Entra, context: Context, domains: frozenset[str]) -> None:
        self._entra = entra
        self._domains = domains
        self._context = context
        self._memory = context.memory(DIRECTORY)

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """Yield public groups, guests, owners, then named groups with their external members.

        A missing permission makes the coverage partial.

        Raises:
            ConnectorError: A listing failed for another reason than a missing permission.
        """
        place = Place.from_json(cursor)
        first: GroupPage | UserPage | None = None
        if place is not None and place.next:
            try:
                first = self._page(place)
            except (Resync, Misplaced):  # a page token that Entra cannot read any more
                place = None
        yield Started(full=True, resumed=place is not None)
        if place is None:
            place = self._remembered(Place())
        if place.stage == "groups":
            place = yield from self._open_groups(place, first)
            first = None
        if place.stage == "guests":
            place = yield from self._guests(place, first)
            first = None
        if place.stage == "owners":
            place = yield from self._owners(place, first)
        for reading in self._named(place.after):
            for group in reading:
                place = replace(place, after=group.id, unread=place.unread + bool(group.refused))
                yield from _facts_of(group)
            yield Checkpoint(cursor=place.to_json())
        yield Checkpoint(cursor="")
        yield coverage_of(place)

    def _page(self, place: Place) -> GroupPage | UserPage:
        if place.stage == "groups":
            return self._entra.groups_listed(place.next)
        return self._entra.users(place.next)

    def _remembered(self, place: Place) -> Place:
        """Delete what an earlier scan stored of people, and store the current roles."""
        for key in [key for key, _ in self._memory.items()]:
            self._memory.put(key, None)
        try:
            for held in self._entra.roles():
                definition = held.get("roleDefinition") or {}
                name = str(definition.get("displayName") or held.get("roleDefinitionId") or "?")
                self._memory.put(f"{held.get('principalId')}/role/{name}", name)
        except AccessDenied:
            return place.without(_ROLES)
        return place

    def _open_groups(self, place: Place, first: object) -> Generator[Record, None, Place]:
        """Yield the groups that everybody in the tenant may join; store guests who own groups."""
        page = first if isinstance(first, GroupPage) else None
        try:
            page = page or self._entra.groups_listed(self._entra.groups_path())
            while True:
                yield from self._groups_of(page.groups)
                if not page.next:
                    break
                place = replace(place, next=page.next)
                yield Checkpoint(cursor=place.to_json())
                page = self._entra.groups_listed(page.next)
        except AccessDenied:
            place = place.without(_GROUPS)
        place = replace(place, stage="guests", next="")
        yield Checkpoint(cursor=place.to_json())
        return place

    def _groups_of(self, groups: Sequence[Group]) -> Iterator[Record]:
        closed = 0
        for group in groups:
            for owner in group.get("owners") or ():
                if owner.get("userType", "Guest") == "Guest":
                    name = str(group.get("displayName") or group["id"])
                    key = f"{owner['id']}/owner/{group['id']}"
                    self._memory.put(key, f"owner of {name}")
            item = open_group_of(group)
            if item is not None:
                yield item
            else:
                closed += 1
        if closed:
            yield Passed(parent_id=None, count=closed)

    def _guests(self, place: Place, first: object) -> Generator[Record, None, Place]:
        page = first if isinstance(first, UserPage) else None
        if page is None:
            page, place = self._first_guests(place)
        while page is not None:
            for guest in page.users:
                yield self._guest(guest, place)
            place = replace(place, next=page.next)
            if not page.next:
                break
            yield Checkpoint(cursor=place.to_json())
            page = self._entra.users(page.next)
        place = replace(place, stage="owners", next="")
        yield Checkpoint(cursor=place.to_json())
        return place

    def _owners(self, place: Place, first: object) -> Generator[Record, None, Place]:
        """Yield the owners of exposed items with the state of their accounts.

        All accounts are listed, and those that have the address of an owner are used. An owner
        without an account has left.
        """
        page = first if isinstance(first, UserPage) else None
        if not place.next:  # owners that are found later are looked up in the next scan
            for owner in self._context.owners():
                if owner.rpartition("@")[2] in self._domains:
                    self._memory.put(f"{_OWNER}{owner}", NO_ACCOUNT)
        wanted = {key.removeprefix(_OWNER) for key, _ in self._memory.items(_OWNER)}
        try:
            path = place.next or self._entra.users_path()
            while wanted and path:
                page = page or self._entra.users(path)
                for user in page.users:
                    for address in addresses_of(user) & wanted:
                        self._memory.put(f"{_OWNER}{address}", str(user.get("accountEnabled")))
                path, page = page.next, None
                if path:
                    place = replace(place, next=path)
                    yield Checkpoint(cursor=place.to_json())
            for owner in sorted(wanted):
                yield owner_of(owner, self._memory.get(f"{_OWNER}{owner}") or NO_ACCOUNT)
        except AccessDenied:
            place = place.without(_GUESTS)
        place = replace(place, stage="named", next="")
        yield Checkpoint(cursor=place.to_json())
        return place

    def _guest(self, guest: User, place: Place) -> Principal:
        roles = tuple(name for _, name in self._memory.items(f"{guest['id']}/"))
        return guest_of(
            guest, sign_in_told=place.sign_ins, sponsor_told=place.sponsors, roles=roles
        )

    def _first_guests(self, place: Place) -> tuple[UserPage | None, Place]:
        """Return the first page with as many properties as licence and permissions allow.

        Raises:
            BadRequest: Graph refuses the request without sponsors, too.
        """
        unpermitted = False
        while True:
            path = self._entra.guests_path(sign_ins=place.sign_ins, sponsors=place.sponsors)
            try:
                page = self._entra.users(path)
            except AccessDenied as error:
                if not place.sign_ins:
                    return None, place.without(_GUESTS)
                unpermitted = not isinstance(error, NonPremium)
                place = replace(place, sign_ins=False)
            except Misplaced:
                if not place.sponsors:
                    raise
                place = replace(place, sponsors=False)
            else:
                return page, place.without(_SIGN_INS) if unpermitted else place

    def _named(self, after: str) -> Iterator[list[GroupReading]]:
        ids = sorted(group for group in self._context.groups() if group > after)
        batches = batched(ids, GROUPS_A_BATCH)
        return self._context.map(self._entra.groups, batches)


def _facts_of(reading: GroupReading) -> Iterator[Record]:
    """Yield the records of a group; none for one that could not be read, which is not empty."""
    if reading.refused is None:
        yield group_of(reading.id, reading.group, reading.members, reading.owners)
        yield from memberships_of(reading.id, reading.group, reading.guests)


def coverage_of(place: Place) -> Coverage:
    """Return the coverage of a scan: the worst loss, and every permission to grant."""
    missing = [p for p in _LOST if p in place.missing.split(",")]
    if not missing and not place.unread:
        return Coverage(status=Status.COMPLETE)
    if place.unread and _GUESTS not in missing:
        reason = say("m365.groups_unread", count=place.unread)
        missing += [_GROUPS] if _GROUPS not in missing else []
    else:
        reason = _LOST[missing[0]]
    return Coverage(
        status=Status.DENIED if {_GUESTS, _GROUPS} <= set(missing) else Status.PARTIAL,
        reason=reason,
        hint=say("m365.denied_hint", permission=", ".join(missing)),
    )
