import json
from dataclasses import asdict

import pytest

from connectors.m365.channels import ChannelCursor
from connectors.m365.demo.errors import error_response
from connectors.m365.demo.people import BETA, LAUNCH, SALES_TEAM, TENANT_ID
from connectors.m365.demo.teams import CHANNELS, FACTORY, VISITOR
from connectors.m365.resource_units import path_cost, quota_for_licences
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import (
    Access,
    Audience,
    Checkpoint,
    Grant,
    PrincipalKind,
    Record,
    Started,
    Status,
)

from .conftest import House, end_of, items_of

TEAMS = "Microsoft Teams"
SHARED = f"{LAUNCH.name} / {CHANNELS[0].name}"


def grants_of(records: list[Record]) -> dict[str, Grant]:
    return {g.principal: g for g in items_of(records)[SHARED].grants}


def test_a_person_of_another_organisation_and_a_foreign_team_are_doors_of_the_channel(
    house: House,
) -> None:
    grants = grants_of(house.read(TEAMS))
    person, tenant = grants[VISITOR.mail], grants[FACTORY]
    assert (person.audience, person.access) == (Audience.EXT_NAMED, Access.EDIT)
    assert (tenant.audience, tenant.principal_kind) == (
        Audience.EXT_UNRESOLVED,
        PrincipalKind.DOMAIN,
    )
    assert len(grants) == 2  # insiders and the own team are none


def test_a_guest_in_a_private_channel_is_an_outsider_and_insiders_are_none(house: House) -> None:
    found = items_of(house.read(TEAMS))
    (guest,) = found[f"{SALES_TEAM.name} / 価格交渉"].grants
    assert (guest.principal, guest.audience, guest.access, guest.principal_kind) == (
        BETA.mail,
        Audience.EXT_NAMED,
        Access.EDIT,
        PrincipalKind.GUEST,
    )
    assert found[f"{LAUNCH.name} / 人員計画"].grants == ()
    assert len(found) == 4  # standard channels have the members of their team


@pytest.mark.parametrize(
    ("roles", "mail", "principal", "audience"),
    [
        (["guest"], "kobayashi@example.co.jp", "kobayashi@example.co.jp#ext#", "ext_named"),
        (["guest"], "x@partner.example", "x@partner.example", "ext_named"),
        (["guest"], None, "somebody", "ext_named"),
        ([], "x@partner.example", "x@partner.example", "unknown"),
        (["owner"], "x@partner.example", "x@partner.example", "unknown"),
    ],
)
def test_the_role_of_a_guest_is_believed_and_its_address_is_not(
    house: House, roles: list[str], mail: str | None, principal: str, audience: str
) -> None:
    changed(house, "/members", roles=roles, email=mail, displayName="somebody")
    grants = items_of(house.read(TEAMS))[f"{SALES_TEAM.name} / 価格交渉"].grants
    assert {(g.principal, g.audience) for g in grants} == {(principal, Audience(audience))}


@pytest.mark.parametrize("roles", [["owner"], ["owner", "member"], []])
def test_a_person_of_another_tenant_may_edit_whatever_the_role(
    house: House, roles: list[str]
) -> None:
    changed(house, "/members", roles=roles, tenantId="another")
    people = [
        g
        for g in items_of(house.read(TEAMS))[SHARED].grants
        if g.principal_kind is PrincipalKind.ACCOUNT
    ]
    assert {g.access for g in people} == {Access.EDIT}


def refused(house: House, path: str, status: int) -> None:
    """From now on the parts of a batch that end in `path` are refused."""

    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/$batch"):
            return None
        answer = house.tenant.respond(request)
        asked = {p["id"]: p["url"].partition("?")[0] for p in request.json()["requests"]}
        assert isinstance(answer.body, dict)
        for part in answer.body["responses"]:
            if asked[str(part["id"])].endswith(path):
                part |= {"status": status, "body": error_response(status, "odd").body}
        return answer

    house.fail(fault)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
@pytest.mark.parametrize(
    ("path", "lost"),
    [
        (f"{SALES_TEAM.id}/channels", 2),
        (f"{LAUNCH.id}/channels", 2),
        (f"{CHANNELS[0].id}/members", 1),
    ],
)
def test_what_one_team_or_channel_refuses_costs_only_itself(
    house: House, path: str, lost: int, status: int
) -> None:
    whole = items_of(house.read(TEAMS))
    refused(house, path, status)
    records = house.read(TEAMS)
    assert len(whole) - len(items_of(records)) == lost
    assert end_of(records).status is Status.PARTIAL


