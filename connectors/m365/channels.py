"""The scan of the shared and private channels in Microsoft Teams.

People of other organisations get access to a shared channel by B2B direct connect, which adds no
account to the directory: only the channel names them, or the tenant of a team that the channel is
shared with. The members of a private channel are in no group: the guests among them are named by
the channel alone.

Sources:
    Source: https://learn.microsoft.com/en-us/entra/external-id/b2b-direct-connect-overview (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/channel-list (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/channel-list-members (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/sharedwithchannelteaminfo-list (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import cast

from connectors.m365.api_types import Channel, ChannelMember, Group, SharedTeam
from connectors.m365.claims import account_of, outside_name
from connectors.m365.entra import TEAM_FILTER
from connectors.m365.errors import BadRequest, NotFound, ResyncRequired
from connectors.m365.graph import BATCH, Graph, Listing, Page
from connectors.sdk.batched import batched
from connectors.sdk.cursor import Cursor
from connectors.sdk.errors import AccessDenied, ConnectorError
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.listing_guard import ListingGuard
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
_CHANNEL_FIELDS = "id,displayName,membershipType,webUrl"


@dataclass(frozen=True, slots=True)
class ChannelCursor(Cursor):
    """The cursor of the scan. The names of the fields are stored.

    Attributes:
        next: The path of the page of teams to read next.
        unread: The number of channels, and of teams, that could not be read.
        denied: How many of them the permissions of the app do not allow to read.
    """

    next: str = _FIRST_PAGE
    unread: int = 0
    denied: int = 0


@dataclass(frozen=True, slots=True)
class SharedChannel:
    """A shared or private channel of a team, with its members and the teams it is shared with.

    `error` stands in the place of the members that could not be read.
    """

    team: Group
    channel: Channel
    members: Sequence[ChannelMember] = ()
    teams: Sequence[SharedTeam] = ()
    error: ConnectorError | None = None

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists that tell who is in it; only a private channel is shared with no team."""
        private = str(self.channel.get("membershipType")) == "private"
        return ("members",) if private else ("members", "sharedWithTeams")

    @property
    def graph_path(self) -> str:
        """The path of the channel in Graph."""
        return f"/teams/{self.team['id']}/channels/{self.channel['id']}"


