"""Groups as doors, and the rules of the house."""

from typing import Any

import pytest

from connectors.google.demo import Tenant
from connectors.google.demo.people import ALL_STAFF, GROUPS, HR, PROJECT, SUPPORT
from connectors.google.demo.responses import error
from connectors.google.demo.token_endpoint import DELEGATED
from connectors.google.normalize import group_item, self_join_audience
from connectors.google.skipped import BLIND_SPOTS
from connectors.google.tenant_settings import _effective_settings
from connectors.sdk.local_server import Response
from connectors.sdk.records import UNKNOWN, Item, Membership, Principal, Setting, Started, Status
from connectors.sdk.testing import ConnectorHarness, facts_in, scan, scan_order


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


@pytest.mark.parametrize(
    ("setting", "who", "audience", "access"),
    [
        ("whoCanViewGroup", "ANYONE_CAN_VIEW", "public_discoverable", "view"),
        ("whoCanViewGroup", "ALL_IN_DOMAIN_CAN_VIEW", "org_discoverable", "view"),
        ("whoCanViewGroup", "ALL_MEMBERS_CAN_VIEW", None, None),
        ("whoCanViewGroup", "ALL_MANAGERS_CAN_VIEW", None, None),
        ("whoCanViewGroup", "ALIENS_CAN_VIEW", "unknown", "view"),
        ("whoCanJoin", "ANYONE_CAN_JOIN", "public_discoverable", "view"),
        ("whoCanJoin", "ALL_IN_DOMAIN_CAN_JOIN", "org_discoverable", "view"),
        ("whoCanJoin", "INVITED_CAN_JOIN", None, None),
        ("whoCanJoin", "CAN_REQUEST_TO_JOIN", None, None),
        ("whoCanPostMessage", "ANYONE_CAN_POST", "public_discoverable", "create"),
        ("whoCanPostMessage", "NONE_CAN_POST", None, None),
        ("whoCanPostMessage", "ALL_OWNERS_CAN_POST", None, None),
        ("whoCanDiscoverGroup", "ANYONE_CAN_DISCOVER", "public_discoverable", "view_only"),
        ("whoCanDiscoverGroup", "ALL_MEMBERS_CAN_DISCOVER", None, None),
    ],
)
def test_who_comes_in_by_which_door(setting, who, audience, access):
    shut = dict.fromkeys(
        ("whoCanDiscoverGroup", "whoCanJoin", "whoCanPostMessage", "whoCanViewGroup"),
        "ALL_MEMBERS_CAN_DO",
    )
    grants = group_item("g@example.jp", "G", shut | {setting: who}).grants
    assert [(g.id, g.audience, g.access) for g in grants] == (
        [(setting, audience, access)] if audience else []
    )


@pytest.mark.parametrize(
    ("settings", "grants"),
    [
        # a group that takes no outsiders is joined by the company at most
        (
            {"whoCanJoin": "ANYONE_CAN_JOIN", "allowExternalMembers": "false"},
            {"whoCanJoin": "org_discoverable"},
        ),
        (
            {"whoCanJoin": "ANYONE_CAN_JOIN", "allowExternalMembers": "true"},
            {"whoCanJoin": "public_discoverable"},
        ),
        ({"whoCanJoin": "ANYONE_CAN_JOIN"}, {"whoCanJoin": "public_discoverable"}),
        (
            {"whoCanJoin": "ALL_IN_DOMAIN_CAN_JOIN", "allowExternalMembers": "false"},
            {"whoCanJoin": "org_discoverable"},
        ),
        ({"whoCanJoin": "INVITED_CAN_JOIN", "allowExternalMembers": "true"}, {}),
        # a mail from outside makes nobody a member
        (
            {"whoCanPostMessage": "ANYONE_CAN_POST", "allowExternalMembers": "false"},
            {"whoCanPostMessage": "public_discoverable"},
        ),
        (
            {"whoCanViewGroup": "ANYONE_CAN_VIEW", "allowExternalMembers": "false"},
            {"whoCanViewGroup": "public_discoverable"},
        ),
        # an archived group takes no posts, and its old ones are read as before
        ({"whoCanPostMessage": "ANYONE_CAN_POST", "archiveOnly": "true"}, {}),
        (
            {"whoCanPostMessage": "ANYONE_CAN_POST", "archiveOnly": "false"},
            {"whoCanPostMessage": "public_discoverable"},
        ),
        (
            {"whoCanViewGroup": "ANYONE_CAN_VIEW", "archiveOnly": "true"},
            {"whoCanViewGroup": "public_discoverable"},
        ),
    ],
)
def test_settings_of_a_group_are_weighed_together(settings, grants):
    closed = dict.fromkeys(
        ("whoCanDiscoverGroup", "whoCanJoin", "whoCanPostMessage", "whoCanViewGroup"),
        "ALL_MEMBERS_CAN_DO",
    )
    found = group_item("g@example.jp", "G", closed | settings).grants
    assert {g.id: g.audience for g in found} == grants
    joined = self_join_audience(closed | settings)
    assert joined == grants.get("whoCanJoin")


