"""An answer that says nothing is no empty list: what it was about is unread, and named."""

import re
from collections import Counter
from typing import Any

import pytest

from connectors.google.api import MAX_IDLE_PAGES, PageGuard, checked_list, checked_text, iter_items
from connectors.google.demo.model import identifier
from connectors.google.demo.responses import error
from connectors.google.demo.scenario import SALES
from connectors.google.errors import AclForbidden, ApiDenied
from connectors.google.read_gaps import MAX_ALIKE, RefusalStreak
from connectors.sdk.errors import (
    AccessDenied,
    ConnectorError,
    QuotaExhausted,
    SignInError,
    UnexpectedResponse,
    Unreachable,
)
from connectors.sdk.local_server import Response
from connectors.sdk.message import say
from connectors.sdk.records import Audience, Checkpoint, Item, Status
from connectors.sdk.testing import ConnectorHarness, facts_in, scan

SATO = "sato@example.co.jp"
HR = "hr@example.co.jp"
NOTHING = [
    {},
    {"error": {"code": 500}},
    {"error": "backendError"},
    {"kind": "something#else"},
    {"files": None, "drives": None, "users": None, "changes": None, "permissions": None},
    {"files": {}, "drives": {}, "users": {}, "changes": {}, "permissions": {}, "members": {}},
    {"files": ["x"], "drives": ["x"], "users": ["x"], "changes": ["x"], "permissions": ["x"]},
    {"files": [], "drives": [], "users": [], "groups": [], "error": {"code": 500}},
]


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


def at_parts(stage, fault):
    """Let a fault answer first, the parts of a batch included."""
    respond = stage.tenant.respond
    stage.tenant.respond = lambda request: fault(request) or respond(request)


def answering(pattern, body):
    """Return a fault that answers a path with a body and status 200."""

    def fault(request):
        return Response(body=body) if re.fullmatch(pattern, request.path) else None

    return fault


def reading(opened, title, cursor=None) -> Any:
    connector, lent = opened.connector()
    connector.tenant()
    scope = next(s for s in connector.scopes() if title in (s.title, s.id))
    return scan(connector, lent, scope, cursor)


@pytest.mark.parametrize("body", NOTHING)
@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/drive/v3/files", SATO),
        ("/drive/v3/files", f"drive:{SALES}"),
        (f"/drive/v3/files/{SALES}/permissions", f"drive:{SALES}"),
        (f"/drive/v3/files/{identifier('共同提案')}/permissions", f"drive:{SALES}"),
        ("/admin/directory/v1/groups", "directory"),
        ("/groups/v1/groups/hr@example.co.jp", "directory"),
        ("/v1/policies", "policies"),
    ],
)
def test_a_success_without_what_was_requested_is_never_complete(stage, path, scope, body):
    with stage.open() as opened:
        at_parts(stage, answering(path, body))
        coverage = reading(opened, scope)[-1]
    assert coverage.status is not Status.COMPLETE
    assert coverage.reason is not None
    assert coverage.hint is not None


@pytest.mark.parametrize("body", NOTHING)
@pytest.mark.parametrize("scope", [SATO, f"drive:{SALES}"])
def test_without_a_place_in_the_log_the_next_scan_reads_everything(stage, scope, body):
    with stage.open() as opened:
        calm = reading(opened, scope)
        at_parts(stage, answering("/drive/v3/changes/startPageToken", body))
        records = reading(opened, scope)
    assert facts_in(records) == facts_in(calm)
    assert records[-1].status is Status.COMPLETE
    assert [r.cursor for r in records if isinstance(r, Checkpoint)][-1] == ""


@pytest.mark.parametrize("body", NOTHING)
@pytest.mark.parametrize(
    "path",
    [
        "/admin/directory/v1/customer/my_customer/domains",
        "/admin/directory/v1/users/audit-admin@example.co.jp",
    ],
)
def test_a_tenant_without_itself_is_no_sign_in(stage, path, body):
    with stage.open() as opened:
        at_parts(stage, answering(path, body))
        with pytest.raises(ConnectorError) as caught:
            opened.connector()[0].tenant()
    assert not isinstance(caught.value, SignInError)


