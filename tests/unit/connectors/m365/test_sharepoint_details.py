"""Certificate mode: what SharePoint itself adds, and what becomes of it when it will not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.m365.api_types import LinkInfo, SharingLinkInfo, SharingPrincipal
from connectors.m365.connector import M365Connector
from connectors.m365.demo import Tenant
from connectors.m365.demo.people import NESTED, SALES_TEAM, SATO
from connectors.m365.demo.sharepoint import LINK_CANARY
from connectors.m365.permissions import PERMISSIONS, SHAREPOINT_FULL_CONTROL
from connectors.m365.resource_units import path_cost
from connectors.m365.sharepoint_details import _grants_with_details, _pending_grants
from connectors.sdk.checks import CheckOutcome
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Checkpoint,
    Grant,
    Principal,
    PrincipalKind,
    Record,
    Setting,
    Started,
    State,
    Status,
)
from connectors.sdk.testing import ConnectorHarness, facts_in, scan

from .conftest import House, end_of, items_of
from .test_auth import CERTIFICATE, KEY

PRESS = "広報 / ドキュメント"
CENTER = "SharePoint admin center"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A connector in certificate mode."""
    stage = ConnectorHarness("m365", tmp_path)
    assert isinstance(stage.tenant, Tenant)
    stage.tenant.token_endpoint.certificates.append(CERTIFICATE)
    (tmp_path / "app.pem").write_bytes(KEY + CERTIFICATE)
    with stage.open() as opened:
        del opened.table["client_secret"]
        opened.table |= {
            "certificate": "file:app.pem",
            "sharepoint_details": True,
            "sharepoint_url": opened.service.url,
        }
        connector, lent = opened.connector()
        connector.tenant()
        yield House(stage, opened, connector, lent)


def asked(house: House) -> list[str]:
    return [path for _, path in house.opened.service.requests if "/_api/" in path]


def link_of(records: list[Record]) -> Grant:
    """The link for anybody of a file in the story."""
    grants = items_of(records)["個人情報保護方針.pdf"].grants
    return next(g for g in grants if g.principal_kind is PrincipalKind.LINK)


def settings(records: list[Record]) -> dict[str, object]:
    return {r.id: r.value for r in records if isinstance(r, Setting)}


def test_a_link_to_anybody_tells_when_it_was_made_by_whom_and_whether_it_asks_for_a_password(
    house: House,
) -> None:
    grant = link_of(house.read(PRESS))
    assert str(grant.created_at) == "2025-02-03 04:05:06+00:00"
    assert (grant.created_by, grant.password) == (SATO.mail, False)


def test_the_directory_tells_whether_who_made_a_link_is_still_there(house: House) -> None:
    house.read(PRESS)
    records = house.read("Microsoft Entra ID")
    states = {r.mail: r.state for r in records if isinstance(r, Principal) and not r.external}
    assert states[SATO.mail] is State.ACTIVE


def test_only_items_that_let_an_outsider_in_by_a_link_are_asked_about(house: House) -> None:
    records = house.read(PRESS)
    sharing = [path for path in asked(house) if path.endswith("GetSharingInformation")]
    outside = [
        item
        for item in items_of(records).values()
        if any(g.audience is Audience.ANYONE_LINK for g in item.grants)
    ]
    assert len(sharing) == len(outside) > 0


def test_who_is_in_a_sharepoint_group_comes_in_by_the_groups_own_grant(house: House) -> None:
    top = next(i for i in items_of(house.read(PRESS)).values() if i.kind == "library")
    visitors = [g for g in top.grants if g.access is Access.VIEW]
    assert [(g.principal_kind, g.audience) for g in visitors] == [
        (PrincipalKind.SITE_GROUP, Audience.NAMED_INTERNAL),
        (PrincipalKind.EVERYONE, Audience.ORG_DISCOVERABLE),
        (PrincipalKind.GUEST, Audience.EXT_NAMED),
    ]
    assert len({g.id for g in visitors}) == 1
    assert visitors[-1].principal == NESTED.mail
    groups = {g.principal_id for g in top.grants if g.principal_kind is PrincipalKind.GROUP}
    assert SALES_TEAM.id in groups  # the directory looks into it, as into any other
    assert SATO.mail not in {g.principal for g in top.grants}  # named insiders are no news