def test_a_door_that_google_did_not_mention_is_unknown_and_not_shut():
    assert {g.audience for g in group_item("g@example.jp", "", {}).grants} == {"unknown"}
    assert self_join_audience({}) is None


def directory(opened) -> Any:
    return opened.scan_all()["directory"]


def test_a_group_that_anybody_inside_may_join_has_everybody_in_it(stage):
    with stage.open() as opened:
        connector, lent = opened.connector()
        connector.tenant()
        lent.groups_seen = {ALL_STAFF: None, HR: None}
        scope = next(s for s in connector.scopes() if s.last)
        records: Any = scan(connector, lent, scope)
    joined = [(r.group_id, r.member_id, r.audience) for r in records if isinstance(r, Membership)]
    assert joined == [(ALL_STAFF, "*", "org_discoverable")]
    assert {i.id for i in records if isinstance(i, Item) and i.may_be_exposed} == {
        ALL_STAFF,
        SUPPORT,
    }


@pytest.mark.parametrize(
    ("refusal", "key"),
    [
        (error(403, "accessNotConfigured", "not used"), "api_off"),
        (error(403, "insufficientPermissions", "no"), "permission_missing"),
    ],
)
def test_refused_group_settings_are_named_and_the_members_read_all_the_same(stage, refusal, key):
    with stage.open() as opened:
        stage.inject_fault(lambda r, _: refusal if r.path.startswith("/groups/v1") else None)
        records = directory(opened)
    assert (records[-1].status, records[-1].reason.key) == (Status.PARTIAL, f"google.{key}")
    assert records[-1].hint
    assert any(r.id == PROJECT for r in records if isinstance(r, Principal))


def test_without_the_permission_the_hint_lists_what_to_paste(stage):
    stage.tenant = Tenant(delegated=DELEGATED - {"apps.groups.settings"})
    with stage.open() as opened:
        coverage = directory(opened)[-1]
    assert coverage.reason.key == "google.not_delegated"
    assert "auth/apps.groups.settings" in str(coverage.hint)


GONE = error(404, "notFound", "gone")


def test_a_group_that_is_gone_is_deleted_and_one_that_vanishes_while_listed_is_passed(stage):
    def fault(request, _times):
        members = request.path.endswith((f"{HR}/members", f"directory/v1/groups/{HR}"))
        return GONE if members or request.path.endswith(f"groups/{SUPPORT}") else None

    with stage.open() as opened:
        stage.inject_fault(fault)
        records = directory(opened)
    assert records[-1].status is Status.COMPLETE
    assert {r.id: r.state for r in records if isinstance(r, Principal)}[HR] == "deleted"
    assert SUPPORT not in {r.id for r in records if isinstance(r, Item)}


def test_a_group_that_still_stands_is_unread_and_not_deleted(stage):
    with stage.open() as opened:
        stage.inject_fault(lambda r, _: GONE if r.path.endswith("/members") else None)
        records = directory(opened)
    assert records[-1].reason.key == "google.groups_unread"
    assert [r for r in records if isinstance(r, Principal)] == []


REFUSED = [
    GONE,
    error(400, "invalid", "invalid"),
    error(403, "forbidden", "no"),
    error(401, "authError", "Invalid Credentials"),
    error(412, "conditionNotMet", "no"),
    error(500, "internalError", "x"),
    Response(body=b"<html>"),
    Response(body={}),
    Response(body={"error": {"code": 500}}),
    Response(body={"kind": "groupsSettings#groups"}),
]


