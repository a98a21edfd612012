"""The tenant's sharing settings that Graph does not provide, by the names of `Get-SPOTenant`.

The admin site returns them to an application that signs in with a certificate and has the
permission. Otherwise they are UNKNOWN, and the coverage says so. Microsoft documents the settings
for PowerShell and not for REST; a few bear another name there.

Sources:
    Source: https://learn.microsoft.com/en-us/powershell/module/sharepoint-online/set-spotenant (read 2026-08-15)
    Source: https://github.com/cisagov/ScubaGear/blob/HEAD/PowerShell/ScubaGear/Rego/SharepointConfig.rego (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from connectors.m365.graph import Graph, Json
from connectors.m365.sharepoint import SharePointRest
from connectors.sdk.errors import ConnectorError
from connectors.sdk.message import say
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

SPO_TENANT_PATH = "/_api/SPO.Tenant"
SPO_TENANT = Scope(id="tenant-properties", title="SharePoint admin center")

# The index is the number of the enumeration `SharingCapabilities`.
# Source: https://learn.microsoft.com/en-us/previous-versions/office/sharepoint-csom/dn174825(v=office.15) (read 2026-11-29)  # noqa: E501 -- an address
_CAPABILITY = (
    "Disabled",
    "ExternalUserSharingOnly",
    "ExternalUserAndGuestSharing",
    "ExistingExternalUserSharingOnly",
)
# The index is the number of the enumeration `SharingLinkType`.
# Source: https://learn.microsoft.com/en-us/previous-versions/office/sharepoint-csom/mt779637(v=office.15) (read 2026-11-29)  # noqa: E501 -- an address
_LINK = ("None", "Direct", "Internal", "AnonymousAccess")
# The index is the number of the enumeration `SharingPermissionType`.
# Source: https://learn.microsoft.com/en-us/powershell/module/sharepoint-online/set-spotenant (read 2026-08-15)  # noqa: E501 -- an address
_PERMISSION = ("None", "View", "Edit")
_NAMES: dict[str, tuple[str, ...]] = {
    "SharingCapability": _CAPABILITY,
    "OneDriveSharingCapability": _CAPABILITY,
    "DefaultSharingLinkType": _LINK,
    "DefaultLinkPermission": _PERMISSION,
    "FileAnonymousLinkType": _PERMISSION,
    "FolderAnonymousLinkType": _PERMISSION,
    "RequireAnonymousLinksExpireInDays": (),
    "ExternalUserExpirationRequired": (),
    "ExternalUserExpireInDays": (),
    "EmailAttestationRequired": (),
    "EmailAttestationReAuthDays": (),
    "EnableAzureADB2BIntegration": (),
    "ShowEveryoneClaim": (),
    "ShowEveryoneExceptExternalUsersClaim": (),
    "ShowAllUsersClaim": (),
    "CoreRequestFilesLinkEnabled": (),
    "OneDriveRequestFilesLinkEnabled": (),
}
"""The names of the properties, with the words for the numbers of enumerations.

REST returns numbers where PowerShell shows words.
"""
# Source: https://github.com/pnp/powershell/blob/HEAD/src/Commands/Model/SPOTenant.cs (read 2026-11-30)  # noqa: E501 -- an address
_REST_NAMES = {"OneDriveSharingCapability": "ODBSharingCapability"}
_NEWER_NAMES: dict[str, tuple[str, ...]] = {
    "CoreDefaultShareLinkScope": (),
    "CoreDefaultShareLinkRole": (),
    "OneDriveDefaultShareLinkScope": (),
    "OneDriveDefaultShareLinkRole": (),
    "CoreRequestFilesLinkExpirationInDays": (),
    "OneDriveRequestFilesLinkExpirationInDays": (),
    "CoreOrganizationSharingLinkMaxExpirationInDays": (),
    "CoreAnyoneSharingLinkMaxExpirationInDays": (),
    "CoreAnyoneSharingLinkRecommendedExpirationInDays": (),
    "OneDriveAnyoneSharingLinkMaxExpirationInDays": (),
    "OneDriveAnyoneSharingLinkRecommendedExpirationInDays": (),
    "AnyoneLinkTrackUsers": (),
    "BlockDownloadLinksFileType": (),
    "CoreBlockGuestsAsSiteAdmin": (),
    "OneDriveBlockGuestsAsSiteAdmin": (),
    "AllowEveryoneExceptExternalUsersClaimInPrivateSite": (),
    "AllowGuestUserShareToUsersNotInSiteCollection": (),
    "AllowAnonymousMeetingParticipantsToAccessWhiteboards": (),
    "PreventExternalUsersFromResharing": (),
    "WhoCanShareAllowListInTenant": (),
    "WhoCanShareAllowListInTenantByPrincipalIdentity": (),
    "GuestSharingGroupAllowListInTenant": (),
    "GuestSharingGroupAllowListInTenantByPrincipalIdentity": (),
    "CoreLoopSharingCapability": _CAPABILITY,
    "OneDriveLoopSharingCapability": _CAPABILITY,
    "EnableRestrictedAccessControl": (),
}
"""The names of properties that not every tenant has yet; a setting only where it is told.

