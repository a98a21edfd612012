"""The tenant's sharing settings and access policies in Microsoft Graph, by the vendor's names.

A setting that cannot be read is UNKNOWN, and its scope is not complete.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/sharepointsettings-get (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/authorizationpolicy-get (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/crosstenantaccesspolicyconfigurationdefault-get (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/crosstenantaccesspolicy-list-partners (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, cast

from connectors.m365.errors import map_error
from connectors.m365.graph import BATCH, UNREADABLE, Graph, Json
from connectors.m365.spo_tenant import coverage_of_names
from connectors.sdk.batched import batched
from connectors.sdk.errors import AccessDenied, ConnectorError, UnexpectedResponse
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

_CROSS = "crossTenantAccessPolicyConfiguration"
_CROSS_PATH = "/policies/crossTenantAccessPolicy"
_SYNC = "identitySynchronization"

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
)
# Properties that not every policy has: they are settings only where they are told.
_CROSS_TENANT_MORE = (
    "automaticUserConsentSettings",
    "m365CollaborationInbound",
    "m365CollaborationOutbound",
    "appServiceConnectInbound",
    "tenantRestrictions",
)
_DEFAULT_NAMES = ("isServiceDefault", *_CROSS_TENANT_NAMES)
_DEFAULT_MORE = (*_CROSS_TENANT_MORE, "invitationRedemptionIdentityProviderConfiguration")
_PARTNER_NAMES = _CROSS_TENANT_NAMES
_PARTNER_MORE = ("isServiceProvider", "isInMultiTenantOrganization", *_CROSS_TENANT_MORE)
_RULE_PARTS = ("usersAndGroups", "users", "applications")  # of an access rule


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
        found = yield from self._settings("sharepointSettings", read, _SHAREPOINT_NAMES)
        yield coverage_of_names(_SHAREPOINT_NAMES, found)

    def read_entra(self) -> Iterator[Record]:
        """Yield who may invite, what guests may see, and the access rules for other tenants.

        Raises:
            AccessDenied: Policy.Read.All is missing; the settings were yielded as UNKNOWN before.
        """
        yield Started(full=True, resumed=False)
        refused: list[ConnectorError] = []
        absent: Coverage | None = None
        for resource, path, names, more in (
            ("authorizationPolicy", "/policies/authorizationPolicy", _AUTHORIZATION_NAMES, ()),
            (f"{_CROSS}Default", f"{_CROSS_PATH}/default", _DEFAULT_NAMES, _DEFAULT_MORE),
        ):
            try:
                found = yield from self._settings(resource, path, names, more)
            except (AccessDenied, UnexpectedResponse) as error:  # the other ones may be readable
                refused.append(error)
            else:
                named = coverage_of_names(names, found)
                absent = named if named.status is not Status.COMPLETE else absent
        try:
            for page in self._graph.pages(f"{_CROSS_PATH}/partners"):
                yield from self._partners(page.values, refused)
        except (AccessDenied, UnexpectedResponse) as error:
            refused.append(error)
        if refused:
            raise refused[0]
        yield absent or Coverage(status=Status.COMPLETE)

    def _partners(
        self, partners: Sequence[Json], refused: list[ConnectorError]
    ) -> Iterator[Setting]:
        """Yield the settings of partner tenants; note a refusal to tell what is synchronized.

        Source: https://learn.microsoft.com/en-us/graph/api/crosstenantidentitysyncpolicypartner-get (read 2026-11-30)
        """  # noqa: E501 -- an address
        for some in batched(partners, BATCH):
            paths = [f"{_CROSS_PATH}/partners/{p.get('tenantId')}/{_SYNC}" for p in some]
            for partner, path, answer in zip(some, paths, self._graph.batch(paths), strict=True):
                found = settings_of(f"{_CROSS}Partner", partner, _PARTNER_NAMES, _PARTNER_MORE)
                yield from (_for_partner(setting, partner) for setting in found)
                value: Value = None  # no synchronization was set up with this tenant
                if answer.status < 400 and "userSyncInbound" in answer.body:
                    sync = cast(Json, answer.body["userSyncInbound"] or {})
                    value = value_of(sync.get("isSyncAllowed"))
                elif answer.status != 404:
                    value = UNKNOWN
                    status = answer.status if answer.status >= 400 else UNREADABLE
                    refused.append(map_error(path, status, answer.body))
                id_ = f"{_CROSS}Partner.{_SYNC}.isSyncAllowed"
                yield _for_partner(Setting(id=id_, value=value), partner)

    def _settings(
        self, resource: str, path: str, names: Sequence[str], more: Sequence[str] = ()
    ) -> Generator[Setting, None, Json]:
        """Yield the properties of a resource; return the resource.

        Raises:
            ConnectorError: The resource cannot be read; all were yielded as UNKNOWN before.
        """
        try:
            found = _unwrapped(self._graph.get(path), names)
        except ConnectorError:
            yield from settings_of(resource, {}, names)
            raise
        yield from settings_of(resource, found, names, more)
        return found


def _unwrapped(answer: Json, names: Sequence[str]) -> Json:
    """Return the object of an answer; some pages of the documentation show it inside `value`."""
    inner = answer.get("value")
    if isinstance(inner, list) and len(cast(list[object], inner)) == 1:
        inner = cast(list[object], inner)[0]
    if isinstance(inner, dict) and not any(name in answer for name in names):
        return cast(Json, inner)
    return answer


def settings_of(
    resource: str, found: Json, names: Sequence[str], more: Sequence[str] = ()
) -> Iterator[Setting]:
    """Yield the named properties as settings: one for each, or one for each part of an object.

    Args:
        resource: The name of the resource.
        found: The resource.
        names: The properties; one that is absent is UNKNOWN.
        more: Properties that not every resource has; one that is absent is no setting.
    """
    for name in (*names, *(name for name in more if name in found)):
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
    return any(part in value for part in _RULE_PARTS)


def _allowed_targets(value: Json) -> str | Unknown:
    """Return the targets of an access rule: `allowed`, or `allowed: <ids>`.

    Users and groups come first; applications follow after a slash where they differ.
    """
    sides = (_targets_text(value.get(part)) for part in _RULE_PARTS)
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
