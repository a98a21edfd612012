from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

import pytest

from connectors.m365.demo.directory import DirectoryRole
from connectors.m365.demo.errors import error_response
from connectors.m365.demo.people import (
    AFFILIATES,
    ALPHA,
    BETA,
    BLOCKED,
    DELETED_TEAM,
    ENGINEERS,
    FORMER_EMPLOYEE,
    GMAIL,
    GUESTS,
    LAUNCH,
    NESTED,
    OFFICE,
    PENDING,
    PLAZA,
    SALES_TEAM,
    SATO,
    SYNCED,
    TEAMS,
)
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Checkpoint,
    CountedItems,
    Item,
    Membership,
    Principal,
    PrincipalKind,
    Record,
    Started,
    State,
    Status,
)
from connectors.sdk.testing import facts_in

from .conftest import House, end_of

ENTRA = "Microsoft Entra ID"
ACCOUNT = PrincipalKind.ACCOUNT


def principals(records: list[Record]) -> dict[str, Principal]:
    return {r.id: r for r in records if isinstance(r, Principal)}


@pytest.fixture
def mentioned(house: House) -> House:
    house.lent.groups_seen |= dict.fromkeys(TEAMS)
    return house


def test_every_guest_comes_with_its_state(house: House) -> None:
    found = principals(house.read(ENTRA))
    assert len(found) == len(GUESTS) + 1  # and one from outside who is a member
    assert found[PENDING.id].state is State.PENDING
    assert str(found[PENDING.id].invited_at) == "2026-07-15 00:00:00+00:00"
    assert found[BLOCKED.id].state is State.DISABLED
    assert found[GMAIL.id].last_sign_in is None
    assert all(p.external is True for p in found.values())


def test_without_a_premium_licence_sign_ins_are_unknown_and_nothing_is_missing(
    house: House,
) -> None:
    house.tenant.directory.premium = False
    records = house.read(ENTRA)
    assert {p.last_sign_in for p in principals(records).values()} == {UNKNOWN}
    assert end_of(records).status is Status.COMPLETE


def test_without_the_audit_permission_sign_ins_are_unknown_and_the_hint_names_it(
    house: House,
) -> None:
    missing = error_response(403, "Authentication_MSGraphPermissionMissing")
    house.fail(lambda r: missing if "signInActivity" in r.query.get("$select", "") else None)
    end = end_of(house.read(ENTRA))
    assert end.status is Status.PARTIAL
    assert "AuditLog.Read.All" in str(end.hint)


def test_only_groups_that_grants_mention_are_read(house: House) -> None:
    house.lent.groups_seen[SALES_TEAM.id] = None
    found = principals(house.read(ENTRA)).values()
    assert [p.name for p in found if p.kind is PrincipalKind.GROUP] == ["営業部"]


def test_a_group_is_counted_and_its_outsiders_are_named_nested_ones_included(
    mentioned: House,
) -> None:
    records = mentioned.read(ENTRA)
    found = principals(records)
    inside = {(m.group_id, m.member, m.audience) for m in records if isinstance(m, Membership)}
    assert found[SALES_TEAM.id].members == 3
    assert inside == {
        (SALES_TEAM.id, BETA.mail, Audience.EXT_NAMED),
        (ENGINEERS.id, NESTED.mail, Audience.EXT_NAMED),
        (AFFILIATES.id, SYNCED.mail, Audience.EXT_NAMED),
        (PLAZA.id, "*", Audience.ORG_DISCOVERABLE),
    }


def test_a_deleted_group_is_deleted_and_not_unread(mentioned: House) -> None:
    records = mentioned.read(ENTRA)
    gone = principals(records)[DELETED_TEAM.id]
    assert (gone.state, gone.members) == (State.DELETED, 0)
    assert end_of(records).status is Status.COMPLETE


def test_the_owners_of_a_group_are_read_as_a_group_of_their_own(house: House) -> None:
    house.lent.groups_seen[f"{SALES_TEAM.id}_o"] = None
    records = house.read(ENTRA)
    assert principals(records)[f"{SALES_TEAM.id}_o"].members == 1
    assert not [m for m in records if isinstance(m, Membership)]  # the guest is no owner


