"""The connector over its demo tenant, where the service is at its worst."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.google.demo import Tenant
from connectors.google.demo.model import identifier
from connectors.google.demo.responses import error
from connectors.google.demo.scenario import ABANDONED, AUDIT, BRANDS, SALES
from connectors.google.demo.token_endpoint import DELEGATED
from connectors.sdk.errors import SignInError
from connectors.sdk.local_server import Response
from connectors.sdk.records import (
    Audience,
    Checkpoint,
    CountedItems,
    Item,
    Membership,
    Principal,
    Started,
    State,
    Status,
)
from connectors.sdk.testing import ConnectorHarness, facts_in, scan, scan_order

SATO = "sato@example.co.jp"


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


def scope_of(connector, key):
    return next(s for s in connector.scopes() if key in (s.id.partition(":")[2], s.title))


def reading(opened, key, cursor=None) -> Any:
    connector, lent = opened.connector()
    connector.tenant()
    return scan(connector, lent, scope_of(connector, key), cursor)


def items(records, *, twins=False) -> Any:
    found = [r for r in records if isinstance(r, Item)]
    return found if twins else {r.name: r for r in found}


def passed(records) -> int:
    return sum(r.count for r in records if isinstance(r, CountedItems))


def at_parts(stage, fault):
    """Let a fault answer first, the parts of a batch included."""
    respond = stage.tenant.respond
    stage.tenant.respond = lambda request: fault(request) or respond(request)


def test_sign_in_tells_the_customer_and_every_own_domain(stage):
    with stage.open() as opened:
        tenant = opened.connector()[0].tenant()
    assert (tenant.id, tenant.name) == ("C0examplek", "example.co.jp")
    assert {"example.jp", "kenkyu.example.co.jp"} <= set(tenant.domains)


def test_connecting_and_importing_sends_nothing(stage):
    with stage.open() as opened:
        opened.connector()
        assert opened.service.requests == []


@pytest.mark.parametrize(
    ("code", "text", "key"),
    [
        ("invalid_grant", "Invalid JWT: Token must be a short-lived token", "clock_wrong"),
        ("invalid_grant", "Invalid JWT Signature.", "key_revoked"),
        ("invalid_grant", "Invalid email or User ID", "no_such_user"),
        ("invalid_grant", "The account has been deleted", "account_deleted"),
        ("invalid_grant", "reauth related error (rapt_required)", "reauth_asked"),
        ("access_denied", "Account restricted", "account_restricted"),
        ("unauthorized_client", "Client is unauthorized", "not_delegated"),
        ("something <new>", "secret", "token_refused"),
    ],
)
def test_a_refused_token_says_what_to_do(stage, code, text, key):
    body = {"error": code, "error_description": text}
    with stage.open() as opened:
        stage.inject_fault(lambda _request, _times: Response(status=400, body=body))
        with pytest.raises(SignInError) as caught:
            opened.connector()[0].tenant()
    assert caught.value.message.key == f"google.{key}"
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


def test_a_missing_delegation_lists_exactly_what_to_paste(stage):
    stage.tenant = Tenant(delegated=frozenset())
    with stage.open() as opened, pytest.raises(SignInError) as caught:
        opened.connector()[0].tenant()
    hint = str(caught.value.hint)
    assert all(f"https://www.googleapis.com/auth/{p}" in hint for p in DELEGATED)
    assert "100200300400500600700" in hint


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"private_key": "no"}'])
def test_a_key_file_that_is_none_is_a_sign_in_error(stage, content):
    with stage.open() as opened:
        (stage.folder / "service-account.json").write_bytes(content)
        with pytest.raises(SignInError) as caught:
            opened.connector()[0].tenant()
    assert caught.value.message.key == "google.key_unreadable"


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        ("domainPolicy", "drive_apps_off"),
        ("insufficientPermissions", "permission_missing"),
        ("accessNotConfigured", "api_off"),
        ("somethingNew", "refused"),
    ],
)
def test_a_refused_listing_is_denied_with_the_reason(stage, reason, key):
    with stage.open() as opened:
        stage.inject_fault(
            lambda r, _: error(403, reason, "x") if r.path == "/drive/v3/files" else None
        )
        coverage = reading(opened, SATO)[-1]
    assert (coverage.status, coverage.reason.key) == (Status.DENIED, f"google.{key}")


def test_a_user_without_drive_is_named_and_costs_one_call_and_one_token(stage):
    with stage.open() as opened:
        coverage = reading(opened, "ito@example.co.jp")[-1]
    assert (coverage.status, coverage.calls) == (Status.DENIED, 2)
    assert coverage.reason.key == "google.session_invalid"


@pytest.mark.parametrize(
    ("user", "key"),
    [("ito", "session_invalid"), ("mori", "no_such_user"), ("yamamoto", "account_restricted")],
)
def test_who_cannot_be_spoken_for_is_a_standing_blind_spot_unless_made_today(stage, user, key):
    mail = f"{user}@example.co.jp"
    with stage.open() as opened:
        coverage = reading(opened, mail)[-1]
        assert (coverage.status, coverage.standing) == (Status.DENIED, True)
        assert coverage.transient is (key == "session_invalid")
        assert coverage.reason.key == f"google.{key}"
        assert coverage.hint
        today = opened.connector()[1].now().isoformat()
        people = stage.tenant._people
        people[mail] = replace(people[mail], created=today)
        coverage = reading(opened, mail)[-1]
    assert (coverage.status, coverage.standing) == (Status.DENIED, False)


def test_a_token_that_dies_early_is_renewed_once(stage):
    refused = error(401, "authError", "Invalid Credentials")
    with stage.open() as opened:
        stage.inject_fault(lambda r, n: refused if r.path == "/drive/v3/files" and n == 1 else None)
        assert reading(opened, SATO)[-1].status is Status.COMPLETE
        stage.inject_fault(lambda r, _: refused if r.path == "/drive/v3/files" else None)
        coverage = reading(opened, SATO)[-1]
    assert coverage.reason.key == "google.token_not_taken"
    assert coverage.calls == 5  # two tokens, where the log stands, two refusals


def test_a_suspended_owner_is_disabled_also_after_a_resumption(stage):
    with stage.open() as opened:
        records = reading(opened, "tanaka@example.co.jp")
        assert {i.owner_state for i in items(records).values()} == {State.DISABLED}
        calls_per_user = [path for _, path in opened.service.requests if path.count("users/")]
    assert len(calls_per_user) == 1  # the administrator's own, at sign-in


def test_an_expired_page_starts_over_when_resumed_and_is_partial_in_mid_run(stage):
    expired = error(400, "invalid", "Invalid Value", location="pageToken")

    def fault(request, _times):
        return expired if "pageToken" in request.query else None

    with stage.open() as opened:
        for key in (SATO, SALES):
            whole = reading(opened, key)
            cursor = next(r.cursor for r in whole if isinstance(r, Checkpoint))
            stage.inject_fault(fault)
            again = reading(opened, key, cursor)
            assert again[0] == Started(full=True, resumed=False)
            assert again[-1].status is Status.PARTIAL
            assert again[-1].reason.key == "google.page_refused"
            stage.inject_fault(None)


def test_a_page_that_stays_refused_begins_its_list_again_and_is_read_then(stage):
    expired = error(400, "invalid", "Invalid Value", location="pageToken")

    def fault(request, times):
        return expired if "pageToken" in request.query and times < 4 else None

    with stage.open() as opened:
        for key in (SATO, SALES):
            whole = reading(opened, key)
            stage.inject_fault(fault)
            records = reading(opened, key)
            again = max(n for n, r in enumerate(records) if isinstance(r, Started))
            assert again > 0
            assert records[again] == Started(full=True, resumed=False)
            assert facts_in(records[again:]) == facts_in(whole)
            assert (records[-1].status, records[-1].items) == (whole[-1].status, whole[-1].items)
            stage.inject_fault(None)


def test_an_answer_that_google_calls_incomplete_is_partial(stage):
    def fault(request, _times):
        if request.path != "/drive/v3/files":
            return None
        return Response(body={"incompleteSearch": True, "files": []})

    with stage.open() as opened:
        stage.inject_fault(fault)
        for key in (SATO, SALES):
            assert reading(opened, key)[-1].reason.key == "google.search_cut"


def test_a_file_whose_permissions_are_not_listed_is_asked_and_else_unknown(stage):
    bare = {"files": [{"id": identifier("下書き"), "name": "x", "mimeType": "text/plain"}]}

    def listed(request, _times):
        return Response(body=bare) if request.path == "/drive/v3/files" else None

    def refused(request, times):
        acl = error(403, "insufficientFilePermissions", "no")
        return acl if request.path.endswith("/permissions") else listed(request, times)

    with stage.open() as opened:
        stage.inject_fault(listed)
        assert len(items(reading(opened, SATO))["x"].grants) == 2
        stage.inject_fault(refused)
        records = reading(opened, SATO)
    assert [g.audience for g in items(records)["x"].grants] == [Audience.UNKNOWN]
    assert records[-1].reason.key == "google.acls_unread"


def test_a_drive_falls_through_to_an_organizer_who_is_let_in(stage):
    with stage.open() as opened:
        assert reading(opened, SALES)[-1].status is Status.COMPLETE


def test_a_drive_that_only_a_group_manages_is_read_by_one_of_the_group(stage):
    with stage.open() as opened:
        records = reading(opened, BRANDS)
    assert records[-1].status is Status.COMPLETE
    # an empty first page is not the end
    assert len(items(records)) + passed(records) == 8


def test_a_drive_read_by_no_manager_is_partial(stage):
    with stage.open() as opened:
        assert reading(opened, AUDIT)[-1].reason.key == "google.not_manager"


def test_a_drive_that_nobody_inside_can_list_still_tells_its_members(stage):
    with stage.open() as opened:
        records = reading(opened, ABANDONED)
    assert records[-1].reason.key == "google.no_reader"
    (drive,) = items(records).values()
    assert {g.principal: g.principal_state for g in drive.grants} == {
        "nakamura@example.co.jp": State.DELETED,
        "boss@partner-a.example": State.UNKNOWN,
    }


def test_only_items_with_grants_of_their_own_cost_a_call(stage):
    asked = []

    def listening(request):
        if request.path.endswith("/permissions"):
            asked.append(request.path.split("/")[4])

    with stage.open() as opened:
        at_parts(stage, listening)
        reading(opened, SALES)
        # one a page, and one for what is published
        assert [p for _, p in opened.service.requests].count("/batch/drive/v3") == 4
    names = (
        "製品サイト",
        "社内ポータル",
        "来場者アンケート",
        "共同提案",
        "人事評価",
        "評価 田中.docx",
        "+81 電話帳.csv",
        "ひそかな共有.xlsx",
    )
    assert sorted(asked) == sorted([SALES, *(identifier(n) for n in names)])


def test_a_grant_that_the_service_forgot_to_flag_is_found_by_its_id(stage):
    with stage.open() as opened:
        grants = items(reading(opened, SALES))["ひそかな共有.xlsx"].grants
    assert "taro.yamada@gmail.com" in {g.principal for g in grants}


def test_an_item_that_vanishes_is_gone_and_one_that_is_refused_is_unknown(stage):
    hidden = f"/drive/v3/files/{identifier('+81 電話帳.csv')}"

    def vanished(request):
        return error(404, "notFound", "gone") if request.path.startswith(hidden) else None

    def refused(request):
        acl = error(403, "insufficientFilePermissions", "no")
        return acl if request.path == f"{hidden}/permissions" else None

    with stage.open() as opened:
        at_parts(stage, vanished)
        records = reading(opened, SALES)
        assert "+81 電話帳.csv" not in items(records)
        assert (records[-1].status, str(records[-1].reason)) == (
            Status.COMPLETE,
            "google.vanished count='1'",
        )
        stage.tenant = Tenant()
        at_parts(stage, refused)
        records = reading(opened, SALES)
    (grant,) = items(records)["+81 電話帳.csv"].grants
    assert (grant.id, grant.audience) == ("anyoneWithLink", Audience.UNKNOWN)
    assert records[-1].reason.key == "google.acls_unread"


def test_without_drive_readonly_the_missing_drives_are_a_scope_that_says_so(stage):
    stage.tenant = Tenant(delegated=DELEGATED - {"drive.readonly"})
    with stage.open() as opened:
        coverage = reading(opened, "Google Drive: shared drives")[-1]
    assert (coverage.status, coverage.reason.key) == (Status.DENIED, "google.drives_seen")
    assert {SALES, BRANDS} <= set(dict(coverage.reason.values)["drives"].split(", "))
    assert coverage.hint.key == "google.drives_seen_hint"


def test_where_no_user_sees_a_shared_drive_the_refusal_itself_is_told(stage):
    stage.tenant = Tenant(delegated=DELEGATED - {"drive.readonly"})
    nothing = Response(body={"files": []})
    with stage.open() as opened:
        stage.inject_fault(lambda r, _: nothing if r.query.get("corpora") == "allDrives" else None)
        coverage = reading(opened, "Google Drive: shared drives")[-1]
    assert coverage.reason.key == "google.not_delegated"
    assert "drive.readonly" in str(coverage.hint)


def test_drives_from_a_list_need_no_drive_readonly_and_the_rest_is_a_standing_blind_spot(stage):
    stage.tenant = Tenant(delegated=DELEGATED - {"drive.readonly"})
    with stage.open() as opened:
        opened.table["shared_drives"] = [SALES]
        assert reading(opened, SALES)[-1].status is Status.COMPLETE
        coverage = reading(opened, "Google Drive: shared drives")[-1]
        assert "/drive/v3/drives" not in {p for _, p in opened.service.requests}
    assert (coverage.status, coverage.standing) == (Status.SKIPPED, True)


def test_an_outsider_in_a_nested_group_is_a_membership_of_the_outer_group(stage):
    with stage.open() as opened:
        directory: Any = opened.scan_all()["directory"]
    assert ("project-x@example.co.jp", "kim@partner-a.example") in {
        (r.group_id, r.member) for r in directory if isinstance(r, Membership)
    }
    assert {r.id: r.members for r in directory if isinstance(r, Principal)} == {
        "hr@example.co.jp": 2,
        "project-x@example.co.jp": 4,
        "brand-managers@example.co.jp": 2,
    }
    assert {r.owners for r in directory if isinstance(r, Principal)} == {1}


def test_a_group_that_cannot_be_opened_is_no_principal_and_named(stage):
    def fault(request, _times):
        hidden = request.path.endswith("/groups/hr@example.co.jp/members")
        return error(403, "forbidden", "no") if hidden else None

    with stage.open() as opened:
        stage.inject_fault(fault)
        directory: Any = opened.scan_all()["directory"]
    assert "hr@example.co.jp" not in {r.id for r in directory if isinstance(r, Principal)}
    assert directory[-1].status is Status.PARTIAL
    assert "hr@example.co.jp" in str(directory[-1].reason)


def test_memory_holds_folders_and_shared_things_when_a_scope_is_done_and_else_nothing(stage):
    with stage.open() as opened:
        for days in (7, 0):
            opened.table["full_every_days"] = days
            connector, lent = opened.connector()
            connector.tenant()
            kept = set()
            for scope in scan_order(connector.scopes()):
                coverage: Any = scan(connector, lent, scope)[-1]
                if coverage.reason is None and scope.id in lent.scan_states:
                    kept |= set(lent.scan_states[scope.id].values)
            assert {key.partition(":")[0] for key in kept} == (
                {"at", "in", "members"} if days else set()
            )


def test_a_thousand_files_cost_what_the_plan_says(stage):
    stage.tenant = Tenant(4000)
    with stage.open() as opened:
        readings = opened.scan_all()
        calls = len(opened.service.requests)
    read_items = sum(len(items(rs, twins=True)) + passed(rs) for rs in readings.values())
    assert read_items == stage.tenant.items
    # 50 users with a token, a log and a page each, 12 drives; documents of the scenario
    assert calls <= 240


def test_a_cursor_of_another_version_starts_over(stage):
    with stage.open() as opened:
        records = reading(opened, SALES, '{"page": 7}')
    assert records[0] == Started(full=True, resumed=False)
    assert records[-1].status is Status.COMPLETE