@pytest.mark.parametrize("refusal", REFUSED)
def test_one_group_whose_settings_are_refused_costs_itself_and_is_named(stage, refusal):
    with stage.open() as opened:
        calm = directory(opened)
        path = f"/groups/v1/groups/{SUPPORT}"
        stage.inject_fault(lambda r, _: refusal if r.path == path else None)
        records = directory(opened)
    lost = [r for r in facts_in(calm) if r not in facts_in(records)]
    assert [r.id for r in lost if isinstance(r, Item)] == [SUPPORT]
    assert len(lost) == 1
    assert (records[-1].status, records[-1].reason.key) == (
        Status.PARTIAL,
        "google.group_settings_unread",
    )
    assert SUPPORT in str(records[-1].reason)


@pytest.mark.parametrize("refusal", REFUSED)
def test_one_group_whose_members_are_refused_costs_itself_and_is_named(stage, refusal):
    with stage.open() as opened:
        calm = directory(opened)
        path = f"/admin/directory/v1/groups/{HR}/members"
        stage.inject_fault(lambda r, _: refusal if r.path == path else None)
        records = directory(opened)
    lost: Any = [r for r in facts_in(calm) if r not in facts_in(records)]
    assert [(type(r), r.id) for r in lost] == [(Principal, HR)]
    assert records[-1].reason.key == "google.groups_unread"
    assert HR in str(records[-1].reason)


@pytest.mark.parametrize("refusal", REFUSED)
@pytest.mark.parametrize("path", ["/groups/v1/groups/helpdesk", "/members"])
def test_what_is_refused_once_is_asked_again_and_nothing_is_lost(stage, refusal, path):
    asked = []

    def fault(request, _times):
        if path not in request.path or "@" not in request.path or asked:
            return None
        asked.append(request.path)
        return refusal

    with stage.open() as opened:
        calm = directory(opened)
        stage.inject_fault(fault)
        records = directory(opened)
    assert asked
    assert facts_in(records) == facts_in(calm)
    assert records[-1].status is Status.COMPLETE


@pytest.mark.parametrize("refusal", [r for r in REFUSED if r is not GONE])
def test_where_groups_cannot_be_listed_their_members_are_read_all_the_same(stage, refusal):
    with stage.open() as opened:
        calm = directory(opened)
        stage.inject_fault(lambda r, _: refusal if r.path == "/admin/directory/v1/groups" else None)
        records = directory(opened)
    assert [r for r in facts_in(records) if isinstance(r, Principal | Membership)] == [
        r for r in facts_in(calm) if isinstance(r, Principal | Membership)
    ]
    assert records[-1].status is Status.PARTIAL


@pytest.mark.parametrize("mail", ["abuse@example.co.jp", "Postmaster@example.jp"])
def test_the_two_addresses_that_google_refuses_are_not_asked(stage, mail, monkeypatch):
    monkeypatch.setitem(GROUPS, mail, ())
    with stage.open() as opened:
        records = directory(opened)
        asked = [path for _, path in opened.service.requests if path.endswith(mail)]
    assert asked == []
    assert records[-1].status is Status.COMPLETE


def test_a_group_whose_name_only_begins_like_them_is_asked(stage, monkeypatch):
    monkeypatch.setitem(GROUPS, "abuse-team@example.co.jp", ())
    with stage.open() as opened:
        assert "abuse-team@example.co.jp" in {
            r.id for r in directory(opened) if isinstance(r, Item)
        }


def test_a_refused_page_of_groups_starts_over(stage):
    with stage.open() as opened:
        connector, lent = opened.connector()
        connector.tenant()
        scope = next(s for s in connector.scopes() if s.last)
        records = scan(connector, lent, scope, "doors:gone")
    assert records[0] == Started(full=True, resumed=False)
    assert len([r for r in records if isinstance(r, Item)]) == 6


def settings_in(opened) -> Any:
    return {(r.id, r.subject): r.value for r in policies(opened) if isinstance(r, Setting)}


def policies(opened) -> Any:
    connector, lent = opened.connector()
    connector.tenant()
    return scan(connector, lent, next(s for s in connector.scopes() if s.id == "policies"))