def test_a_group_that_may_not_be_read_leaves_no_record_and_a_reason(mentioned: House) -> None:
    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/$batch"):
            return None
        answer = mentioned.tenant.respond(request)
        assert isinstance(answer.body, dict)
        mine = {p["id"] for p in request.json()["requests"] if SALES_TEAM.id in p["url"]}
        for part in answer.body["responses"]:
            if part["id"] in mine:
                part |= {
                    "status": 403,
                    "body": error_response(403, "Authorization_RequestDenied").body,
                }
        return answer

    mentioned.fail(fault)
    records = mentioned.read(ENTRA)
    assert SALES_TEAM.id not in principals(records)
    assert end_of(records).status is Status.PARTIAL
    assert "GroupMember.Read.All" in str(end_of(records).hint)


def test_a_page_of_guests_that_cannot_be_found_again_starts_over(house: House) -> None:
    whole = house.read(ENTRA)
    at, cursor = next(
        (n, r.cursor)
        for n, r in enumerate(whole)
        if isinstance(r, Checkpoint) and "/users" in r.cursor
    )
    expired = error_response(400, "Directory_ExpiredPageToken")
    house.stage.inject_fault(lambda r, n: expired if _later(r) and n == 1 else None)
    records = house.read(ENTRA, cursor)
    assert records[0] == Started(full=True, resumed=False)
    assert facts_in(records) == facts_in(whole)
    house.stage.inject_fault(None)
    assert facts_in(house.read(ENTRA, cursor)) == facts_in(whole[at:])


def _later(request: Request) -> bool:
    guests = "$filter" in request.query
    return request.path.endswith("/users") and "$skiptoken" in request.query and guests


def test_a_guest_comes_with_its_sponsor_its_roles_and_what_it_owns(house: House) -> None:
    found = principals(house.read(ENTRA))
    assert found[ALPHA.id].sponsor == SATO.mail
    assert found[BETA.id].sponsor is None
    assert found[NESTED.id].roles == (f"owner of {LAUNCH.name}", "Directory Readers")
    assert found[ALPHA.id].roles == ()


def test_what_was_remembered_of_people_is_forgotten_in_the_next_reading(house: House) -> None:
    house.lent.scan_state(house.scope(ENTRA)).put(f"{GMAIL.id}/role/Global Reader", "Global Reader")
    assert principals(house.read(ENTRA))[GMAIL.id].roles == ()


def test_where_graph_does_not_expand_sponsors_they_are_unknown_and_the_rest_is_read(
    house: House,
) -> None:
    unsupported = error_response(400, "Request_UnsupportedQuery")
    house.fail(
        lambda r: unsupported if "sponsors" in r.query.get("$expand", "") else None,
    )
    records = house.read(ENTRA)
    found = principals(records)
    assert {p.sponsor for p in found.values()} == {UNKNOWN}
    assert found[ALPHA.id].last_sign_in is not UNKNOWN
    assert str(end_of(records).reason) == "m365.no_sponsors"


def test_a_group_that_anybody_inside_may_join_is_an_item_and_the_others_are_counted(
    house: House,
) -> None:
    records = house.read(ENTRA)
    (plaza,) = (r for r in records if isinstance(r, Item))
    (grant,) = plaza.grants
    assert (plaza.id, plaza.kind, grant.id) == (PLAZA.id, "group", "visibility")
    assert (grant.audience, grant.access) == (Audience.ORG_DISCOVERABLE, Access.EDIT)
    passed = sum(r.count for r in records if isinstance(r, CountedItems))
    assert passed == len([t for t in TEAMS.values() if not t.deleted]) - 1


def test_an_owner_who_cannot_sign_in_does_not_count(mentioned: House) -> None:
    found = principals(mentioned.read(ENTRA))
    assert found[SALES_TEAM.id].owners == 1
    assert found[OFFICE.id].owners == 0


def test_the_owners_of_a_public_group_are_not_open_to_everybody(house: House) -> None:
    house.lent.groups_seen[f"{PLAZA.id}_o"] = None
    assert not [r for r in house.read(ENTRA) if isinstance(r, Membership)]


