"""The routes of the demo Graph and the permissions that they need."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from connectors.sdk.local_server import Response


@dataclass(frozen=True, slots=True)
class Route:
    """A path of Graph: its handler, and application permissions of which one is enough."""

    pattern: re.Pattern[str]
    handler: Callable[..., Response]
    permissions: frozenset[str]


Routes = tuple[Route, ...]

FULL_CONTROL = "Sites.FullControl.All"
SITES_PERMISSIONS = ("Sites.Read.All", FULL_CONTROL)
FILES_PERMISSIONS = ("Files.Read.All", *SITES_PERMISSIONS)
ALL_PERMISSIONS = frozenset(
    {
        "AuditLog.Read.All",
        "Channel.ReadBasic.All",
        "ChannelMember.Read.All",
        "GroupMember.Read.All",
        "Organization.Read.All",
        "Policy.Read.All",
        "RoleManagement.Read.Directory",
        "SharePointTenantSettings.Read.All",
        "User.Read.All",
        FULL_CONTROL,
    }
)
"""The permissions that docs/connectors/m365.md asks for."""


def route(pattern: str, handler: Callable[..., Response], *permissions: str) -> Route:
    """Return a route; the path is a regular expression."""
    return Route(re.compile(pattern), handler, frozenset(permissions))
