"""The tenant's sharing settings that Graph does not hold, by the names of `Get-SPOTenant`.

Only the admin site tells them, and only to an application that signs in with a certificate and
is allowed to: otherwise they are UNKNOWN, and the end says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from connectors.m365.graph import Graph, Json
from connectors.m365.sharepoint import SharePoint
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

TENANT = "/_api/SPO.Tenant"
PROPERTIES = Scope(id="tenant-properties", title="SharePoint admin center")

_CAPABILITY = (
    "Disabled",
    "ExternalUserSharingOnly",
    "ExternalUserAndGuestSharing",
    "ExistingExternalUserSharingOnly",
)
_LINK = ("None", "Direct", "Internal", "AnonymousAccess")
_PERMISSION = ("None", "View", "Edit")
_NAMES: dict[str, tuple[str, ...]] = {
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
"""The properties, and the words for the numbers that REST answers where they are enumerations."""


def properties(graph: Graph, sharepoint: SharePoint | None) -> Iterator[Record]:
    """All of them, read where a certificate may, else UNKNOWN."""
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
        told = sharepoint.get(admin_site_of(graph), TENANT)
    except ConnectorError:
        yield from _settings({})
        raise
    yield from _settings(told)
    yield Coverage(status=Status.COMPLETE)


def root_site_of(graph: Graph) -> str:
    """The address of the tenant's root site."""
    root = graph.get("/sites/root?$select=id,siteCollection")
    return f"https://{cast(Json, root.get('siteCollection') or {}).get('hostname') or ''}"


def admin_site_of(graph: Graph) -> str:
    """`example.sharepoint.com` is governed at `example-admin.sharepoint.com`, in every cloud."""
    name, _, rest = root_site_of(graph).partition(".")
    return f"{name}-admin.{rest}"


def _settings(told: Json) -> Iterator[Setting]:
    for name, words in _NAMES.items():
        yield Setting(id=f"SPOTenant.{name}", value=_value_of(told.get(name, UNKNOWN), words))


def _value_of(value: object, words: tuple[str, ...]) -> str | int | bool | Unknown | None:
    if words and isinstance(value, int):
        return words[value] if 0 <= value < len(words) else UNKNOWN
    return value if value is None or isinstance(value, str | int | bool) else UNKNOWN
