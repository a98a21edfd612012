"""Conversion of Google's JSON to records. Pure functions, tested on recorded JSON.

Sources:
Source: https://developers.google.com/drive/api/reference/rest/v3/permissions (read 2026-11-29)
Source: https://developers.google.com/drive/api/reference/rest/v3/files (read 2026-11-29)
Source: https://groupssettings.googleapis.com/$discovery/rest?version=v1 (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.google.api_types import DrivePermission, File, Member, User
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Container,
    Grant,
    GrantCause,
    Item,
    Membership,
    PrincipalKind,
    State,
    Unknown,
)

FOLDER = "application/vnd.google-apps.folder"

_KINDS = {FOLDER: "folder", "application/vnd.google-apps.shortcut": "shortcut"}
# A target audience of the own tenant has the type `domain` and a name that ends like this.
# Source: https://developers.google.com/workspace/drive/api/guides/manage-sharing (read 2026-11-29)
_TARGET_AUDIENCE = ".audience.googledomains.com"
# Source: https://developers.google.com/workspace/drive/api/guides/ref-roles (read 2026-11-29)
_ACCESS = {
    "reader": Access.VIEW,
    "publishedReader": Access.VIEW,
    "commenter": Access.COMMENT,
    "writer": Access.EDIT,
    "fileOrganizer": Access.MANAGE,
    "organizer": Access.MANAGE,
    "owner": Access.MANAGE,
}


@dataclass(frozen=True, slots=True)
class InternalDomains:
    """What is internal: the domains of the tenant with their aliases, or one single address.

    Attributes:
        domains: Domains or addresses, in lower case.
    """

    domains: frozenset[str]

    def contains(self, address: str) -> bool:
        """Return True if an address or a domain is internal. Case does not matter."""
        whole = address.lower()
        return whole in self.domains or whole.rpartition("@")[2] in self.domains


def internal_domains(domains: Iterable[dict[str, Any]]) -> tuple[str, InternalDomains]:
    """Return the primary domain and the internal domains.

    Every Workspace also has the test domain `<primary domain>.test-google-a.com`, which the API
    does not list.

    Args:
        domains: The entries of the Directory API's `domains.list`.

    Source: https://support.hdeone.com/hc/en-us/articles/50539942181017 (read 2026-11-29)
    """
    names: list[str] = []
    primary = ""
    for domain in domains:
        name = str(domain.get("domainName", "")).lower()
        aliases = (str(a.get("domainAliasName", "")) for a in domain.get("domainAliases", []))
        names += [name, *(a.lower() for a in aliases)]
        primary = name if domain.get("isPrimary") or not primary else primary
    names.append(f"{primary}.test-google-a.com")
    return primary, InternalDomains(frozenset(n for n in names if n))


def file_item(
    file: File,
    *,
    owner: str | None,
    owner_state: State,
    grants: tuple[Grant, ...],
) -> Item:
    """Return the item of a file or folder.

    The URL is built from the id. Google's own `webViewLink` may contain the resource key of the
    sharing link, which is a credential.

    Args:
        file: The file as Google describes it.
        owner: The address of the owner; None in a shared drive.
        owner_state: The state of the owner's account.
        grants: The grants of the file.

    Source: https://developers.google.com/workspace/drive/api/guides/resource-keys (read 2026-11-29)
    """
    return Item(
        id=file["id"],
        kind=_KINDS.get(file.get("mimeType", ""), "file"),
        name=file.get("name", ""),
        url=f"https://drive.google.com/open?id={file['id']}",
        parent_id=_parent_id(file),
        owner=owner,
        owner_state=owner_state,
        created_at=_parse_time(file.get("createdTime")),
        modified_at=_parse_time(file.get("modifiedTime")),
        trashed=file.get("trashed", False),
        grants=grants,
    )


def folder_container(file: File) -> Container:
    """Return the container of a folder: its id, parent and name."""
    return Container(id=file["id"], parent_id=_parent_id(file), name=file.get("name", ""))


def is_private(permissions: list[DrivePermission] | None) -> bool:
    """Return True if all permissions are those of owners. False if they are absent or empty."""
    return bool(permissions) and all(p.get("role") == "owner" for p in permissions or ())


def map_grants(
    permissions: Iterable[DrivePermission], internal: InternalDomains, file: File | None = None
) -> tuple[Grant, ...]:
    """Return the grants of an item.

    Args:
        permissions: The permissions as Google describes them.
        internal: The domains of the tenant.
        file: The file in My Drive, which states whether its links need no resource key; None for an
            item of a shared drive.
    """
    grants: list[Grant] = []
    seen: set[str] = set()
    for permission in permissions:
        id_ = permission.get("id", "")
        # a link and the publication of one document may have the same permission id
        grant = _map_grant(
            permission, f"{id_}/{_view(permission)}" if id_ in seen else id_, internal
        )
        old = (
            grant.audience is Audience.ANYONE_LINK and file is not None and _opens_without_key(file)
        )
        grants.append(replace(grant, cause=GrantCause.LEFTOVER) if old else grant)
        seen.add(id_)
    return tuple(grants)


def unknown_grants(ids: Iterable[str]) -> tuple[Grant, ...]:
    """Return grants of which only the ids are known: audience and access are unknown."""
    return tuple(
        Grant(
            id=id_,
            audience=Audience.UNKNOWN,
            access=Access.UNKNOWN,
            principal="",
            principal_kind=PrincipalKind.UNKNOWN,
            principal_id=id_,
        )
        for id_ in ids
    )


def account_state(user: User) -> State:
    """Return the state of an account: disabled if it is suspended or archived, active otherwise."""
    return State.DISABLED if user.get("suspended") or user.get("archived") else State.ACTIVE


def external_members(
    group: str, members: Iterable[Member], internal: InternalDomains
) -> Iterator[Membership | None]:
    """Yield a membership for each external member, and None for each internal one.

    Nested internal groups yield nothing: their members are listed as well.

    Args:
        group: The address of the group.
        members: Its members, those of nested groups included.
        internal: The domains of the tenant.
    """
    for member in members:
        kind, mail = member.get("type", ""), member.get("email", "").lower()
        id_ = member.get("id") or mail
        if kind == "CUSTOMER":
            yield _membership(group, "*", "", Audience.ORG_DISCOVERABLE)
        elif kind == "GROUP":
            if not internal.contains(mail):
                yield _membership(group, id_, mail, Audience.EXT_UNRESOLVED)
        elif kind in ("USER", "EXTERNAL") and mail:
            yield (
                None
                if internal.contains(mail)
                else _membership(group, id_, mail, Audience.EXT_NAMED)
            )
        else:
            yield _membership(group, id_, mail, Audience.UNKNOWN)


_SETTING_AUDIENCES = {  # start of a value of Groups Settings -> audience
    "ANYONE_CAN": Audience.PUBLIC_DISCOVERABLE,
    "ALL_IN_DOMAIN_CAN": Audience.ORG_DISCOVERABLE,
}
_MEMBERS_ONLY = (
    "ALL_MEMBERS_CAN",
    "ALL_MANAGERS_CAN",
    "ALL_OWNERS_CAN",
    "INVITED_CAN",
    "CAN_REQUEST",
    "NONE_CAN",
)
_SETTING_ACCESS = {
    "whoCanDiscoverGroup": Access.VIEW_ONLY,  # shows that the group exists
    "whoCanJoin": Access.VIEW,
    "whoCanPostMessage": Access.CREATE,
    "whoCanViewGroup": Access.VIEW,
}


def group_item(mail: str, name: str, settings: Mapping[str, str]) -> Item:
    """Return a group as an item, with a grant for each setting that admits others than its members.

    Args:
        mail: The address of the group.
        name: Its name; empty if it has none.
        settings: Its settings, as the Groups Settings API states them.
    """
    grants = (
        Grant(
            id=setting,
            audience=audience,
            access=access,
            principal="",
            principal_kind=PrincipalKind.EVERYONE,
            expires_at=None,
            password=False,
        )
        for setting, access in _SETTING_ACCESS.items()
        if (audience := _admitted(setting, settings)) is not None
    )
    return Item(
        id=mail,
        kind="group",
        name=name or mail,
        url=f"https://groups.google.com/a/{mail.rpartition('@')[2]}/g/{mail.partition('@')[0]}",
        owner=None,
        grants=tuple(grants),
    )


def self_join_audience(settings: Mapping[str, str]) -> Audience | None:
    """Return the audience that may join a group without approval.

    None if only invited people may, or the value of the setting is not known.
    """
    audience = _admitted("whoCanJoin", settings)
    return audience if audience is not Audience.UNKNOWN else None


def _admitted(setting: str, settings: Mapping[str, str]) -> Audience | None:
    """Return whom a setting of a group admits, as far as its other settings leave it to.

    Source: https://groupssettings.googleapis.com/$discovery/rest?version=v1 (read 2026-11-30)
    """
    audience = _setting_audience(settings.get(setting, ""))
    if setting == "whoCanPostMessage" and settings.get("archiveOnly") == "true":
        return None
    closed = settings.get("allowExternalMembers") == "false"
    if setting == "whoCanJoin" and closed and audience is Audience.PUBLIC_DISCOVERABLE:
        return Audience.ORG_DISCOVERABLE
    return audience


def _setting_audience(value: str) -> Audience | None:
    """Return the audience of a setting's value; None for members only, unknown for a new value."""
    if value.startswith(_MEMBERS_ONLY):
        return None
    return next(
        (a for start, a in _SETTING_AUDIENCES.items() if value.startswith(start)), Audience.UNKNOWN
    )


