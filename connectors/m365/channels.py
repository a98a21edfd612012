"""The scan of shared channels in Microsoft Teams, whose external members are no guests.

People of other organisations get access by B2B direct connect, which adds no account to the
directory: only the channel names them, or the tenant of a team that the channel is shared with.

Sources:
    Source: https://learn.microsoft.com/en-us/entra/external-id/b2b-direct-connect-overview (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/channel-list (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/channel-list-members (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/sharedwithchannelteaminfo-list (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

from connectors.m365.api_types import Channel, ChannelMember, Group, SharedTeam
from connectors.m365.claims import account_of
from connectors.m365.entra import TEAM_FILTER
from connectors.m365.errors import BadRequest, NotFound, ResyncRequired
from connectors.m365.graph import BATCH, Graph, Listing, Page
from connectors.sdk.batched import batched
from connectors.sdk.cursor import Cursor
from connectors.sdk.errors import AccessDenied, ConnectorError
from connectors.sdk.interface import ConnectorContext
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
_FIRST_PAGE = f"/groups?$filter={TEAM_FILTER}&$select=id,displayName&$top={TEAMS_PAGE}"
_SHARED_QUERY = (
    "$filter=membershipType%20eq%20'shared'&$select=id,displayName,membershipType,webUrl"
)


@dataclass(frozen=True, slots=True)
class ChannelCursor(Cursor):
    """The cursor of the scan. The names of the fields are stored.

    Attributes:
        next: The path of the page of teams to read next.
        unread: The number of channels that could not be read.
    """

    next: str = _FIRST_PAGE
    unread: int = 0


@dataclass(frozen=True, slots=True)
class SharedChannel:
    """A shared channel of a team, with its members and the teams that it is shared with.

    `error` stands in the place of the members that could not be read.
    """

    team: Group
    channel: Channel
    members: Sequence[ChannelMember] = ()
    teams: Sequence[SharedTeam] = ()
    error: ConnectorError | None = None

    @property
    def graph_path(self) -> str:
        """The path of the channel in Graph."""
        return f"/teams/{self.team['id']}/channels/{self.channel['id']}"


class Channels:
    """The scan of the shared channels of every team of a tenant."""

    def __init__(
        self, graph: Graph, context: ConnectorContext, tenant_id: str, domains: frozenset[str]
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
        position: ChannelCursor
        page, position, resumed = self._open_cursor(cursor)
        yield Started(full=True, resumed=resumed)
        while True:
            for found in self._shared_channels(cast(list[Group], page.values)):
                if found.error is None:
                    yield self._item(found)
                elif not isinstance(found.error, NotFound):  # it may be deleted in between
                    position = replace(position, unread=position.unread + 1)
            if not page.next:
                break
            position = replace(position, next=page.next)
            yield Checkpoint(cursor=position.to_json())
            page = self._graph.page(position.next)
        yield Checkpoint(cursor="")
        yield _coverage_of(position)

    def _open_cursor(self, cursor: str | None) -> tuple[Page, ChannelCursor, bool]:
        """Return the first page to process, its cursor, and whether the scan is resumed."""
        position = ChannelCursor.from_json(cursor)
        if position is not None:
            try:
                return self._graph.page(position.next), position, True
            except (ResyncRequired, BadRequest):  # a page token that Entra cannot read any more
                pass
        return self._graph.page(_FIRST_PAGE), ChannelCursor(), False

    def _shared_channels(self, teams: Sequence[Group]) -> Iterator[SharedChannel]:
        """The shared channels of a page of teams, with who is in them."""
        batches = batched(teams, BATCH)
        channels = list(chain.from_iterable(self._map(self._channels, batches)))
        pairs = batched(channels, BATCH // 2)
        return chain.from_iterable(self._map(self._with_members, pairs))

    def _channels(self, teams: Sequence[Group]) -> list[SharedChannel]:
        """Return the shared channels of at most `BATCH` teams.

        Raises:
            AccessDenied: Channel.ReadBasic.All is missing.
        """
        paths = [f"/teams/{team['id']}/channels?{_SHARED_QUERY}" for team in teams]
        found: list[SharedChannel] = []
        for team, listing in zip(teams, self._graph.listings(paths), strict=True):
            if isinstance(listing.error, AccessDenied):
                raise listing.error
            if listing.error is not None and not isinstance(listing.error, NotFound):
                found.append(SharedChannel(team, Channel(id=""), error=listing.error))
            found.extend(
                SharedChannel(team, c)
                for c in cast(list[Channel], listing.values)
                if _may_be_shared(c)
            )
        return found

    def _with_members(self, channels: Sequence[SharedChannel]) -> list[SharedChannel]:
        known = [found for found in channels if found.error is None]
        paths = [f"{c.graph_path}/{what}" for c in known for what in ("members", "sharedWithTeams")]
        listings = iter(self._graph.listings(paths) if paths else ())
        loaded = [_with_listings(found, next(listings), next(listings)) for found in known]
        return loaded + [found for found in channels if found.error is not None]

    def _item(self, found: SharedChannel) -> Item:
        team, channel = found.team, found.channel
        people = (self._member_grant(member) for member in found.members)
        tenants = (self._team_grant(shared) for shared in found.teams)
        return Item(
            id=f"{team['id']}/{channel['id']}",
            kind="channel",
            name=f"{team.get('displayName') or team['id']} / {channel.get('displayName') or ''}",
            url=str(channel.get("webUrl") or ""),
            grants=tuple(grant for grant in chain(people, tenants) if grant is not None),
        )

    def _member_grant(self, member: ChannelMember) -> Grant | None:
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

    def _team_grant(self, shared: SharedTeam) -> Grant | None:
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


def _may_be_shared(channel: Channel) -> bool:
    """Whether external people may be members; an unknown kind of channel counts as such."""
    return str(channel.get("membershipType")) not in {"standard", "private"}


def _with_listings(found: SharedChannel, members: Listing, teams: Listing) -> SharedChannel:
    """Return the channel with its members and teams.

    An error of one of the two lists counts for both: half of them would look complete.
    """
    return replace(
        found,
        members=cast(list[ChannelMember], members.values),
        teams=cast(list[SharedTeam], teams.values),
        error=members.error or teams.error,
    )


def _coverage_of(position: ChannelCursor) -> Coverage:
    if not position.unread:
        return Coverage(status=Status.COMPLETE)
    return Coverage(
        status=Status.PARTIAL,
        reason=say("m365.channels_unread", count=position.unread),
        hint=say("m365.denied_hint", permission="ChannelMember.Read.All"),
    )