@pytest.mark.parametrize(
    ("missing", "reason", "status"),
    [
        ("User.Read.All", "m365.no_guests", Status.PARTIAL),
        ("GroupMember.Read.All", "m365.groups_unread", Status.PARTIAL),
        ("RoleManagement.Read.Directory", "m365.no_roles", Status.PARTIAL),
        ("AuditLog.Read.All", "m365.no_sign_ins", Status.PARTIAL),
        ("User.Read.All,GroupMember.Read.All", "m365.no_guests", Status.DENIED),
        ("RoleManagement.Read.Directory,AuditLog.Read.All", "m365.no_roles", Status.PARTIAL),
    ],
)
def test_a_missing_permission_is_named_and_everything_else_is_read(
    mentioned: House, missing: str, reason: str, status: Status
) -> None:
    names = missing.split(",")
    whole = principals(mentioned.read(ENTRA))
    mentioned.tenant.granted -= set(names)
    records = mentioned.read(ENTRA)
    end = end_of(records)
    assert end.reason is not None
    assert (end.reason.key, end.status) == (reason, status)
    assert all(name in str(end.hint) for name in names)
    guests = {p.id for p in whole.values() if p.kind is PrincipalKind.GUEST}
    lost = guests if "User.Read.All" in names else set[str]()
    lost |= set(TEAMS) if "GroupMember.Read.All" in names else set()
    if "RoleManagement.Read.Directory" in names:  # it might be a directory role
        lost.add(DELETED_TEAM.id)
    assert principals(records).keys() == whole.keys() - lost


def test_without_any_group_named_a_missing_group_permission_is_still_said(house: House) -> None:
    house.tenant.granted -= {"GroupMember.Read.All"}
    assert str(end_of(house.read(ENTRA)).reason) == "m365.no_groups"


def owners(records: list[Record]) -> dict[str, State]:
    return {p.mail: p.state for p in principals(records).values() if p.kind is ACCOUNT}


def test_owners_of_open_items_are_told_present_or_gone(house: House) -> None:
    asked = (SATO.mail, FORMER_EMPLOYEE.mail, "vanished@example.co.jp", ALPHA.mail)
    house.lent.owners_seen |= dict.fromkeys(asked)
    records = house.read(ENTRA)
    assert owners(records) == {
        SATO.mail: State.ACTIVE,
        FORMER_EMPLOYEE.mail: State.DISABLED,
        "vanished@example.co.jp": State.DELETED,  # an outsider is for somebody else to know
    }
    assert all(p.external is False for p in principals(records).values() if p.kind is ACCOUNT)
    assert end_of(records).status is Status.COMPLETE