def setting_value(value: Any) -> str | int | bool | Unknown | None:
    """Return a setting's value for one cell: lists are joined, nested values become JSON."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):  # pyright: ignore[reportUnknownVariableType]
        return ", ".join(value)  # pyright: ignore[reportUnknownArgumentType]
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _membership(group: str, id_: str, mail: str, audience: Audience) -> Membership:
    return Membership(group_id=group, member_id=id_, member=mail, audience=audience)


def _map_grant(permission: DrivePermission, id_: str, internal: InternalDomains) -> Grant:
    audience, kind, principal = _audience_and_principal(permission, internal)
    return Grant(
        id=id_,
        audience=audience,
        access=_access(permission),
        principal=principal,
        principal_kind=kind,
        principal_id=principal if kind is PrincipalKind.GROUP else permission.get("id", ""),
        inherited_from=_inherited_from(permission),
        expires_at=_expiry(permission),
        password=False,  # Drive has no passwords
        live=not permission.get("deleted", False),
        principal_state=_principal_state(permission),
    )


def _audience_and_principal(
    permission: DrivePermission, internal: InternalDomains
) -> tuple[Audience, PrincipalKind, str]:
    found = permission.get("allowFileDiscovery", False)
    mail = permission.get("emailAddress", "").lower()
    domain = permission.get("domain", "").lower()
    match permission.get("type"):
        case "anyone":
            public = found or _view(permission) == "published"
            wide = Audience.PUBLIC_DISCOVERABLE if public else Audience.ANYONE_LINK
            return wide, PrincipalKind.LINK, ""
        case "domain" if domain.endswith(_TARGET_AUDIENCE):
            return Audience.ORG_DISCOVERABLE, PrincipalKind.EVERYONE, domain
        case "domain" if domain and not internal.contains(domain):
            return Audience.EXT_UNRESOLVED, PrincipalKind.DOMAIN, domain
        case "domain" if domain:
            wide = Audience.ORG_DISCOVERABLE if found else Audience.ORG_LINK
            return wide, PrincipalKind.DOMAIN, domain
        case "user" if mail:
            own = internal.contains(mail)
            who = Audience.NAMED_INTERNAL if own else Audience.EXT_NAMED
            return who, PrincipalKind.ACCOUNT, mail
        case "group" if mail:
            own = internal.contains(mail)
            who = Audience.NAMED_INTERNAL if own else Audience.EXT_UNRESOLVED
            return who, PrincipalKind.GROUP, mail
        case _:
            return Audience.UNKNOWN, PrincipalKind.UNKNOWN, mail or domain


def _access(permission: DrivePermission) -> Access:
    """Return the access of a permission.

    A pending owner counts as an owner, because accepting needs nobody else. The view `metadata`
    shows that a folder with limited access exists, but not its content.
    """
    if _view(permission) == "metadata":
        return Access.VIEW_ONLY
    if permission.get("pendingOwner"):
        return Access.MANAGE
    return _ACCESS.get(permission.get("role", ""), Access.UNKNOWN)


def _expiry(permission: DrivePermission) -> datetime | Unknown | None:
    """Return when a permission ends; None if it never does, unknown for a type that is not known.

    Only permissions of users and groups can end by themselves.
    """
    if permission.get("expirationTime"):
        return _parse_time(permission.get("expirationTime"))
    known = permission.get("type") in ("user", "group", "anyone", "domain")
    return None if known else UNKNOWN


def _inherited_from(permission: DrivePermission) -> str | None:
    """Return the id of the item where a permission was granted, if all of it is inherited.

    `inheritedFrom` is set in shared drives only.
    """
    details = permission.get("permissionDetails") or []
    if not details or not all(d.get("inherited") for d in details):
        return None
    return details[0].get("inheritedFrom") or None


def _principal_state(permission: DrivePermission) -> State:
    """Return the state of a grantee: deleted, pending as an owner, or unknown."""
    if permission.get("deleted"):
        return State.DELETED
    return State.PENDING if permission.get("pendingOwner") else State.UNKNOWN


def _opens_without_key(file: File) -> bool:
    """Return True if links from before 2021 open the file without a resource key.

    Source: https://developers.google.com/workspace/drive/api/guides/resource-keys (read 2026-11-29)
    """
    share = file.get("linkShareMetadata", {})
    eligible = share.get("securityUpdateEligible", False)
    return eligible and not share.get("securityUpdateEnabled", False)


def _view(permission: DrivePermission) -> str:
    return permission.get("view", "")


def _parent_id(file: File) -> str | None:
    return next(iter(file.get("parents") or ()), None)


def _parse_time(text: str | None) -> datetime | Unknown:
    if not text:
        return UNKNOWN
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return UNKNOWN
    return when if when.tzinfo else UNKNOWN