def test_each_group_of_a_site_is_asked_once(house: House) -> None:
    house.read("人事 / ドキュメント")
    groups = [path for path in asked(house) if "sitegroups" in path]
    assert len(set(groups)) == 3
    assert len(groups) == 5  # two of them have two pages


def test_the_blind_spot_of_site_groups_is_gone(house: House) -> None:
    assert "SharePoint groups" not in [s.title for s in house.connector.scopes()]


def test_a_site_tells_whether_it_may_share_with_outsiders(house: House) -> None:
    told = settings(house.read(PRESS))
    assert told["SPSite.ShareByLinkEnabled"] is True
    assert told["SPSite.DisableCompanyWideSharingLinks"] is UNKNOWN  # not told is not false


def test_no_address_of_a_link_gets_into_a_record(house: House) -> None:
    assert LINK_CANARY not in repr(house.read(PRESS))


def test_where_sharepoint_refuses_everything_passes_as_graph_told_it_and_the_end_says_so(
    house: House,
) -> None:
    house.tenant.sharepoint.allowed = False
    records = house.read(PRESS)
    grant = link_of(records)
    assert (grant.audience, grant.created_at) == (Audience.ANYONE_LINK, UNKNOWN)
    assert settings(records)["SPSite.ShareByLinkEnabled"] is UNKNOWN
    end = end_of(records)
    assert end.status is Status.PARTIAL
    assert "SharePoint: Sites.FullControl.All" in str(end.hint)


def test_a_refusal_before_an_interruption_is_still_told_at_the_end(house: House) -> None:
    house.tenant.sharepoint.allowed = False
    whole = house.read(PRESS)
    house.tenant.sharepoint.allowed = True
    cursor = next(r.cursor for r in whole if isinstance(r, Checkpoint))
    rest = house.read(PRESS, cursor)
    assert rest[0] == Started(full=True, resumed=True)
    assert end_of(rest).status is Status.PARTIAL
    assert end_of(house.read(PRESS)).status is Status.COMPLETE


def test_resuming_anywhere_loses_and_repeats_nothing(house: House) -> None:
    whole = house.read(PRESS)
    for at, record in enumerate(whole):
        if isinstance(record, Checkpoint) and record.cursor:
            rest = facts_in(house.read(PRESS, record.cursor))
            again = [r for r in rest if not isinstance(r, Setting)]
            assert again == facts_in(whole[at:])


@pytest.mark.parametrize(
    "answer",
    [
        Response(status=500, body=b"<html>"),
        Response(status=404, body={}),
        Response(status=200, body=b"<html>"),
        Response(status=200, body=[]),
        Response(status=200, body={"permissionsInformation": None}),
    ],
)
def test_whatever_sharepoint_answers_no_item_is_lost(house: House, answer: Response) -> None:
    calm = items_of(house.read(PRESS)).keys()

    def fault(request: Request) -> Response | None:
        return answer if request.path.endswith("GetSharingInformation") else None

    house.fail(fault)
    assert items_of(house.read(PRESS)).keys() == calm


def test_a_token_that_dies_early_is_renewed_once(house: House) -> None:
    house.stage.inject_fault(
        lambda r, n: Response(status=401, body={}) if "/_api/site" in r.path and n == 1 else None
    )
    assert settings(house.read(PRESS))["SPSite.ShareByLinkEnabled"] is True


GRANT = Grant(
    id="share",
    audience=Audience.UNKNOWN,
    access=Access.VIEW,
    principal="",
    principal_kind=PrincipalKind.LINK,
)


