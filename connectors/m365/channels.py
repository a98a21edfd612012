"""The scan of shared channels in Microsoft Teams, whose external members are no guests.

People of other organisations get access by B2B direct connect, which adds no account to the
directory: only the channel names them, or the tenant of a team that the channel is shared with.

Sources:
    Source: https://learn.microsoft.com/en-us/entra/external-id/b2b-direct-connect-overview (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/channel-list (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/channel-list-members (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/sharedwithchannelteaminfo-list (read 2026-11-29)
"""  # noqa: E501

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

TEAMS_PAGE = 100  # groups requested for each page
_FIRST = f"/groups?$filter={IS_TEAM}&$select=id,displayName&$top={TEAMS_PAGE}"
_SHARED = "$filter=membershipType%20eq%20'shared'&$select=id,displayName,membershipType,webUrl"


@dataclass(frozen=True, slots=True)
class Place(Cursor):
    """The cursor of the scan. The names of the fields are stored.

    Attributes:
        next: The path of the page of teams to read next.
        unread: The number of channels that could not be read.
    """

    next: str = _FIRST
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A shared channel of a team, with its members and the teams that it is shared with.

    `refused` is the error that stands in the place of the members.
    """

    team: Group
    channel: Channel
    members: Sequence[ChannelMember] = ()
    teams: Sequence[SharedTeam] = ()
    refused: ConnectorError | None = None

    @property
    def path(self) -> str:
        """The path of the channel in Graph."""
        return f"/teams/{self.team['id']}/channels/{self.channel['id']}"


class Channels:
    """The scan of the shared channels of every team of a tenant."""

    def __init__(
        self, graph: Graph, context: Context, tenant_id: str, domains: frozenset[str]
    ) -> None:
        self._graph = graph
        self._map = context.map
        self._tenant_id = tenant_id
        self._domains = domains

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """Yield every shared channel with its external members and teams as grants.

        Raises:
            AccessDenied: GroupMember.Read.All or Channel.ReadBasic.All is missing.
            ConnectorError: The list of teams cannot be read.
        """
        place: Place
        page, place, resumed = self._opened(cursor)
        yield Started(full=True, resumed=resumed)
        while True:
            for found in self._found(cast(list[Group], page.values)):
                if found.refused is None:
                    yield self._item(found)
                elif not isinstance(found.refused, NotFound):  # it may be deleted in between
                    place = replace(place, unread=place.unread + 1)
            if not page.next:
                break
            place = replace(place, next=page.next)
            yield Checkpoint(cursor=place.to_json())
            page = self._graph.page(place.next)
        yield Checkpoint(cursor="")
        yield _coverage_of(place)

    def _opened(self, cursor: str | None) -> tuple[Page, Place, bool]:
        """Return the first page to process, its cursor, and whether the scan is resumed."""
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
        """Return the shared channels of at most `BATCH` teams.

        Raises:
            AccessDenied: Channel.ReadBasic.All is missing.
        """
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
        """Return the grant of an external member; None for a member of this tenant."""
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
        """Return the grant of another tenant's team: all its members, now and later."""
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
    """Whether external people may be members; an unknown kind of channel counts as such."""
    return str(channel.get("membershipType")) not in {"standard", "private"}


def _told(found: Found, members: Listing, teams: Listing) -> Found:
    """Return the channel with its members and teams.

    An error of one of the two lists counts for both: half of them would look complete.
    """
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
