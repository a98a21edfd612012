"""The settings of the demo tenant: permissive, as in a tenant that was never reviewed."""

from __future__ import annotations

from typing import Any

from connectors.m365.demo.errors import error_response
from connectors.m365.demo.responses import list_response
from connectors.m365.demo.routes import Routes, route
from connectors.m365.demo.teams import PARTNER
from connectors.sdk.local_server import Request, Respond, Response

SHAREPOINT: dict[str, Any] = {
    "id": "sharepoint",
    "sharingCapability": "externalUserAndGuestSharing",
    "sharingDomainRestrictionMode": "blockList",
    "sharingAllowedDomainList": [],
    "sharingBlockedDomainList": ["rival.example", "gmail.com"],
    "isResharingByExternalUsersEnabled": True,
    "isRequireAcceptingUserToMatchInvitedUserEnabled": False,
    "isLegacyAuthProtocolsEnabled": True,
    "isUnmanagedSyncAppForTenantRestricted": False,
    "idleSessionSignOut": {
        "isEnabled": False,
        "signOutAfterInSeconds": 0,
        "warnAfterInSeconds": 0,
    },
    "deletedUserPersonalSiteRetentionPeriodInDays": 3650,
    "availableManagedPathsForSiteCreation": ["/sites/", "/teams/"],
    "siteCreationDefaultManagedPath": "/sites/",
}
AUTHORIZATION: dict[str, Any] = {
    "id": "authorizationPolicy",
    "displayName": "Authorization Policy",
    "allowInvitesFrom": "everyone",
    "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
    "allowEmailVerifiedUsersToJoinOrganization": False,
    "allowedToSignUpEmailBasedSubscriptions": True,
    "allowedToUseSSPR": True,
}


def _access_targets(access: str, *targets: str, kind: str) -> dict[str, Any]:
    return {"accessType": access, "targets": [{"target": t, "targetType": kind} for t in targets]}


def _access_rule(access: str) -> dict[str, Any]:
    return {
        "usersAndGroups": _access_targets(access, "AllUsers", kind="user"),
        "applications": _access_targets(access, "AllApplications", kind="application"),
    }


_CROSS: dict[str, Any] = {
    "b2bCollaborationInbound": _access_rule("allowed"),
    "b2bCollaborationOutbound": _access_rule("allowed"),
    "b2bDirectConnectInbound": _access_rule("blocked"),
    "b2bDirectConnectOutbound": _access_rule("blocked"),
    "inboundTrust": {
        "isMfaAccepted": False,
        "isCompliantDeviceAccepted": False,
        "isHybridAzureADJoinedDeviceAccepted": False,
    },
    "automaticUserConsentSettings": {"inboundAllowed": None, "outboundAllowed": None},
}
DEFAULT: dict[str, Any] = {"id": "default", "isServiceDefault": False, **_CROSS}
PARTNERS: tuple[dict[str, Any], ...] = (
    {
        "tenantId": PARTNER,
        "isServiceProvider": None,
        "isInMultiTenantOrganization": False,
        **_CROSS,
        "b2bDirectConnectInbound": _access_rule("allowed"),
        "b2bCollaborationInbound": None,
    },
)


def routes() -> Routes:
    """Return the routes of the settings with the permissions that they need."""
    cross = "/policies/crossTenantAccessPolicy"
    policy = "Policy.Read.All"

    def respond_with(found: dict[str, Any]) -> Respond:
        def answer(_request: Request) -> Response:
            return Response(body=found)

        return answer

    def partners(request: Request) -> Response:
        return list_response(PARTNERS, request, 100)

    def synchronization(_request: Request, tenant: str) -> Response:
        if tenant != PARTNER:
            return error_response(404, "Request_ResourceNotFound")
        sync = {"displayName": "Partner", "userSyncInbound": {"isSyncAllowed": True}}
        return Response(body={"tenantId": tenant, **sync})

    return (
        route(
            "/admin/sharepoint/settings",
            respond_with(SHAREPOINT),
            "SharePointTenantSettings.Read.All",
        ),
        route("/policies/authorizationPolicy", respond_with(AUTHORIZATION), policy),
        route(f"{cross}/default", respond_with(DEFAULT), policy),
        route(f"{cross}/partners", partners, policy),
        route(rf"{cross}/partners/([^/]+)/identitySynchronization", synchronization, policy),
    )