def test_a_team_whose_group_was_deleted_meanwhile_is_no_loss(house: House) -> None:
    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/$batch"):
            return None
        answer = house.tenant.respond(request)
        asked = {p["id"]: p["url"] for p in request.json()["requests"]}
        assert isinstance(answer.body, dict)
        for part in answer.body["responses"]:
            if SALES_TEAM.id in asked[str(part["id"])]:
                part |= {"status": 404, "body": error_response(404, "NotFound").body}
        return answer

    house.fail(fault)
    records = house.read(TEAMS)
    assert len(items_of(records)) == 2
    assert end_of(records).status is Status.COMPLETE


def test_a_channel_shared_inside_only_is_an_item_without_grants(house: House) -> None:
    name = f"{SALES_TEAM.name} / {CHANNELS[1].name}"
    assert items_of(house.read(TEAMS))[name].grants == ()


def changed(house: House, path: str, **values: object) -> None:
    """From now on every object of the parts of a batch that end in `path` has these values."""

    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/$batch"):
            return None
        answer = house.tenant.respond(request)
        asked = {p["id"]: p["url"].partition("?")[0] for p in request.json()["requests"]}
        body: dict[str, list[dict[str, dict[str, list[dict[str, object]]]]]] = json.loads(
            json.dumps(answer.body)
        )
        for part in body["responses"]:
            if asked[str(part["id"])].endswith(path):
                part["body"]["value"] = [v | values for v in part["body"]["value"]]
        return Response(body=body)

    house.fail(fault)


@pytest.mark.parametrize(
    ("tenant", "mail", "audience"),
    [
        (None, "who@partner.example", Audience.EXT_NAMED),
        (None, None, Audience.UNKNOWN),
        ("another", "who@example.co.jp", Audience.EXT_NAMED),
        (None, "who@example.co.jp", None),
        (TENANT_ID, "who@partner.example", None),
    ],
)
def test_whose_member_it_is_says_its_tenant_and_without_one_its_address(
    house: House, tenant: str | None, mail: str | None, audience: Audience | None
) -> None:
    changed(house, "/members", tenantId=tenant, email=mail)
    people = [
        g.audience
        for g in items_of(house.read(TEAMS))[SHARED].grants
        if g.principal_kind is PrincipalKind.ACCOUNT
    ]
    assert set(people) == ({audience} if audience else set())


def test_a_team_whose_tenant_is_not_told_is_unknown_and_not_ours(house: House) -> None:
    changed(house, "/sharedWithTeams", tenantId=None)
    audiences = {g.audience for g in items_of(house.read(TEAMS))[SHARED].grants}
    assert audiences == {Audience.EXT_NAMED, Audience.UNKNOWN}


def test_a_kind_of_channel_that_this_version_does_not_know_is_read(house: House) -> None:
    changed(house, "/channels", membershipType="unknownFutureValue")
    assert SHARED in items_of(house.read(TEAMS))


def test_plain_channels_are_passed_by(house: House) -> None:
    changed(house, "/channels", membershipType="standard")
    assert items_of(house.read(TEAMS)) == {}


@pytest.mark.parametrize("missing", ["Channel.ReadBasic.All", "GroupMember.Read.All"])
def test_without_the_permission_nothing_is_read_and_the_row_names_it(
    house: House, missing: str
) -> None:
    house.tenant.granted -= {missing}
    end = end_of(house.read(TEAMS))
    assert end.status is Status.DENIED
    assert missing in str(end.hint)


def test_channels_whose_members_are_refused_leave_no_record_and_a_reason(house: House) -> None:
    house.tenant.granted -= {"ChannelMember.Read.All"}
    records = house.read(TEAMS)
    assert items_of(records) == {}
    assert str(end_of(records).reason) == "m365.channels_unread count='4'"
    assert "ChannelMember.Read.All" in str(end_of(records).hint)


def test_a_page_of_teams_that_cannot_be_found_again_starts_over(house: House) -> None:
    expired = error_response(400, "Directory_ExpiredPageToken")
    house.fail(
        lambda r: expired if "$skiptoken" in r.query and "/groups" in r.path else None,
    )
    records = house.read(TEAMS, json.dumps(asdict(ChannelCursor("/groups?$skiptoken=1"))))
    assert records[0] == Started(full=True, resumed=False)
    assert SHARED in items_of(records)


def test_a_cursor_of_another_version_starts_over(house: House) -> None:
    assert house.read(TEAMS, '{"page": 3}')[0] == Started(full=True, resumed=False)
    assert isinstance(house.read(TEAMS)[-2], Checkpoint)


def test_the_quickest_pace_stays_below_what_teams_allows() -> None:
    price = path_cost("/teams/t/channels/c/sharedWithTeams")
    assert quota_for_licences(60_000).minute / 60 / price < 30