Numbers without words here are those of enumerations whose numbers are not published.

Source: https://github.com/pnp/powershell/blob/HEAD/src/Commands/Model/SPOTenant.cs (read 2026-11-30)
Source: https://learn.microsoft.com/en-us/powershell/module/sharepoint-online/set-spotenant (read 2026-11-30)
"""  # noqa: E501 -- an address


def spo_tenant_settings(graph: Graph, sharepoint: SharePointRest | None) -> Iterator[Record]:
    """Yield the settings of the tenant; all UNKNOWN where there is no REST transport.

    Raises:
        ConnectorError: The admin site cannot be read; the settings were yielded as UNKNOWN before.
    """
    yield Started(full=True, resumed=False)
    if sharepoint is None:
        yield from _settings({})
        yield Coverage(
            status=Status.SKIPPED,
            standing=True,
            reason=say("m365.properties"),
            hint=say("m365.properties_hint"),
        )
        return
    try:
        answer = sharepoint.get(admin_site_of(graph), SPO_TENANT_PATH)
    except ConnectorError:
        yield from _settings({})
        raise
    yield from _settings(answer)
    yield coverage_of_names([_REST_NAMES.get(name, name) for name in _NAMES], answer)


def coverage_of_names(names: Sequence[str], answer: Json) -> Coverage:
    """Return the coverage of settings: partial where the answer lacks some of these names.

    A name that the vendor does not send stays unknown for ever, so it is said.
    """
    absent = [name for name in names if name not in answer]
    if not absent:
        return Coverage(status=Status.COMPLETE)
    return Coverage(
        status=Status.PARTIAL,
        reason=say("m365.settings_absent", names=", ".join(absent)),
        hint=say("m365.report"),
    )


def root_site_of(graph: Graph) -> str:
    """Return the URL of the tenant's root site."""
    root = graph.get("/sites/root?$select=id,siteCollection")
    return f"https://{cast(Json, root.get('siteCollection') or {}).get('hostname') or ''}"


def admin_site_of(graph: Graph) -> str:
    """Return the URL of the admin site: `example-admin.sharepoint.com` for `example.sharepoint.com`.

    Source: https://learn.microsoft.com/en-us/powershell/module/microsoft.online.sharepoint.powershell/connect-sposervice (read 2026-11-29)
    """  # noqa: E501 -- an address
    name, _, rest = root_site_of(graph).partition(".")
    return f"{name}-admin.{rest}"


def _settings(answer: Json) -> Iterator[Setting]:
    for name, words in _NAMES.items():
        value = answer.get(_REST_NAMES.get(name, name), UNKNOWN)
        yield Setting(id=f"SPOTenant.{name}", value=_value_of(value, words))
    for name, words in _NEWER_NAMES.items():
        if name in answer:
            yield Setting(id=f"SPOTenant.{name}", value=_value_of(answer[name], words))


def _value_of(value: object, words: tuple[str, ...]) -> str | int | bool | Unknown | None:
    if words and isinstance(value, int):
        return words[value] if 0 <= value < len(words) else UNKNOWN
    if isinstance(value, list):
        return ", ".join(sorted(str(one) for one in cast(list[object], value)))
    return value if value is None or isinstance(value, str | int | bool) else UNKNOWN