def test_an_owner_is_known_by_an_address_from_before_a_new_name(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = replace(SATO, mail="misaki.kato@example.co.jp", alias=SATO.mail)
    monkeypatch.setattr("connectors.m365.demo.directory.EMPLOYEES", (renamed,))
    house.lent.owners_seen |= {SATO.mail: None, renamed.mail: None}
    both = {SATO.mail: State.ACTIVE, renamed.mail: State.ACTIVE}
    assert owners(house.read(ENTRA)) == both


def test_who_is_mentioned_only_after_half_the_accounts_were_listed_is_not_gone(
    house: House,
) -> None:
    house.lent.owners_seen[FORMER_EMPLOYEE.mail] = None
    first = house.read(ENTRA)
    places = [r.cursor for r in first if isinstance(r, Checkpoint)]
    half = next(c for c in places if '"stage": "owners"' in c and '"next": ""' not in c)
    house.lent.owners_seen[SATO.mail] = None  # on the page that is not read again
    assert owners(house.read(ENTRA, half)) == {FORMER_EMPLOYEE.mail: State.DISABLED}


def test_an_account_from_outside_is_told_whatever_its_type(house: House) -> None:
    records = house.read(ENTRA)
    found = principals(records)[SYNCED.id]
    assert (found.kind, found.external, found.mail) == (PrincipalKind.GUEST, True, SYNCED.mail)
    assert str(found.last_sign_in) == "2026-11-03 02:00:00+00:00"
    assert found.sponsor == SATO.mail
    assert len(principals(records)) == len(GUESTS) + 1
    assert end_of(records).status is Status.COMPLETE


def test_an_account_from_outside_in_a_group_is_a_member_from_outside(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = replace(OFFICE, members=(*OFFICE.members, SYNCED))
    monkeypatch.setitem(TEAMS, OFFICE.id, mixed)
    house.lent.groups_seen[OFFICE.id] = None
    members = [r for r in house.read(ENTRA) if isinstance(r, Membership)]
    assert [(m.member, m.audience) for m in members] == [(SYNCED.mail, Audience.EXT_NAMED)]


def test_an_account_from_outside_that_owns_a_group_is_told_with_it(house: House) -> None:
    house.tenant.directory._groups = [replace(OFFICE, owners=(SATO, SYNCED))]
    found = principals(house.read(ENTRA))
    assert found[SYNCED.id].roles == (f"owner of {OFFICE.name}",)


def test_a_member_whose_kind_nobody_knows_makes_a_group_unknown_and_never_closed(
    mentioned: House,
) -> None:
    def odd(request: Request, part: dict[str, object]) -> None:
        if "/transitiveMembers/" in str(request.path) and OFFICE.id in request.path:
            for user in part["body"]["value"]:  # pyright: ignore[reportIndexIssue]
                user |= {"userType": "Visitor"}

    change_parts(mentioned, odd)
    told = [r for r in mentioned.read(ENTRA) if isinstance(r, Membership)]
    assert {m.audience for m in told if m.group_id == OFFICE.id} == {Audience.UNKNOWN}


def change_parts(house: House, change: Callable[[Request, dict[str, object]], None]) -> None:
    """Let a function change the answers to the parts of batches, and those to other requests."""

    def fault(request: Request) -> Response | None:
        answer = house.tenant.respond(request)
        if not request.path.endswith("/$batch"):
            part: dict[str, object] = {"status": answer.status, "body": answer.body}
            change(request, part)
            return replace(answer, status=part["status"], body=part["body"])
        assert isinstance(answer.body, dict)
        urls = {p["id"]: unquote(p["url"]) for p in request.json()["requests"]}
        for part in answer.body["responses"]:
            change(replace(request, path=urls[part["id"]]), part)
        return answer

    house.fail(fault)


def refuse(house: House, path: str, status: int, body: object = None) -> None:
    """Let Graph answer everything below a path with a status, as requests and in batches."""

    def change(request: Request, part: dict[str, object]) -> None:
        if path in request.path:
            part |= {"status": status, "body": body or error_response(status, "odd").body}

    change_parts(house, change)


@pytest.mark.parametrize("status", [400, 404, 501])
@pytest.mark.parametrize(
    ("path", "reason", "lost"),
    [
        ("/roleManagement/", "m365.no_roles", set[str]()),
        ("/v1.0/groups", "m365.no_groups", set[str]()),
        (f"{SALES_TEAM.id}/transitiveMembers", "m365.groups_unread", {SALES_TEAM.id}),
        (f"/groups/{OFFICE.id}/transitiveMembers", "m365.groups_unread", {OFFICE.id}),
    ],
)
def test_an_odd_answer_costs_only_what_was_asked_for(
    mentioned: House, path: str, reason: str, lost: set[str], status: int
) -> None:
    whole = principals(mentioned.read(ENTRA))
    refuse(mentioned, path, status)
    records = mentioned.read(ENTRA)
    assert principals(records).keys() == whole.keys() - lost
    end = end_of(records)
    assert (end.status, str(end.reason).partition(" ")[0]) == (Status.PARTIAL, reason)
    assert str(end.hint) == "m365.report"


@pytest.mark.parametrize("where", [2, 3])
@pytest.mark.parametrize("answer", [{"value": None}, {}, {"value": [], "@odata.nextLink": 0}])
def test_a_broken_later_page_of_guests_costs_the_rest_of_the_guests(
    mentioned: House, answer: object, where: int
) -> None:
    seen: list[str] = []

    def fault(request: Request) -> Response | None:
        if request.path.endswith("/users") and "Guest" in str(request.query):
            seen.append(request.path)
            if len(seen) == where:
                return Response(body=answer)
        return None

    mentioned.fail(fault)
    records = mentioned.read(ENTRA)
    assert set(TEAMS) <= principals(records).keys()
    assert where > 2 or str(end_of(records).reason) == "m365.no_guests"


@pytest.mark.parametrize("cap", [120, 500])
def test_where_graph_refuses_a_large_page_with_sign_ins_a_smaller_one_is_read(
    house: House, cap: int
) -> None:
    def fault(request: Request) -> Response | None:
        asked = "signInActivity" in request.query.get("$select", "")
        too_large = int(request.query.get("$top", 100)) > cap
        return error_response(400, "Request_BadRequest") if asked and too_large else None

    house.fail(fault)
    records = house.read(ENTRA)
    found = principals(records)
    assert found.keys() == {guest.id for guest in (*GUESTS, SYNCED)}
    assert found[ALPHA.id].last_sign_in is not UNKNOWN
    assert end_of(records).status is Status.COMPLETE


def test_where_graph_refuses_every_sign_in_the_guests_are_read_without(house: House) -> None:
    house.fail(
        lambda r: (
            error_response(400, "Request_BadRequest")
            if "signInActivity" in r.query.get("$select", "")
            else None
        )
    )
    records = house.read(ENTRA)
    assert principals(records).keys() == {guest.id for guest in (*GUESTS, SYNCED)}
    assert str(end_of(records).reason) == "m365.no_sign_ins"


ROLE = DirectoryRole("Global Administrator", (SATO, NESTED))


@pytest.mark.parametrize("id_", [ROLE.id, ROLE.template])
def test_a_directory_role_is_no_deleted_group_and_its_holders_are_read(
    house: House, id_: str
) -> None:
    house.tenant.directory.roles = (ROLE,)
    house.lent.groups_seen[id_] = None
    records = house.read(ENTRA)
    found = principals(records)[id_]
    assert (found.state, found.name, found.members) == (State.ACTIVE, ROLE.name, 2)
    assert [m.member for m in records if isinstance(m, Membership)] == [NESTED.mail]


def test_a_role_that_nobody_holds_is_no_deleted_group(house: House) -> None:
    house.lent.groups_seen[GLOBAL] = None
    refuse(house, "/directoryRoles", 404)
    template = {"id": GLOBAL, "displayName": "Global Administrator"}

    def change(request: Request, part: dict[str, object]) -> None:
        if "/directoryRoleTemplates/" in request.path:
            part |= {"status": 200, "body": template}

    change_parts(house, change)
    found = principals(house.read(ENTRA))[GLOBAL]
    assert (found.state, found.name, found.members) == (State.ACTIVE, "Global Administrator", 0)


GLOBAL = "62e90394-69f5-4237-9190-012177145e10"


@pytest.mark.parametrize("status", [403, 400, 500])
def test_where_roles_cannot_be_read_an_unknown_id_is_not_deleted(house: House, status: int) -> None:
    house.lent.groups_seen |= {DELETED_TEAM.id: None, GLOBAL: None}
    refuse(house, "/directoryRole", status)
    records = house.read(ENTRA)
    assert DELETED_TEAM.id not in principals(records)
    assert principals(records)[GLOBAL].state is State.ACTIVE
    assert str(end_of(records).reason) == "m365.no_roles"


def test_a_group_that_lists_fewer_people_than_it_counts_is_not_read(mentioned: House) -> None:
    def change(request: Request, part: dict[str, object]) -> None:
        if f"{SALES_TEAM.id}/transitiveMembers" in request.path:
            part |= {"body": {"@odata.count": 3, "value": []}}

    change_parts(mentioned, change)
    records = mentioned.read(ENTRA)
    assert SALES_TEAM.id not in principals(records)
    assert "m365.groups_unread" in str(end_of(records).reason)


def test_an_account_that_does_not_say_whether_it_is_enabled_is_unknown(house: House) -> None:
    def silent(request: Request) -> Response | None:
        answer = house.tenant.respond(request)
        if "proxyAddresses" not in request.query.get("$select", ""):
            return None
        assert isinstance(answer.body, dict)
        for user in answer.body["value"]:
            del user["accountEnabled"]
        return answer

    house.fail(silent)
    house.lent.owners_seen[SATO.mail] = None
    assert owners(house.read(ENTRA)) == {SATO.mail: State.UNKNOWN}


def test_where_accounts_may_not_be_read_no_owner_counts_as_gone(house: House) -> None:
    denied = error_response(403, "Authorization_RequestDenied")
    house.fail(lambda r: denied if "proxyAddresses" in r.query.get("$select", "") else None)
    house.lent.owners_seen[SATO.mail] = None
    records = house.read(ENTRA)
    assert owners(records) == {}
    assert end_of(records).status is Status.PARTIAL
    assert "User.Read.All" in str(end_of(records).hint)
