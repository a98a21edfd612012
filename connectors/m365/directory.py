"""Reading the directory: its guests, and who from outside is in the groups that grants name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from connectors.m365.client import GROUPS_A_BATCH, Client, GroupReading, GuestPage
from connectors.m365.normalize import group_of, guest_of, memberships_of
from connectors.m365.refusals import Misplaced, NonPremium, Resync
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import say
from connectors.sdk.records import Checkpoint, Coverage, Record, Started, Status


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reading has come. Kept in the cursor.

    Attributes:
        guests: The path of the page of guests that comes now; empty when all were read.
        after: The last group that was read.
        sign_ins: Whether guests come with the time of their last sign-in.
        refused: Whether that is for lack of a permission, not of a licence.
        unread: Groups that may not be read.
    """

    guests: str = ""
    after: str = ""
    sign_ins: bool = True
    refused: bool = False
    unread: int = 0

    @property
    def cursor(self) -> str:
        """The form that a checkpoint carries."""
        return json.dumps(asdict(self))

    @staticmethod
    def of(cursor: str | None) -> Place | None:
        """The place of a cursor; None where the reading must begin afresh."""
        try:
            return Place(**json.loads(cursor)) if cursor else None
        except (TypeError, ValueError):  # of another version
            return None


class Directory:
    """The guests of a tenant and the groups that its grants mention."""

    def __init__(self, client: Client, context: Context) -> None:
        self._client = client
        self._context = context

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """All guests, then all groups, each with the outsiders in it."""
        page, place, resumed = self._opened(cursor)
        yield Started(full=True, resumed=resumed)
        while page is not None:
            for guest in page.guests:
                yield guest_of(guest, sign_in_told=place.sign_ins)
            place = replace(place, guests=page.next)
            yield Checkpoint(cursor=place.cursor)
            page = self._client.guests(page.next) if page.next else None
        for reading in self._groups(place.after):
            for group in reading:
                place = replace(place, after=group.id, unread=place.unread + bool(group.refused))
                yield from _facts_of(group)
            yield Checkpoint(cursor=place.cursor)
        yield Checkpoint(cursor="")
        yield coverage_of(place)

    def _opened(self, cursor: str | None) -> tuple[GuestPage | None, Place, bool]:
        place = Place.of(cursor)
        if place is not None and not place.guests:
            return None, place, True
        if place is not None:
            try:
                return self._client.guests(place.guests), place, True
            except (Resync, Misplaced):  # a page token that Entra cannot read any more
                pass
        return *self._first(), False

    def _first(self) -> tuple[GuestPage, Place]:
        """The first page of guests, with sign-ins where licence and permission allow it."""
        try:
            path = self._client.guests_path(sign_ins=True)
            return self._client.guests(path), Place(path)
        except AccessDenied as error:
            path = self._client.guests_path(sign_ins=False)
            place = Place(path, sign_ins=False, refused=not isinstance(error, NonPremium))
            return self._client.guests(path), place

    def _groups(self, after: str) -> Iterator[list[GroupReading]]:
        ids = sorted(group for group in self._context.groups() if group > after)
        batches = (ids[n : n + GROUPS_A_BATCH] for n in range(0, len(ids), GROUPS_A_BATCH))
        return self._context.map(self._client.groups, batches)


def _facts_of(reading: GroupReading) -> Iterator[Record]:
    """A group that could not be read leaves no record: nobody may take it for an empty one."""
    if reading.refused is None:
        yield group_of(reading.id, reading.group, reading.members)
        yield from memberships_of(reading.id, reading.group, reading.guests)


def coverage_of(place: Place) -> Coverage:
    """What the end of a reading has to say, the gravest first."""
    if place.unread:
        reason, permission = say("m365.groups_unread", count=place.unread), "GroupMember.Read.All"
    elif place.refused:
        reason, permission = say("m365.no_sign_ins"), "AuditLog.Read.All"
    else:
        return Coverage(status=Status.COMPLETE)
    hint = say("m365.denied_hint", permission=permission)
    return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)
