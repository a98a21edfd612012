from typing import Any

import pytest

from connectors.m365.demo.teams import PARTNER
from connectors.m365.tenant_settings import settings_of, value_of
from connectors.sdk.records import UNKNOWN, Record, Setting, Status

from .conftest import House, end_of

SHAREPOINT, POLICIES = "SharePoint settings", "Microsoft Entra policies"
CROSS = "crossTenantAccessPolicyConfiguration"


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