@pytest.mark.parametrize(
    ("member", "audience", "principal"),
    [
        (
            SharingPrincipal(
                loginName="i:0#.f|membership|x_y.example#ext#@example.onmicrosoft.com"
            ),
            Audience.EXT_NAMED,
            "x@y.example",
        ),
        (
            SharingPrincipal(loginName="c:0x.new|claim", name="Partner group", isExternal=True),
            Audience.EXT_UNRESOLVED,
            "Partner group",
        ),
        (SharingPrincipal(loginName="c:0x.new|claim", name="Who"), Audience.UNKNOWN, "Who"),
    ],
)
def test_who_is_behind_a_link_that_graph_left_nameless_is_told_by_sharepoint(
    member: SharingPrincipal, audience: Audience, principal: str
) -> None:
    link = LinkInfo(linkDetails={"ShareId": "SHARE"}, linkMembers=[member])
    (grant,) = _grants_with_details(GRANT, link, frozenset({"example.co.jp"}))
    assert (grant.audience, grant.principal) == (audience, principal)
    assert grant.id == "share"


OWN = frozenset({"example.co.jp"})
INVITED = SharingPrincipal(email="new@partner.example", loginName="")


def told_by(detail: SharingLinkInfo, *grants: Grant, members: Any = ()) -> list[tuple[str, str]]:
    """The principals and audiences of a link's grants, with details."""
    link = LinkInfo(linkDetails={"ShareId": "SHARE", **detail}, linkMembers=list(members))
    after = [g for grant in grants for g in _grants_with_details(grant, link, OWN)]
    after += _pending_grants(grants, after, {"share": link}, OWN)
    return [(g.principal, g.audience.value) for g in after]


INSIDER = {"loginName": "i:0#.f|membership|sato@example.co.jp"}
NAMED = replace(GRANT, audience=Audience.NAMED_INTERNAL, principal="sato@example.co.jp",
                principal_kind=PrincipalKind.ACCOUNT)  # fmt: skip


# Source: https://github.com/pnp/cli-microsoft365/blob/HEAD/src/m365/spo/commands/file/file-sharinginfo-get.spec.ts (read 2026-11-30)  # noqa: E501 -- an address
@pytest.mark.parametrize(
    ("detail", "grant", "members", "told"),
    [
        ({"Invitations": [{"invitee": INVITED}], "HasExternalGuestInvitees": True}, GRANT,
         [INSIDER], [("sato@example.co.jp", "named_internal"),
                     ("new@partner.example", "ext_named")]),
        ({"HasExternalGuestInvitees": True}, GRANT, [INSIDER],
         [("sato@example.co.jp", "named_internal"), ("", "unknown")]),
        ({"Invitations": [{"invitee": INVITED}]}, NAMED, [],
         [("sato@example.co.jp", "named_internal"), ("new@partner.example", "ext_named")]),
        ({"Invitations": [{"invitee": {"email": "x@example.co.jp"}}]}, NAMED, [],
         [("sato@example.co.jp", "named_internal"), ("x@example.co.jp", "named_internal")]),
        ({"Invitations": [{"invitee": None}]}, NAMED, [],
         [("sato@example.co.jp", "named_internal"), ("", "unknown")]),
        ({"Invitations": None, "HasExternalGuestInvitees": False}, NAMED, [],
         [("sato@example.co.jp", "named_internal")]),
    ],
)  # fmt: skip
def test_who_was_invited_and_did_not_come_yet_is_told(
    detail: Any, grant: Grant, members: Any, told: list[tuple[str, str]]
) -> None:
    assert told_by(detail, grant, members=members) == told


def test_an_invited_person_who_came_is_told_once(house: House) -> None:
    came = replace(NAMED, audience=Audience.EXT_NAMED, principal="new@partner.example")
    detail = SharingLinkInfo(Invitations=[{"invitee": INVITED}], HasExternalGuestInvitees=True)
    assert told_by(detail, came) == [("new@partner.example", "ext_named")]


