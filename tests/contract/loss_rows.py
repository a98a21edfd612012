"""The services under the law of one loss. A service is switched on by a row."""

from __future__ import annotations

import re
from collections.abc import Callable

from connectors.sdk.records import (
    Item,
    Membership,
    Principal,
    PrincipalKind,
    Record,
    Scope,
    Setting,
)

from .listings import ListingRow
from .one_loss import GraphBatch, Hangs, LossRow


def scope_is(*ids: str) -> Hangs:
    """Everything in these scopes."""
    return lambda _found, scope, _fact: scope.id in ids


def item_of_address(found: re.Match[str], scope: Scope, fact: Record) -> bool:
    """The item that the address names, and what the directory knows only through its grants."""
    drive, item = found["drive"], found["item"]
    if scope.id == drive:
        return isinstance(fact, Item) and fact.id == f"{drive}/{item}"
    return through_grants(scope, fact)


def library_of_address(found: re.Match[str], scope: Scope, fact: Record) -> bool:
    """The library that the address names, and what the directory knows only through its grants."""
    return scope.id == found["drive"] or through_grants(scope, fact)


def through_grants(scope: Scope, fact: Record) -> bool:
    """The groups and owners that only grants name."""
    if scope.id != "directory":
        return False
    named = (PrincipalKind.GROUP, PrincipalKind.ACCOUNT)
    return isinstance(fact, Membership) or (isinstance(fact, Principal) and fact.kind in named)


def libraries(_found: re.Match[str], scope: Scope, fact: Record) -> bool:
    """Every library, and what the directory knows only through their grants."""
    return scope.url != "" or through_grants(scope, fact)


def site_of_address(found: re.Match[str], scope: Scope, fact: Record) -> bool:
    """The libraries of the site that the address names; its id holds no name, so of any site."""
    return libraries(found, scope, fact)


def directory_fact(*kinds: PrincipalKind) -> Callable[[re.Match[str], Scope, Record], bool]:
    """Principals of these kinds in the directory."""

    def hangs(_found: re.Match[str], scope: Scope, fact: Record) -> bool:
        of_kind = isinstance(fact, Principal) and fact.kind in kinds
        return scope.id == "directory" and of_kind

    return hangs


def group_of_address(found: re.Match[str], scope: Scope, fact: Record) -> bool:
    """The group that the address names: in the directory, and in Teams its channels."""
    id_ = found["group"]
    about = (
        (isinstance(fact, Principal) and fact.id.removesuffix("_o") == id_)
        or (isinstance(fact, Membership) and fact.group_id.removesuffix("_o") == id_)
        or (isinstance(fact, Item) and fact.id.startswith(id_))
    )
    return scope.id in {"directory", "teams"} and about


_CROSS = "crossTenantAccessPolicyConfiguration"


def settings_of(resource: str) -> Hangs:
    """The settings of a resource."""
    return lambda _found, _scope, fact: isinstance(fact, Setting) and fact.id.startswith(resource)


def open_groups_and_owners(_found: re.Match[str], scope: Scope, fact: Record) -> bool:
    """What the listing of groups tells: public groups, how many there are, which guest owns one."""
    group = isinstance(fact, Principal) and fact.kind is PrincipalKind.GROUP
    return scope.id == "directory" and not group and not isinstance(fact, Membership)


M365 = LossRow(
    service="m365",
    essential=r"/oauth2/|/\.well-known/|/organization",
    # Source: https://learn.microsoft.com/en-us/graph/api/crosstenantidentitysyncpolicypartner-get (read 2026-11-30)  # noqa: E501 -- an address
    means_none=r"/identitySynchronization",
    codec=GraphBatch(),
    hangs=(
        (r"/drives/(?P<drive>[^/]+)/items/(?P<item>[^/?]+)/permissions", item_of_address),
        (r"/drives/(?P<drive>[^/]+)/root/delta", library_of_address),
        (r"/drives/(?P<drive>[^/?]+)", library_of_address),
        (r"/sites/getAllSites", libraries),
        (r"/sites/[^/]+/drives", site_of_address),
        (r"/groups\?.*filter", scope_is("teams")),
        (r"/groups\?", open_groups_and_owners),
        (r"/groups/(?P<group>[^/?]+)", group_of_address),
        (r"/directoryRole.*?(?P<group>[0-9a-f-]{36})", group_of_address),
        (r"/teams/(?P<group>[^/?]+)", group_of_address),
        (r"/roleManagement", directory_fact(PrincipalKind.GUEST)),
        (r"/users", directory_fact(PrincipalKind.GUEST, PrincipalKind.ACCOUNT)),
        (r"/admin/sharepoint", settings_of("sharepointSettings.")),
        (r"/policies/authorizationPolicy", settings_of("authorizationPolicy.")),
        (r"crossTenantAccessPolicy/default", settings_of(f"{_CROSS}Default.")),
        (r"crossTenantAccessPolicy/partners", settings_of(f"{_CROSS}Partner.")),
    ),
)  # fmt: skip

ROWS = (M365,)
"""The law of one loss; a service that keeps it is added here."""

LISTINGS = (
    ListingRow(
        loss=M365,
        members="value",
        link="@odata.nextLink",
        count="@odata.count",
        counted=lambda path: path.endswith("/transitiveMembers/microsoft.graph.user"),
        unknown=(
            ("/permissions", {"roles": ["levitate"]}),
            ("/groups", {"visibility": "Galaxy"}),
            ("/users", {"userType": "Visitor"}),
            ("/transitiveMembers/microsoft.graph.user", {"userType": "Visitor"}),
            ("/channels", {"membershipType": "holographic"}),
            ("/members", {"roles": ["admiral"]}),
        ),
    ),
)
"""The laws of listings; a service that keeps them is added here."""
