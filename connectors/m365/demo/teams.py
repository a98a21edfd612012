"""Teams in the demo: a channel shared with other organisations, a private one with a guest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.m365.demo.errors import NOT_FOUND, error_response
from connectors.m365.demo.people import (
    BETA,
    LAUNCH,
    SALES_TEAM,
    SATO,
    TANAKA,
    TENANT_ID,
    Person,
    Team,
    guid,
)
from connectors.m365.demo.responses import list_response, select_fields
from connectors.m365.demo.routes import Routes, route
from connectors.sdk.demo import ExpectedExposure
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Access, Audience

PARTNER = guid("tenant", "partner.example")
FACTORY = guid("tenant", "factory.example")

VISITOR = Person("Yamada, Jun", "jun.yamada@partner.example", "code")


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """A channel: its members with their tenants, and the tenants of the teams it is shared with.

    A guest of the tenant bears the role guest, and a person of another tenant the role owner.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/conversationmember (read 2026-11-30)
    """  # noqa: E501 -- an address

    team: Team
    name: str
    people: tuple[tuple[Person, str], ...]
    tenants: tuple[str, ...] = ()
    kind: str = "shared"

    @property
    def id(self) -> str:
        """The channel's id."""
        return f"19:{guid('channel', self.name).replace('-', '')}@thread.tacv2"

    def entry(self) -> dict[str, Any]:
        """The channel as Teams knows it."""
        return {
            "id": self.id,
            "displayName": self.name,
            "membershipType": self.kind,
            "tenantId": TENANT_ID,
            "webUrl": f"https://teams.microsoft.com/l/channel/{self.id}/{self.name}",
        }

    def member(self, person: Person, tenant: str) -> dict[str, Any]:
        """Somebody in the channel."""
        return {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "id": guid("member", self.name, person.mail),
            "roles": self._roles(person, tenant),
            "displayName": person.name,
            "userId": person.id,
            "email": person.mail,
            "tenantId": tenant,
        }

    def _roles(self, person: Person, tenant: str) -> list[str]:
        if person.kind == "guest":
            return ["guest"]
        return ["owner"] if person is self.people[0][0] or tenant != TENANT_ID else []


CHANNELS = (
    DemoChannel(
        LAUNCH,
        "量産立上げ（協力会社と共有）",
        ((TANAKA, TENANT_ID), (VISITOR, PARTNER)),
        (TENANT_ID, FACTORY),
    ),
    DemoChannel(SALES_TEAM, "支店連絡", ((TANAKA, TENANT_ID),), (TENANT_ID,)),
    DemoChannel(SALES_TEAM, "価格交渉", ((SATO, TENANT_ID), (BETA, TENANT_ID)), kind="private"),
    DemoChannel(LAUNCH, "人員計画", ((TANAKA, TENANT_ID), (SATO, TENANT_ID)), kind="private"),
    DemoChannel(SALES_TEAM, "一般", (), kind="standard"),
    DemoChannel(LAUNCH, "一般 ", (), kind="standard"),
)


class Teams:
    """What Teams answers."""

    def routes(self) -> Routes:
        """Return the routes of Teams with the permissions that they need."""
        channel = r"/teams/([^/]+)/channels/([^/]+)"
        basic, members = "Channel.ReadBasic.All", "ChannelMember.Read.All"
        return (
            route(r"/teams/([^/]+)/channels", self._channels, basic),
            route(channel, self._channel, basic),
            route(rf"{channel}/members", self._members, members),
            route(rf"{channel}/sharedWithTeams", self._shared, basic),
        )

    def expected_exposures(self) -> Iterator[ExpectedExposure]:
        """Yield the expected exposures: external members and teams of shared channels."""
        for channel in CHANNELS:
            item = f"{channel.team.id}/{channel.id}"
            for person, tenant in channel.people:
                if tenant != TENANT_ID or person.kind == "guest":
                    yield ExpectedExposure(
                        item_id=item,
                        grant_id=guid("member", channel.name, person.mail),
                        principal=person.mail,
                        audience=Audience.EXT_NAMED,
                        access=Access.EDIT,
                    )
            for tenant in channel.tenants:
                if tenant != TENANT_ID:
                    yield ExpectedExposure(
                        item_id=item,
                        grant_id=guid("team", channel.name, tenant),
                        principal=tenant,
                        audience=Audience.EXT_UNRESOLVED,
                        access=Access.EDIT,
                    )

    def _channel(self, request: Request, team: str, channel: str) -> Response:
        found = _channel(team, channel)
        return NOT_FOUND if found is None else Response(body=select_fields(found.entry(), request))

    def _channels(self, request: Request, team: str) -> Response:
        if "$filter" in request.query:
            return error_response(400, "BadRequest", "Not made up.")
        mine = [select_fields(c.entry(), request) for c in CHANNELS if c.team.id == team]
        return list_response(mine, request, 100)

    def _members(self, request: Request, team: str, channel: str) -> Response:
        found = _channel(team, channel)
        if found is None:
            return NOT_FOUND
        return list_response([found.member(*person) for person in found.people], request, 100)

    def _shared(self, request: Request, team: str, channel: str) -> Response:
        found = _channel(team, channel)
        if found is None:
            return NOT_FOUND
        teams = [
            {
                "id": guid("team", found.name, tenant),
                "displayName": found.team.name,
                "tenantId": tenant,
                "isHostTeam": tenant == TENANT_ID,
            }
            for tenant in found.tenants
        ]
        return list_response(teams, request, 100)


def _channel(team: str, channel: str) -> DemoChannel | None:
    return next((c for c in CHANNELS if (c.team.id, c.id) == (team, channel)), None)
