from typing import Any

import pytest

from connectors.m365.demo.errors import error_response
from connectors.m365.demo.teams import PARTNER
from connectors.m365.tenant_settings import settings_of, value_of
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import UNKNOWN, Record, Setting, Status

from .conftest import House, end_of

SHAREPOINT, POLICIES = "SharePoint settings", "Microsoft Entra policies"
CROSS = "crossTenantAccessPolicyConfiguration"
CROSS_PATH = "/policies/crossTenantAccessPolicy"


def values(records: list[Record]) -> dict[tuple[str, str], object]:
    return {(r.id, r.subject): r.value for r in records if isinstance(r, Setting)}


@pytest.mark.parametrize(
    ("scope", "id_", "subject", "value"),
    [
        (SHAREPOINT, "sharepointSettings.sharingCapability", "", "externalUserAndGuestSharing"),
        (SHAREPOINT, "sharepointSettings.sharingBlockedDomainList", "", "gmail.com, rival.example"),
        (SHAREPOINT, "sharepointSettings.sharingAllowedDomainList", "", ""),
        (SHAREPOINT, "sharepointSettings.isResharingByExternalUsersEnabled", "", True),
        (SHAREPOINT, "sharepointSettings.idleSessionSignOut.isEnabled", "", False),
        (POLICIES, "authorizationPolicy.allowInvitesFrom", "", "everyone"),
        (POLICIES, f"{CROSS}Default.b2bCollaborationInbound", "", "allowed"),
        (POLICIES, f"{CROSS}Default.b2bDirectConnectInbound", "", "blocked"),
        (POLICIES, f"{CROSS}Default.inboundTrust.isMfaAccepted", "", False),
        (POLICIES, f"{CROSS}Partner.b2bDirectConnectInbound", PARTNER, "allowed"),
        (POLICIES, f"{CROSS}Partner.b2bCollaborationInbound", PARTNER, None),
    ],
)
def test_a_setting_bears_the_name_of_the_vendor(
    house: House, scope: str, id_: str, subject: str, value: object
) -> None:
    records = house.read(scope)
    assert values(records)[id_, subject] == value
    assert end_of(records).status is Status.COMPLETE


@pytest.mark.parametrize(
    ("scope", "missing", "setting"),
    [
        (
            SHAREPOINT,
            "SharePointTenantSettings.Read.All",
            "sharepointSettings.sharingCapability",
        ),
        (POLICIES, "Policy.Read.All", "authorizationPolicy.allowInvitesFrom"),
        (POLICIES, "Policy.Read.All", f"{CROSS}Default.b2bCollaborationInbound"),
    ],
)
def test_without_the_permission_a_setting_is_unknown_and_the_row_names_it(
    house: House, scope: str, missing: str, setting: str
) -> None:
    house.tenant.granted -= {missing}
    records = house.read(scope)
    assert values(records)[setting, ""] is UNKNOWN
    assert end_of(records).status is Status.DENIED
    assert missing in str(end_of(records).hint)


def target(access: str | None, *targets: str) -> dict[str, Any]:
    return {"accessType": access, "targets": [{"target": t} for t in targets]}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("x", "x"),
        (None, None),
        (False, False),
        (3, 3),
        ([], ""),
        (["b", "a"], "a, b"),
        ({"usersAndGroups": target("allowed", "AllUsers")}, "allowed"),
        (
            {
                "usersAndGroups": target("allowed", "AllUsers"),
                "applications": target("allowed", "AllApplications"),
            },
            "allowed",
        ),
        (
            {
                "usersAndGroups": target("allowed", "g2", "g1"),
                "applications": target("blocked", "AllApplications"),
            },
            "allowed: g1, g2 / blocked",
        ),
        ({"usersAndGroups": None, "applications": None}, UNKNOWN),
        ({"usersAndGroups": target(None)}, UNKNOWN),
        (1.5, UNKNOWN),
    ],
)
def test_a_value_fits_into_one_cell_and_is_never_guessed(value: object, told: object) -> None:
    assert value_of(value) == told


def test_a_property_that_is_not_told_is_unknown() -> None:
    assert list(settings_of("r", {}, ("a",))) == [Setting(id="r.a", value=UNKNOWN)]


def test_a_property_that_not_every_tenant_has_is_no_setting_where_it_is_not_told() -> None:
    found = settings_of("r", {"b": 1}, ("a",), ("b", "c"))
    assert [(s.id, s.value) for s in found] == [("r.a", UNKNOWN), ("r.b", 1)]


PATHS = ("/admin/sharepoint/settings", "/policies/authorizationPolicy", f"{CROSS_PATH}/default")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("wrap", [lambda b: {"value": b}, lambda b: {"value": [b]}])
def test_an_object_inside_value_is_read_as_the_object(house: House, path: str, wrap: Any) -> None:
    scope = SHAREPOINT if "sharepoint" in path else POLICIES
    whole = values(house.read(scope))

    def fault(request: Request) -> Response | None:
        inside = Response(body=wrap(house.tenant.respond(request).body))
        return inside if request.path.endswith(path) else None

    house.fail(fault)
    records = house.read(scope)
    assert values(records) == whole
    assert end_of(records).status is Status.COMPLETE


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [{}, {"odata": 1}, {"value": []}, {"value": "x"}])
def test_an_answer_without_the_properties_is_never_complete(
    house: House, path: str, body: object
) -> None:
    scope = SHAREPOINT if "sharepoint" in path else POLICIES
    house.fail(lambda r: Response(body=body) if r.path.endswith(path) else None)
    records = house.read(scope)
    end = end_of(records)
    assert (end.status, str(end.reason).partition(" ")[0]) == (
        Status.PARTIAL,
        "m365.settings_absent",
    )
    assert UNKNOWN in values(records).values()


@pytest.mark.parametrize("status", [400, 403, 404, 500])
@pytest.mark.parametrize(
    ("path", "lost"),
    [
        ("/policies/authorizationPolicy", "authorizationPolicy."),
        (f"{CROSS_PATH}/default", f"{CROSS}Default."),
        (f"{CROSS_PATH}/partners", f"{CROSS}Partner."),
    ],
)
def test_one_policy_that_is_refused_costs_no_other(
    house: House, path: str, lost: str, status: int
) -> None:
    whole = values(house.read(POLICIES))
    house.fail(lambda r: error_response(status, "x") if r.path.endswith(path) else None)
    records = house.read(POLICIES)
    left = {k: v for k, v in whole.items() if not k[0].startswith(lost)}
    assert {k: v for k, v in values(records).items() if not k[0].startswith(lost)} == left
    assert end_of(records).status is not Status.COMPLETE


def test_rules_of_today_are_read(house: House) -> None:
    found = values(house.read(POLICIES))
    assert found[f"{CROSS}Partner.identitySynchronization.isSyncAllowed", PARTNER] is True
    rule = {"users": target("blocked", "AllUsers")}
    assert value_of(rule) == "blocked"
    assert value_of({"users": target("allowed", "u1")}) == "allowed: u1"