def test_settings_are_told_by_unit_and_what_nobody_set_as_googles_default(stage):
    with stage.open() as opened:
        told = settings_in(opened)
    mode = "drive_and_docs.external_sharing.externalSharingMode"
    assert told[mode, "/"] == "ALLOWLISTED_DOMAINS"
    assert told[mode, "/営業部"] == "ALLOWED"
    assert (mode, "(default)") not in told
    assert told["drive_and_docs.shared_drive_creation.allowExternalUserAccess", "(default)"] is True
    assert told["allowlistedDomains.domain", ""] == "audit-firm.example, partner-a.example"
    capability = "groups_for_business.groups_sharing.collaborationCapability"
    assert told[capability, "/"] == "ANYONE_CAN_ACCESS"


def test_units_without_a_name_and_domains_that_are_refused(stage):
    stage.tenant = Tenant(delegated=DELEGATED - {"admin.directory.orgunit.readonly"})
    refused = error(403, "PERMISSION_DENIED", "no")
    with stage.open() as opened:
        stage.inject_fault(lambda r, _: refused if r.path == "/v1/allowlistedDomains" else None)
        records = policies(opened)
        told = settings_in(opened)
    assert ("drive_and_docs.external_sharing.externalSharingMode", "orgUnits/03ph8a2z1top") in told
    assert told["allowlistedDomains.domain", ""] is UNKNOWN
    assert (records[-1].status, records[-1].reason.key) == (Status.PARTIAL, "google.not_delegated")


BARE = Response(body={})


@pytest.mark.parametrize(
    ("refusal", "path"),
    [
        (r, p)
        for r in (*(r for r in REFUSED if r is not GONE), GONE)
        for p in (
            "drive_and_docs",
            "groups_for_business",
            "/v1/allowlistedDomains",
            "/admin/directory/v1/customer/my_customer/orgunits",
        )
        if (r.body, p) != ({}, "groups_for_business")
    ],
)
def test_one_refused_part_of_the_settings_costs_itself(stage, refusal, path):
    def fault(request, _times):
        asked = request.query.get("filter", "") if request.path == "/v1/policies" else request.path
        return refusal if path in asked else None

    with stage.open() as opened:
        calm = settings_in(opened)
        stage.inject_fault(fault)
        records = policies(opened)
    told = {(r.id, r.subject): r.value for r in records if isinstance(r, Setting)}
    changed = {key for key in calm if told.get(key, "lost") != calm[key]}
    if path.endswith("orgunits"):  # ids take the place of paths
        assert {i for i, _ in told} == {i for i, _ in calm}
    elif path.startswith("/v1"):
        assert changed == {("allowlistedDomains.domain", "")}
        assert told["allowlistedDomains.domain", ""] is UNKNOWN
    else:
        assert {i.partition(".")[0] for i, _ in changed} == {path}
        assert not [i for i, _ in told if i.startswith(path)]
    assert records[-1].status is Status.PARTIAL
    assert records[-1].hint


def test_an_application_in_which_nothing_was_set_is_no_gap(stage):
    with stage.open() as opened:
        stage.inject_fault(
            lambda r, _: BARE if "groups_for_business" in r.query.get("filter", "") else None
        )
        records = policies(opened)
        told = settings_in(opened)
    assert records[-1].status is Status.COMPLETE
    capability = "groups_for_business.groups_sharing.collaborationCapability"
    assert told[capability, "(default)"] == "DOMAIN_USERS_ONLY"


@pytest.mark.parametrize("path", ["/v1/policies", "/v1/allowlistedDomains"])
def test_an_empty_list_of_settings_is_asked_for_twice(stage, path):
    with stage.open() as opened:
        calm = settings_in(opened)
        stage.inject_fault(lambda r, n: BARE if r.path == path and n == 1 else None)
        assert settings_in(opened) == calm


SHARING = "drive_and_docs.external_sharing"


def policy(unit, name, value, order=1, **query):
    where = {"orgUnit": f"orgUnits/{unit}"} if unit else {}
    return {
        "type": "ADMIN",
        "policyQuery": where | {"sortOrder": order} | query,
        "setting": {"type": f"settings/{name}", "value": value},
    }


PATHS = {"1": "/", "2": "/Sales", "3": "/Sales/East", "4": "/HR"}
OPEN = {"externalSharingMode": "ALLOWED", "allowPublishingFiles": True}
SHUT = {"externalSharingMode": "DISALLOWED", "allowPublishingFiles": False}