@pytest.mark.parametrize("body", [*NOTHING, {"domains": []}])
def test_a_tenant_without_domains_has_no_outside(stage, body):
    path = "/admin/directory/v1/customer/my_customer/domains"
    with stage.open() as opened:
        at_parts(stage, answering(path, body))
        with pytest.raises(UnexpectedResponse):
            opened.connector()[0].tenant()


@pytest.mark.parametrize("body", NOTHING)
def test_users_that_are_no_list_are_no_users(stage, body):
    with stage.open() as opened:
        connector, _ = opened.connector()
        connector.tenant()
        at_parts(stage, answering("/admin/directory/v1/users", body))
        with pytest.raises(UnexpectedResponse):
            list(connector.scopes())


@pytest.mark.parametrize(
    ("page", "kind", "entries"),
    [
        ({"files": []}, "", []),
        ({"files": [{"id": "1"}]}, "", [{"id": "1"}]),
        ({"kind": "a#b"}, "a#b", []),
        ({"kind": "a#b", "files": [{}]}, "a#b", [{}]),
        ({"kind": "a#c"}, "a#b", None),
        ({"kind": "a#b", "files": None}, "a#b", None),
        ({"kind": "a#b"}, "", None),
        ({}, "a#b", None),
        ({}, "", None),
        ({"files": {}}, "", None),
        ({"files": "none"}, "", None),
        ({"files": [[]]}, "", None),
    ],
)
def test_a_list_is_what_google_sends_as_one(page, kind, entries):
    if entries is None:
        with pytest.raises(UnexpectedResponse):
            checked_list(page, "files", kind=kind)
    else:
        assert checked_list(page, "files", kind=kind) == entries


@pytest.mark.parametrize("value", [None, "", 7, [], {}, ["x"]])
def test_a_text_that_is_none_is_refused(value):
    with pytest.raises(UnexpectedResponse):
        checked_text({"id": value}, "id")
    with pytest.raises(UnexpectedResponse):
        checked_text({}, "id")


PAGES = {  # token -> its page: entries, next token
    "the next is itself": {"": ("a", "1"), "1": ("b", "1")},
    "two name each other": {"": ("a", "1"), "1": ("b", "2"), "2": ("c", "1")},
    "a ring of three": {"": ("a", "1"), "1": ("b", "2"), "2": ("c", "3"), "3": ("d", "1")},
}


@pytest.mark.parametrize("pages", PAGES.values(), ids=PAGES)
def test_a_listing_that_comes_back_to_a_page_ends(pages):
    def page(token):
        name, following = pages[token or ""]
        return {"files": [{"id": name}], "nextPageToken": following}

    with pytest.raises(UnexpectedResponse) as caught:
        list(iter_items(page, "files"))
    assert caught.value.message.key == "google.page_loop"


def test_a_page_that_comes_again_under_ever_new_tokens_ends():
    tokens = iter(range(10_000))
    page = {"files": [{"id": "1"}]}
    with pytest.raises(UnexpectedResponse):
        list(iter_items(lambda _: page | {"nextPageToken": str(next(tokens))}, "files"))


def test_pages_without_entries_end_after_a_thousand_and_not_before():
    guard = PageGuard("files")
    for number in range(MAX_IDLE_PAGES - 1):
        assert guard.next_token({"files": [], "nextPageToken": str(number)}) == str(number)
    with pytest.raises(UnexpectedResponse):
        guard.next_token({"files": [], "nextPageToken": "more"})