class Channels:
    """The scan of the shared and private channels of every team of a tenant.

    A team or channel that is refused, or answered in a way that this version does not know, costs
    only itself.
    """

    def __init__(
        self, graph: Graph, context: ConnectorContext, tenant_id: str, domains: frozenset[str]
    ) -> None:
        self._graph = graph
        self._map = context.map
        self._tenant_id = tenant_id
        self._domains = domains

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """Yield every shared or private channel with its external members and teams as grants.

        Raises:
            AccessDenied: GroupMember.Read.All or Channel.ReadBasic.All is missing.
            ConnectorError: The list of teams cannot be read.
        """
        position: ChannelCursor
        page, position, resumed = self._open_cursor(cursor)
        yield Started(full=True, resumed=resumed)
        guard = ListingGuard("/groups")
        while True:
            guard.check(page.next, page.ids)
            for found in self._channels_of_page(cast(list[Group], page.values)):
                if found.error is None:
                    yield self._item(found)
                    continue
                position = replace(
                    position,
                    unread=position.unread + 1,
                    denied=position.denied + isinstance(found.error, AccessDenied),
                )
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

    def _channels_of_page(self, teams: Sequence[Group]) -> Iterator[SharedChannel]:
        """The channels of a page of teams, with who is in them.

        Raises:
            AccessDenied: Every team was refused: Channel.ReadBasic.All is missing.
        """
        batches = batched(teams, BATCH)
        channels = list(chain.from_iterable(self._map(self._channels, batches)))
        refused = [found.error for found in channels if isinstance(found.error, AccessDenied)]
        if refused and len(refused) == len(teams):
            raise refused[0]
        pairs = batched(channels, BATCH // 2)
        return chain.from_iterable(self._map(self._with_members, pairs))

    def _channels(self, teams: Sequence[Group]) -> list[SharedChannel]:
        """Return the shared and private channels of at most `BATCH` teams.

        An error stands in the place of the channels of a team that refuses. A team whose group
        does not exist any more has none.
        """
        paths = [f"/teams/{team['id']}/channels?$select={_CHANNEL_FIELDS}" for team in teams]
        found: list[SharedChannel] = []
        for team, listing in zip(teams, self._graph.listings(paths), strict=True):
            if isinstance(listing.error, NotFound) and self._gone(f"/groups/{team['id']}"):
                continue
            if listing.error is not None:
                found.append(SharedChannel(team, Channel(id=""), error=listing.error))
            found.extend(
                SharedChannel(team, c)
                for c in cast(list[Channel], listing.values)
                if str(c.get("membershipType")) != "standard"
            )
        return found

    def _gone(self, path: str) -> bool:
        """Whether something does not exist any more, of which one listing was not found."""
        return self._graph.gone([f"{path}?$select=id"])[0]

    def _with_members(self, channels: Sequence[SharedChannel]) -> list[SharedChannel]:
        known = [found for found in channels if found.error is None]
        paths = [f"{c.graph_path}/{what}" for c in known for what in c.lists]
        listings = iter(self._graph.listings(paths) if paths else ())
        loaded = [
            _with_listings(found, list(islice(listings, len(found.lists)))) for found in known
        ]
        return [
            found
            for found in (*loaded, *(c for c in channels if c.error is not None))
            if not isinstance(found.error, NotFound)
            or not found.channel["id"]
            or not self._gone(found.graph_path)
        ]

    def _item(self, found: SharedChannel) -> Item:
        team, channel = found.team, found.channel
        private = found.lists == ("members",)
        people = (self._member_grant(member, private=private) for member in found.members)
        tenants = (self._team_grant(shared) for shared in found.teams)
        return Item(
            id=f"{team['id']}/{channel['id']}",
            kind="channel",
            name=f"{team.get('displayName') or team['id']} / {channel.get('displayName') or ''}",
            url=str(channel.get("webUrl") or ""),
            grants=tuple(grant for grant in chain(people, tenants) if grant is not None),
        )

    def _member_grant(self, member: ChannelMember, *, private: bool) -> Grant | None:
        """Return the grant of an external member; None for a member of this tenant.

        A person of another tenant bears the role owner whatever the person may do. A guest is of
        this tenant and bears the role guest. An external account that is no guest looks like a
        member of this tenant: in a private channel, where it can be, its mail makes it unknown.

        Source: https://learn.microsoft.com/en-us/graph/api/resources/conversationmember (read 2026-11-30)
        """  # noqa: E501 -- an address
        tenant, mail = member.get("tenantId"), str(member.get("email") or "").lower()
        roles = member.get("roles") or ()
        by_mail = account_of(mail, self._domains).audience
        kind = PrincipalKind.ACCOUNT
        if "guest" in roles:
            audience, kind = Audience.EXT_NAMED, PrincipalKind.GUEST
        elif tenant == self._tenant_id:
            audience = Audience.UNKNOWN if private and by_mail is Audience.EXT_NAMED else None
        else:
            audience = Audience.EXT_NAMED if tenant else by_mail
        if audience is None or audience is Audience.NAMED_INTERNAL:
            return None
        return Grant(
            id=str(member["id"]),
            audience=audience,
            access=Access.EDIT,
            principal=outside_name(mail, self._domains) or str(member.get("displayName") or ""),
            principal_kind=kind,
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


def _with_listings(found: SharedChannel, listings: Sequence[Listing]) -> SharedChannel:
    """Return the channel with its members and teams.

    An error of one of the two lists counts for both: half of them would look complete.
    """
    members, *teams = listings
    return replace(
        found,
        members=cast(list[ChannelMember], members.values),
        teams=[cast(SharedTeam, team) for listing in teams for team in listing.values],
        error=next((listing.error for listing in listings if listing.error is not None), None),
    )


def _coverage_of(position: ChannelCursor) -> Coverage:
    if not position.unread:
        return Coverage(status=Status.COMPLETE)
    denied = say("m365.denied_hint", permission="ChannelMember.Read.All")
    return Coverage(
        status=Status.PARTIAL,
        reason=say("m365.channels_unread", count=position.unread),
        hint=denied if position.denied else say("m365.report"),
    )