@pytest.mark.parametrize(
    ("listed", "subject", "mode", "publishing"),
    [
        ([policy("1", SHARING, SHUT), policy("2", SHARING, OPEN)], "/Sales", "ALLOWED", True),
        ([policy("1", SHARING, SHUT), policy("2", SHARING, OPEN)], "/", "DISALLOWED", False),
        ([policy("1", SHARING, OPEN), policy("2", SHARING, SHUT)], "/Sales", "DISALLOWED", False),
        # a unit that sets the mode alone has the rest from above
        (
            [policy("1", SHARING, SHUT), policy("2", SHARING, {"externalSharingMode": "ALLOWED"})],
            "/Sales",
            "ALLOWED",
            False,
        ),
        (
            [policy("1", SHARING, OPEN), policy("2", SHARING, {"allowPublishingFiles": False})],
            "/Sales",
            "ALLOWED",
            False,
        ),
        # from the nearest parent, not from the root
        (
            [
                policy("1", SHARING, SHUT),
                policy("2", SHARING, OPEN),
                policy("3", SHARING, {"allowPublishingFiles": False}),
            ],
            "/Sales/East",
            "ALLOWED",
            False,
        ),
        # and not from a neighbour
        (
            [
                policy("1", SHARING, OPEN),
                policy("4", SHARING, SHUT),
                policy("2", SHARING, {"allowPublishingFiles": False}),
            ],
            "/Sales",
            "ALLOWED",
            False,
        ),
        # of several policies of one unit, the one with the highest order
        (
            [policy("2", SHARING, OPEN, 2), policy("2", SHARING, SHUT, 1)],
            "/Sales",
            "ALLOWED",
            True,
        ),
        # a group that sets a part has the rest from the root
        (
            [
                policy("1", SHARING, SHUT),
                policy("", SHARING, {"externalSharingMode": "ALLOWED"}, 1, group="groups/0x"),
            ],
            "groups/0x",
            "ALLOWED",
            False,
        ),
    ],
)
def test_the_settings_of_a_unit_are_its_own_else_its_nearest_parents(
    listed, subject, mode, publishing
):
    told = {(s.id, s.subject): s.value for s in _effective_settings(listed, PATHS)}
    assert told[f"{SHARING}.externalSharingMode", subject] == mode
    assert told[f"{SHARING}.allowPublishingFiles", subject] is publishing


def test_a_unit_that_sets_nothing_is_not_told():
    listed: Any = [policy("1", SHARING, OPEN), policy("4", "chat.x", {"y": 1})]
    told = _effective_settings(listed, PATHS)
    assert {(s.id.rpartition(".")[0], s.subject) for s in told} == {
        (SHARING, "/"),
        ("chat.x", "/HR"),
    }


def test_what_the_configuration_leaves_out_is_a_standing_blind_spot(stage):
    with stage.open() as opened:
        opened.table |= {"policies": False, "group_settings": False}
        connector, lent = opened.connector()
        connector.tenant()
        ends: Any = {s.id: scan(connector, lent, s)[-1] for s in scan_order(connector.scopes())}
        paths = {path for _, path in opened.service.requests}
    assert {i for i, c in ends.items() if c.status is Status.SKIPPED and c.standing} == {
        "policies",
        "group-settings",
    } | {scope.id for scope in BLIND_SPOTS}
    assert not [p for p in paths if p.startswith(("/v1/", "/groups/"))]


def test_restrictions_of_a_shared_drive_are_settings(stage):
    with stage.open() as opened:
        drives = [r for rs in opened.scan_all().values() for r in facts_in(rs)]
    told = {(r.id, r.subject): r.value for r in drives if isinstance(r, Setting)}
    assert told["drive.restrictions.domainUsersOnly", "監査 Audit 2019"] is True
    assert told["drive.restrictions.domainUsersOnly", "営業部 Sales"] is False


def test_what_is_never_read_stands_in_the_coverage(stage):
    with stage.open() as opened:
        readings: Any = opened.scan_all()
    for scope in BLIND_SPOTS:
        coverage = readings[scope.id][-1]
        assert (coverage.status, coverage.standing) == (Status.SKIPPED, True)
        assert coverage.reason.key.startswith("google.blind_")
        assert coverage.hint.key == f"{coverage.reason.key}_hint"