@pytest.mark.parametrize("token", [{}, 0, [], 7, None])
def test_a_page_token_that_is_no_text_is_no_end(token):
    with pytest.raises(UnexpectedResponse):
        PageGuard("files").next_token({"files": [], "nextPageToken": token})


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        (SATO, "/drive/v3/files"),
        (f"drive:{SALES}", "/drive/v3/files"),
        ("directory", "/admin/directory/v1/groups"),
    ],
)
def test_two_pages_that_name_each_other_end_every_scan(stage, scope, path):
    asked = 0

    def fault(request):
        nonlocal asked
        if request.path != path:
            return None
        asked += 1
        following = "two" if request.query.get("pageToken") == "one" else "one"
        return Response(body={"files": [], "groups": [], "nextPageToken": following})

    with stage.open() as opened:
        at_parts(stage, fault)
        coverage = reading(opened, scope)[-1]
    assert coverage.reason.key == "google.page_loop"
    assert coverage.status is Status.PARTIAL
    assert asked < 10


ODD = [
    error(400, "badRequest", "Bad Request"),
    error(403, "forbidden", "no"),
    error(403, "teamDriveMembershipRequired", "no"),
    error(403, "somethingNew", "no"),
    error(401, "authError", "Invalid Credentials"),
    error(404, "notFound", "gone"),
    error(500, "internalError", "x"),
    Response(status=501, body=b"<html>"),
    Response(body=b"<html>login</html>"),
    Response(body=b""),
    Response(body=b"[" * 100_000),
    *(Response(body=body) for body in NOTHING),
    Response(body={"permissions": []}),
]


def only(path, answer):
    return lambda request: answer if request.path == path else None


@pytest.mark.parametrize("answer", ODD)
def test_one_item_whose_permissions_are_refused_costs_itself_and_nothing_else(stage, answer):
    name = "+81 電話帳.csv"
    with stage.open() as opened:
        calm = items(reading(opened, f"drive:{SALES}"))
        at_parts(stage, only(f"/drive/v3/files/{identifier(name)}/permissions", answer))
        records = reading(opened, f"drive:{SALES}")
    found = items(records)
    assert {g.audience for g in found.pop(name).grants} == {Audience.UNKNOWN}
    calm.pop(name)
    assert found == calm
    assert records[-1].status is Status.PARTIAL
    assert records[-1].reason.key == "google.acls_unread"


@pytest.mark.parametrize("answer", ODD)
def test_one_file_of_a_my_drive_whose_permissions_are_refused_costs_itself(stage, answer):
    name = "顧客名簿.xlsx"
    respond = stage.tenant.respond

    def without_acl(request):
        if request.path == f"/drive/v3/files/{identifier(name)}/permissions":
            return answer
        found = respond(request)
        for file in found.body.get("files", ()) if request.path == "/drive/v3/files" else ():
            if file["name"] == name:
                file["permissions"] = []  # an owner is always there
        return found

    with stage.open() as opened:
        calm = items(reading(opened, SATO))
        stage.tenant.respond = without_acl
        records = reading(opened, SATO)
    found = items(records)
    assert {g.audience for g in found.pop(name).grants} == {Audience.UNKNOWN}
    calm.pop(name)
    assert found == calm
    assert records[-1].reason.key == "google.acls_unread"


def items(records) -> Any:
    return {r.name: r for r in records if isinstance(r, Item)}


def test_a_hundred_alike_in_a_row_are_a_state_and_not_an_odd_one():
    refusal = AccessDenied(say("google.refused"))
    streak = RefusalStreak()
    for answer in ([], *[refusal] * (MAX_ALIKE - 1), [], refusal):
        streak.note(answer)
    for _ in range(MAX_ALIKE - 2):
        streak.note(refusal)
    with pytest.raises(AccessDenied):
        streak.note(refusal)


@pytest.mark.parametrize(
    ("answer", "raises"),
    [
        (AclForbidden(say("google.acl_refused")), False),
        (AccessDenied(say("google.refused")), False),
        (UnexpectedResponse(say("google.refused")), False),
        (ApiDenied(say("google.api_off")), True),
        (QuotaExhausted(say("sdk.throttled")), True),
        (SignInError(say("google.no_key")), True),
        (Unreachable(say("sdk.unreachable")), True),
    ],
)
def test_what_holds_for_the_next_item_too_ends_the_scan(answer, raises):
    streak = RefusalStreak()
    if raises:
        with pytest.raises(type(answer)):
            streak.note(answer)
    else:
        streak.note(answer)