def test_an_outsider_who_administers_a_site_is_told_at_its_libraries(house: House) -> None:
    roots = [
        i
        for i in items_of(house.read("共同企画プロジェクト / 企画書")).values()
        if i.kind == "library"
    ]
    (admin,) = (g for g in roots[0].grants if g.id == "site-admin")
    assert (admin.principal, admin.audience, admin.access) == (
        NESTED.mail,
        Audience.EXT_NAMED,
        Access.MANAGE,
    )
    roots = [i for i in items_of(house.read(PRESS)).values() if i.kind == "library"]
    assert "site-admin" not in {g.id for g in roots[0].grants}  # an employee is no news


def test_the_properties_of_the_admin_center_bear_the_words_of_powershell(house: House) -> None:
    records = house.read(CENTER)
    told = settings(records)
    assert told["SPOTenant.DefaultSharingLinkType"] == "AnonymousAccess"
    assert told["SPOTenant.RequireAnonymousLinksExpireInDays"] == -1
    assert told["SPOTenant.ShowEveryoneClaim"] is True
    assert told["SPOTenant.ShowAllUsersClaim"] is False
    assert told["SPOTenant.OneDriveSharingCapability"] == "ExternalUserAndGuestSharing"
    assert told["SPOTenant.WhoCanShareAllowListInTenantByPrincipalIdentity"] == "a, b"
    assert "SPOTenant.CoreLoopSharingCapability" not in told  # this tenant does not have it yet
    assert end_of(records).status is Status.COMPLETE


@pytest.mark.parametrize(
    ("gone", "setting"),
    [
        ("ODBSharingCapability", "SPOTenant.OneDriveSharingCapability"),
        ("SharingCapability", "SPOTenant.SharingCapability"),
        ("ShowEveryoneClaim", "SPOTenant.ShowEveryoneClaim"),
    ],
)
def test_a_property_that_the_admin_center_does_not_send_is_named(
    house: House, gone: str, setting: str
) -> None:
    def fault(request: Request) -> Response | None:
        if not request.path.endswith("SPO.Tenant"):
            return None
        answer = house.tenant.respond(request)
        assert isinstance(answer.body, dict)
        return Response(body={k: v for k, v in answer.body.items() if k != gone})

    house.fail(fault)
    records = house.read(CENTER)
    assert settings(records)[setting] is UNKNOWN
    end = end_of(records)
    assert (end.status, gone in str(end.reason)) == (Status.PARTIAL, True)


def test_an_admin_center_that_refuses_leaves_everything_unknown(house: House) -> None:
    house.tenant.sharepoint.allowed = False
    records = house.read(CENTER)
    assert set(settings(records).values()) == {UNKNOWN}
    assert end_of(records).status is Status.DENIED


def test_without_certificate_mode_they_are_unknown_and_it_is_a_standing_blind_spot(
    tmp_path: Path,
) -> None:
    with ConnectorHarness("m365", tmp_path).open() as opened:
        connector, lent = opened.connector()
        connector.tenant()
        scope = next(s for s in connector.scopes() if s.title == CENTER)
        records = scan(connector, lent, scope)
    assert settings(records)["SPOTenant.RequireAnonymousLinksExpireInDays"] is UNKNOWN
    assert (end_of(records).status, end_of(records).standing) == (Status.SKIPPED, True)


@pytest.mark.parametrize(
    ("open_", "outcome"), [(True, CheckOutcome.PASS), (False, CheckOutcome.WARN)]
)
def test_the_checks_try_certificate_mode_where_it_is_on(
    house: House, open_: bool, outcome: CheckOutcome
) -> None:
    house.tenant.sharepoint.allowed = open_
    assert isinstance(house.connector, M365Connector)
    done = {c.id: c.outcome for c in house.connector.checks()}
    assert done[f"permission.{SHAREPOINT_FULL_CONTROL}"] is done["read.SPO.Tenant"] is outcome
    asked_for = {f"permission.{permission.name}" for permission in PERMISSIONS}
    assert {id_ for id_ in done if id_.startswith("permission.")} == asked_for


def test_the_price_of_rest_is_assumed_high() -> None:
    assert path_cost("https://x.sharepoint.com/sites/a/_api/site") == 5
