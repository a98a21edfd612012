"""Teams' shared channels: the one way in that leaves no guest in the directory.

People of other organisations come in by B2B direct connect: only the channel names them, or only
the tenant whose whole team it was shared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

from connectors.m365.claims import account_of
from connectors.m365.entra import IS_TEAM
from connectors.m365.graph import BATCH, Graph, Listing, Page
from connectors.m365.refusals import Misplaced, NotFound, Resync
from connectors.m365.shapes import Channel, ChannelMember, Group, SharedTeam
from connectors.sdk.batched import batched
from connectors.sdk.contract import Context
from connectors.sdk.cursor import Cursor
from connectors.sdk.errors import AccessDenied, ConnectorError
from connectors.sdk.message import say
from connectors.sdk.records import (
    Access,
    Audience,
    Checkpoint,
    Coverage,
    Grant,
    Item,
    PrincipalKind,
    Record,
    Scope,
    Started,
    Status,
)

TEAMS = Scope(id="teams", title="Microsoft Teams")

TEAMS_PAGE = 100
_FIRST = f"/groups?$filter={IS_TEAM}&$select=id,displayName&$top={TEAMS_PAGE}"
_SHARED = "$filter=membershipType%20eq%20'shared'&$select=id,displayName,membershipType,webUrl"


@dataclass(frozen=True, slots=True)
class Place(Cursor):
    """How far a reading has come: the page of teams that comes now, and what was not told."""

    next: str = _FIRST
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A shared channel of a team."""

    team: Group
    channel: Channel
    members: Sequence[ChannelMember] = ()
    teams: Sequence[SharedTeam] = ()
    refused: ConnectorError | None = None

    @property
    def path(self) -> str:
        """Where Graph has it."""
        return f"/teams/{self.team['id']}/channels/{self.channel['id']}"


class Channels:
    """The shared channels of every team of a tenant."""

    def __init__(
        self, graph: Graph, context: Context, tenant_id: str, domains: frozenset[str]
    ) -> None:
        self._graph = graph
        self._map = context.map
        self._tenant_id = tenant_id
        self._domains = domains

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """Every shared channel with everybody from outside in it."""
        place: Place
        page, place, resumed = self._opened(cursor)
        yield Started(full=True, resumed=resumed)
        while True:
            for found in self._found(cast(list[Group], page.values)):
                if found.refused is None:
                    yield self._item(found)
                elif not isinstance(found.refused, NotFound):  # it may vanish in between
                    place = replace(place, unread=place.unread + 1)
            if not page.next:
                break
            place = replace(place, next=page.next)
            yield Checkpoint(cursor=place.to_json())
            page = self._graph.page(place.next)
        yield Checkpoint(cursor="")
        yield _coverage_of(place)

    def _opened(self, cursor: str | None) -> tuple[Page, Place, bool]:
        """The first page of teams: of the rest, where Entra still knows the place."""
        place = Place.from_json(cursor)
        if place is not None:
            try:
                return self._graph.page(place.next), place, True
            except (Resync, Misplaced):  # a page token that Entra cannot read any more
                pass
        return self._graph.page(_FIRST), Place(), False

    def _found(self, teams: Sequence[Group]) -> Iterator[Found]:
        """The shared channels of a page of teams, with who is in them."""
        batches = batched(teams, BATCH)
        channels = list(chain.from_iterable(self._map(self._channels, batches)))
        pairs = batched(channels, BATCH // 2)
        return chain.from_iterable(self._map(self._people, pairs))

    def _channels(self, teams: Sequence[Group]) -> list[Found]:
        paths = [f"/teams/{team['id']}/channels?{_SHARED}" for team in teams]
        found: list[Found] = []
        for team, listing in zip(teams, self._graph.listings(paths), strict=True):
            if isinstance(listing.refused, AccessDenied):
                raise listing.refused
            if listing.refused is not None and not isinstance(listing.refused, NotFound):
                found.append(Found(team, Channel(id=""), refused=listing.refused))
            found.extend(Found(team, c) for c in cast(list[Channel], listing.values) if _open(c))
        return found

    def _people(self, channels: Sequence[Found]) -> list[Found]:
        known = [found for found in channels if found.refused is None]
        paths = [f"{c.path}/{what}" for c in known for what in ("members", "sharedWithTeams")]
        listings = iter(self._graph.listings(paths) if paths else ())
        told = [_told(found, next(listings), next(listings)) for found in known]
        return told + [found for found in channels if found.refused is not None]

    def _item(self, found: Found) -> Item:
        team, channel = found.team, found.channel
        people = (self._person(member) for member in found.members)
        tenants = (self._tenant(shared) for shared in found.teams)
        return Item(
            id=f"{team['id']}/{channel['id']}",
            kind="channel",
            name=f"{team.get('displayName') or team['id']} / {channel.get('displayName') or ''}",
            url=str(channel.get("webUrl") or ""),
            grants=tuple(grant for grant in chain(people, tenants) if grant is not None),
        )

    def _person(self, member: ChannelMember) -> Grant | None:
        """Somebody of another organisation; insiders are no grants worth telling."""
        tenant, mail = member.get("tenantId"), str(member.get("email") or "").lower()
        if tenant == self._tenant_id:
            return None
        audience = Audience.EXT_NAMED if tenant else account_of(mail, self._domains).audience
        if audience is Audience.NAMED_INTERNAL:
            return None
        return Grant(
            id=str(member["id"]),
            audience=audience,
            access=Access.MANAGE if "owner" in (member.get("roles") or ()) else Access.EDIT,
            principal=mail or str(member.get("displayName") or ""),
            principal_kind=PrincipalKind.ACCOUNT,
            principal_id=str(member.get("userId") or ""),
        )

    def _tenant(self, shared: SharedTeam) -> Grant | None:
        """A team of another organisation: whoever is in it, now or later, is let in."""
        tenant = str(shared.get("tenantId") or "")
        if tenant == self._tenant_id:
            return None
        return Grant(
            id=str(shared["id"]),
            audience=Audience.EXT_UNRESOLVED if tenant else Audience.UNKNOWN,
            access=Access.EDIT,
            principal=tenant,
            principal_kind=PrincipalKind.DOMAIN if tenant else PrincipalKind.UNKNOWN,
            principal_id=str(shared["id"]),
        )


def _open(channel: Channel) -> bool:
    """Whether others may be let in; a kind that this version does not know may be open."""
    return str(channel.get("membershipType")) not in {"standard", "private"}


def _told(found: Found, members: Listing, teams: Listing) -> Found:
    """A channel with its people. Half of them would look like all of them: then none."""
    return replace(
        found,
        members=cast(list[ChannelMember], members.values),
        teams=cast(list[SharedTeam], teams.values),
        refused=members.refused or teams.refused,
    )


def _coverage_of(place: Place) -> Coverage:
    if not place.unread:
        return Coverage(status=Status.COMPLETE)
    return Coverage(
        status=Status.PARTIAL,
        reason=say("m365.channels_unread", count=place.unread),
        hint=say("m365.denied_hint", permission="ChannelMember.Read.All"),
    )