def test_permissions_hidden_from_a_user_are_no_streak_however_many():
    streak = RefusalStreak()
    for _ in range(3 * MAX_ALIKE):
        streak.note(AclForbidden(say("google.acl_refused")))


@pytest.mark.parametrize("answer", ODD[:9])
def test_shared_drives_that_cannot_be_listed_cost_the_shared_drives_only(stage, answer):
    with stage.open() as opened:
        connector, lent = opened.connector()
        connector.tenant()
        calm = list(connector.scopes())
        at_parts(stage, only("/drive/v3/drives", answer))
        found = list(connector.scopes())
        (stand_in,) = [s for s in found if s.stands_for]
        coverage: Any = scan(connector, lent, stand_in)[-1]
    assert [s for s in found if not s.stands_for] == [s for s in calm if "drive:" not in s.id]
    assert (stand_in.id, stand_in.stands_for) == ("shared-drives", "drive:")
    assert coverage.status is not Status.COMPLETE


@pytest.mark.parametrize("times", [1, 2])
def test_a_token_that_dies_inside_a_batch_is_renewed_and_the_parts_are_asked_again(stage, times):
    dead = error(401, "authError", "Invalid Credentials")
    asked = Counter()

    def fault(request):
        if not request.path.endswith("/permissions") or "user-agent" in request.headers:
            return None
        asked[request.path] += 1
        return dead if asked[request.path] <= times else None

    with stage.open() as opened:
        calm = reading(opened, f"drive:{SALES}")
        tokens = [path for _, path in opened.service.requests].count("/token")
        at_parts(stage, fault)
        records = reading(opened, f"drive:{SALES}")
        renewed = [path for _, path in opened.service.requests].count("/token") - 2 * tokens
    if times == 1:
        assert facts_in(records) == facts_in(calm)
        assert records[-1].status is Status.COMPLETE
        assert renewed == 3  # once for each batch of permissions
    else:
        assert records[-1].reason.key == "google.acls_unread"
        assert renewed == 3


def test_of_a_batch_only_the_parts_whose_token_died_are_asked_again(stage):
    dead = error(401, "authError", "Invalid Credentials")
    asked = Counter()

    def fault(request):
        if request.path.endswith("/permissions") and "user-agent" not in request.headers:
            asked[request.path] += 1
            return dead if asked.total() == 1 else None
        return None

    with stage.open() as opened:
        at_parts(stage, fault)
        records = reading(opened, f"drive:{SALES}")
    assert records[-1].status is Status.COMPLETE
    assert sorted(asked.values())[-2:] == [1, 2]


def test_a_part_that_says_drive_is_off_is_no_dead_token(stage):
    off = error(401, "authError", "Active session is invalid. Error code: 4")
    with stage.open() as opened:
        at_parts(
            stage,
            lambda r: (
                off if r.path.endswith("/permissions") and "user-agent" not in r.headers else None
            ),
        )
        records = reading(opened, f"drive:{SALES}")
    assert records[-1].reason.key == "google.session_invalid"


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([["a", "b"], ["c"]], ["a", "b", "c"]),
        ([["a", "b"], ["b", "c"]], ["a", "b", "c"]),  # the list grew at its front meanwhile
        ([["a", "b"], ["b"], ["c"]], ["a", "b", "c"]),
        ([["a"], [], ["a"]], ["a", "a"]),  # only the page before is remembered
    ],
)
def test_a_file_that_two_pages_show_counts_once(pages, found):
    guard, met = PageGuard("files"), []
    for number, names in enumerate(pages):
        page = {"files": [{"id": n} for n in names], "nextPageToken": str(number)}
        met += [entry["id"] for entry in guard.new_entries(page)]
        guard.next_token(page)
    assert met == found
