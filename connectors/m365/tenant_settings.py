"""The tenant's sharing settings and access policies in Microsoft Graph, by the vendor's names.

A setting that cannot be read is UNKNOWN, and its scope is not complete.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/sharepointsettings-get (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/authorizationpolicy-get (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/crosstenantaccesspolicyconfigurationdefault-get (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/crosstenantaccesspolicy-list-partners (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from connectors.m365.graph import Graph, Json
from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import (
    UNKNOWN,
    Coverage,
    Record,
    Scope,
    Setting,
    Started,
    Status,
    Unknown,
)

SHAREPOINT_SETTINGS = Scope(id="sharepoint-settings", title="SharePoint settings")
ENTRA_POLICIES = Scope(id="entra-policies", title="Microsoft Entra policies")

Value = str | int | bool | Unknown | None

_SHAREPOINT_NAMES = (
    "sharingCapability",
    "sharingDomainRestrictionMode",
    "sharingAllowedDomainList",
    "sharingBlockedDomainList",
    "isResharingByExternalUsersEnabled",
    "isRequireAcceptingUserToMatchInvitedUserEnabled",
    "isLegacyAuthProtocolsEnabled",
    "isUnmanagedSyncAppForTenantRestricted",
    "idleSessionSignOut",
    "deletedUserPersonalSiteRetentionPeriodInDays",
)
_AUTHORIZATION_NAMES = (
    "allowInvitesFrom",
    "guestUserRoleId",
    "allowEmailVerifiedUsersToJoinOrganization",
    "allowedToSignUpEmailBasedSubscriptions",
)
_CROSS_TENANT_NAMES = (
    "b2bCollaborationInbound",
    "b2bCollaborationOutbound",
    "b2bDirectConnectInbound",
    "b2bDirectConnectOutbound",
    "inboundTrust",
    "automaticUserConsentSettings",
)
_DEFAULT_NAMES = ("isServiceDefault", *_CROSS_TENANT_NAMES)
_PARTNER_NAMES = ("isServiceProvider", "isInMultiTenantOrganization", *_CROSS_TENANT_NAMES)


class TenantSettingsReader:
    """The scans of the settings that Graph returns."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def read_sharepoint(self) -> Iterator[Record]:
        """Yield the sharing settings of SharePoint and OneDrive.

        Raises:
            AccessDenied: SharePointTenantSettings.Read.All is missing; the settings were yielded
                as UNKNOWN before.
        """
        yield Started(full=True, resumed=False)
        read = "/admin/sharepoint/settings"
        yield from self._settings("sharepointSettings", read, _SHAREPOINT_NAMES)
        yield Coverage(status=Status.COMPLETE)

    def read_entra(self) -> Iterator[Record]:
        """Yield who may invite, what guests may see, and the access rules for other tenants.

        Raises:
            AccessDenied: Policy.Read.All is missing; the settings were yielded as UNKNOWN before.
        """
        yield Started(full=True, resumed=False)
        refused: ConnectorError | None = None
        cross = "crossTenantAccessPolicyConfiguration"
        for resource, path, names in (
            ("authorizationPolicy", "/policies/authorizationPolicy", _AUTHORIZATION_NAMES),
            (f"{cross}Default", "/policies/crossTenantAccessPolicy/default", _DEFAULT_NAMES),
        ):
            try:
                yield from self._settings(resource, path, names)
            except ConnectorError as error:  # the other policies may be readable
                refused = error
        if refused is not None:
            raise refused
        for page in self._graph.pages("/policies/crossTenantAccessPolicy/partners"):
            for partner in page.values:
                partner_settings = settings_of(f"{cross}Partner", partner, _PARTNER_NAMES)
                yield from (_for_partner(setting, partner) for setting in partner_settings)
        yield Coverage(status=Status.COMPLETE)

    def _settings(self, resource: str, path: str, names: Sequence[str]) -> Iterator[Setting]:
        """Yield the properties of a resource.

        Raises:
            ConnectorError: The resource cannot be read; all were yielded as UNKNOWN before.
        """
        try:
            found = self._graph.get(path)
        except ConnectorError:
            yield from settings_of(resource, {}, names)
            raise
        yield from settings_of(resource, found, names)


def settings_of(resource: str, found: Json, names: Sequence[str]) -> Iterator[Setting]:
    """Yield the named properties as settings: one for each, or one for each part of an object.

    A property that is absent is UNKNOWN.
    """
    for name in names:
        value: object = found.get(name, UNKNOWN)
        parts = cast(Json, value) if isinstance(value, dict) else {}
        if parts and not _is_access_rule(parts):
            for part, inner in parts.items():
                yield Setting(id=f"{resource}.{name}.{part}", value=value_of(inner))
        else:
            yield Setting(id=f"{resource}.{name}", value=value_of(cast(object, value)))


def value_of(value: object) -> Value:
    """Return the value of a property as one cell; a list is sorted and joined with commas."""
    if value is None or isinstance(value, str | int | bool | Unknown):
        return value
    if isinstance(value, list):
        return ", ".join(sorted(str(one) for one in cast(list[object], value)))
    return _allowed_targets(cast(Json, value)) if isinstance(value, dict) else UNKNOWN


def _is_access_rule(value: Json) -> bool:
    """Whether an object is an access rule (`crossTenantAccessPolicyB2BSetting`)."""
    return "usersAndGroups" in value or "applications" in value


def _allowed_targets(value: Json) -> str | Unknown:
    """Return the targets of an access rule: `allowed`, or `allowed: <ids>`.

    Users and groups come first; applications follow after a slash where they differ.
    """
    sides = (_targets_text(value.get("usersAndGroups")), _targets_text(value.get("applications")))
    texts = [side for side in sides if side]
    return " / ".join(dict.fromkeys(texts)) if texts else UNKNOWN


def _targets_text(target: Mapping[str, Any] | None) -> str:
    if not target or not target.get("accessType"):
        return ""
    names = sorted(str(t.get("target")) for t in target.get("targets") or ())
    everybody = set(names) <= {"AllUsers", "AllApplications"}
    return str(target["accessType"]) + ("" if everybody else f": {', '.join(names)}")


def _for_partner(setting: Setting, partner: Json) -> Setting:
    tenant = str(partner.get("tenantId") or "?")
    return Setting(id=setting.id, value=setting.value, subject=tenant)
