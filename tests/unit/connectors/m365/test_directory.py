import pytest

from connectors.m365.demo.people import (
    BETA,
    BLOCKED,
    ENGINEERS,
    GMAIL,
    GONE,
    GUESTS,
    NESTED,
    PENDING,
    PLAZA,
    SALES_TEAM,
    TEAMS,
)
from connectors.m365.demo.refusals import refusal
from connectors.sdk.loopback import Request, Response
from connectors.sdk.records import (
    UNKNOWN,
    Audience,
    Checkpoint,
    Membership,
    Principal,
    PrincipalKind,
    Record,
    Started,
    State,
    Status,
)
from connectors.sdk.testing import facts_of

from .conftest import House, end_of

ENTRA = "Microsoft Entra ID"


def principals(records: list[Record]) -> dict[str, Principal]:
    return {r.id: r for r in records if isinstance(r, Principal)}


@pytest.fixture
def mentioned(house: House) -> House:
    house.lent.mentioned |= dict.fromkeys(TEAMS)
    return house


def test_every_guest_comes_with_its_state(house: House) -> None:
    found = principals(house.read(ENTRA))
    assert len(found) == len(GUESTS)
    assert found[PENDING.id].state is State.PENDING
    assert str(found[PENDING.id].invited_at) == "2026-07-15 00:00:00+00:00"
    assert found[BLOCKED.id].state is State.DISABLED
    assert found[GMAIL.id].last_sign_in is None
    assert all(p.external is True for p in found.values())


def test_without_a_premium_licence_sign_ins_are_unknown_and_nothing_is_missing(
    house: House,
) -> None:
    house.tenant.premium = False
    records = house.read(ENTRA)
    assert {p.last_sign_in for p in principals(records).values()} == {UNKNOWN}
    assert end_of(records).status is Status.COMPLETE


def test_without_the_audit_permission_sign_ins_are_unknown_and_the_hint_names_it(
    house: House,
) -> None:
    missing = refusal(403, "Authentication_MSGraphPermissionMissing")
    house.fail(lambda r: missing if "signInActivity" in r.query.get("$select", "") else None)
    end = end_of(house.read(ENTRA))
    assert end.status is Status.PARTIAL
    assert "AuditLog.Read.All" in str(end.hint)


def test_only_groups_that_grants_mention_are_read(house: House) -> None:
    house.lent.mentioned[SALES_TEAM.id] = None
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
        (PLAZA.id, "*", Audience.ORG_DISCOVERABLE),
    }


def test_a_deleted_group_is_deleted_and_not_unread(mentioned: House) -> None:
    records = mentioned.read(ENTRA)
    gone = principals(records)[GONE.id]
    assert (gone.state, gone.members) == (State.DELETED, 0)
    assert end_of(records).status is Status.COMPLETE


def test_the_owners_of_a_group_are_read_as_a_group_of_their_own(house: House) -> None:
    house.lent.mentioned[f"{SALES_TEAM.id}_o"] = None
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
                part |= {"status": 403, "body": refusal(403, "Authorization_RequestDenied").body}
        return answer

    mentioned.fail(fault)
    records = mentioned.read(ENTRA)
    assert SALES_TEAM.id not in principals(records)
    assert end_of(records).status is Status.PARTIAL
    assert "GroupMember.Read.All" in str(end_of(records).hint)


def test_a_page_of_guests_that_cannot_be_found_again_starts_over(house: House) -> None:
    whole = house.read(ENTRA)
    cursor = next(r.cursor for r in whole if isinstance(r, Checkpoint))
    expired = refusal(400, "Directory_ExpiredPageToken")
    house.stage.fail(lambda r, n: expired if _later(r) and n == 1 else None)
    records = house.read(ENTRA, cursor)
    assert records[0] == Started(full=True, resumed=False)
    house.stage.fail(None)
    assert facts_of(house.read(ENTRA, cursor)) == facts_of(whole)[4:]


def _later(request: Request) -> bool:
    return request.path.endswith("/users") and "$skiptoken" in request.query
