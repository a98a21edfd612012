"""Conversion of Google's JSON to records. Pure functions, tested on recorded JSON.

Sources:
Source: https://developers.google.com/drive/api/reference/rest/v3/permissions (read 2026-11-29)
Source: https://developers.google.com/drive/api/reference/rest/v3/files (read 2026-11-29)
Source: https://groupssettings.googleapis.com/$discovery/rest?version=v1 (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from connectors.google.api_types import DrivePermission, File, Member, Revision, User
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
FORM = "application/vnd.google-apps.form"
SITE = "application/vnd.google-apps.site"

_KINDS = {FOLDER: "folder", "application/vnd.google-apps.shortcut": "shortcut"}
# A target audience of the own tenant has the type `domain` and a name that ends like this.
# Source: https://developers.google.com/workspace/drive/api/guides/manage-sharing (read 2026-11-29)
_TARGET_AUDIENCE = ".audience.googledomains.com"
# Service accounts of projects, and those that Google's services own.
# Source: https://docs.cloud.google.com/iam/docs/service-account-types (read 2026-11-30)
_SERVICE_ACCOUNT = "gserviceaccount.com"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalDomains:
    """What is internal: the domains of the tenant with their aliases, or one single address.

    Attributes:
        domains: Domains or addresses, in lower case.
        guests: Address of a guest account, and its address elsewhere -> the latter; guests are
            accounts of the tenant, and outsiders.
        accounts: Digests of all addresses of accounts (see `address_digest`); None if not known.
        projects: Domains of the service accounts of own projects.
        aliases: Alias domain -> the domain whose accounts have an address in it, too.
    """

    domains: frozenset[str]
    guests: Mapping[str, str] = field(default_factory=dict[str, str])
    accounts: frozenset[int] | None = None
    projects: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])

    def contains(self, address: str) -> bool:
        """Return True if an address or a domain is internal. Case does not matter."""
        whole = address.lower()
        if whole in self.guests:
            return False
        return whole in self.domains or whole.rpartition("@")[2] in self.domains

    def is_account(self, address: str) -> bool:
        """Return True if an internal address belongs to an account, as far as that is known."""
        if self.accounts is None or address_digest(address) in self.accounts:
            return True
        name, _, domain = address.lower().rpartition("@")
        return address_digest(f"{name}@{self.aliases.get(domain, '')}") in self.accounts


def address_digest(address: str) -> int:
    """Return a number for an address, which takes less memory and is the same in one process."""
    return hash(address.lower())


def internal_domains(domains: Iterable[dict[str, Any]]) -> tuple[str, InternalDomains]:
    """Return the primary domain and the internal domains.

    Domains and aliases that are not verified are left out: anybody may enter a domain. Every
    Workspace also has the test domain `<primary domain>.test-google-a.com`, which the API does not
    list.

    Args:
        domains: The entries of the Directory API's `domains.list`.

    Source: https://support.hdeone.com/hc/en-us/articles/50539942181017 (read 2026-11-29)
    Source: https://admin.googleapis.com/$discovery/rest?version=directory_v1 (read 2026-11-30)
    """
    names: list[str] = []
    parents: dict[str, str] = {}
    primary = ""
    for domain in domains:
        name = _text(domain.get("domainName")).lower()
        aliases = [a for a in domain.get("domainAliases", []) if a.get("verified") is not False]
        if domain.get("verified") is not False:
            aliased = [_text(a.get("domainAliasName")).lower() for a in aliases]
            names += [name, *aliased]
            parents |= dict.fromkeys(aliased, name)
        primary = name if domain.get("isPrimary") or not primary else primary
    names.append(test_domain := f"{primary}.test-google-a.com")
    parents[test_domain] = primary
    return primary, InternalDomains(domains=frozenset(n for n in names if n), aliases=parents)


def account_addresses(user: User) -> Iterator[str]:
    """Yield every address of an account, in lower case."""
    addresses = (
        user.get("primaryEmail"),
        *user.get("aliases", ()),
        *user.get("nonEditableAliases", ()),
    )
    return (_text(address).lower() for address in addresses)


def guest_addresses(user: User) -> Iterator[tuple[str, str]]:
    """Yield the addresses of a guest account, each with its address elsewhere; none for others.

    Source: https://admin.googleapis.com/$discovery/rest?version=directory_v1 (read 2026-11-30)
    """
    if user.get("isGuestUser"):
        elsewhere = _text(user.get("guestAccountInfo", {}).get("primaryGuestEmail")).lower()
        for address in filter(None, (*account_addresses(user), elsewhere)):
            yield address, elsewhere


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
        kind=_KINDS.get(_text(file.get("mimeType")), "file"),
        name=_text(file.get("name")),
        url=f"https://drive.google.com/open?id={file['id']}",
        parent_id=_parent_id(file),
        owner=owner,
        owner_state=owner_state,
        created_at=_parse_time(file.get("createdTime")),
        modified_at=_parse_time(file.get("modifiedTime")),
        trashed=file.get("trashed") is True,
        grants=grants,
    )


def folder_container(file: File) -> Container:
    """Return the container of a folder: its id, parent and name, and whether it inherits.

    Source: https://developers.google.com/drive/api/guides/limited-expansive-access
    (read 2026-11-29)
    """
    return Container(
        id=file["id"],
        parent_id=_parent_id(file),
        name=_text(file.get("name")),
        inherits=file.get("inheritedPermissionsDisabled", False) is False,
    )


def is_private(permissions: list[DrivePermission] | None, internal: InternalDomains) -> bool:
    """Return True if the only permission is that of one internal owner.

    False if they are absent or empty. Legacy files may have several owners, some of them elsewhere.

    Source: https://developers.google.com/drive/api/reference/rest/v3/files (read 2026-11-30)
    """
    if not permissions or len(permissions) > 1:
        return False
    (only,) = permissions
    if only.get("role") != "owner" or only.get("type") != "user":
        return False
    return _account(only, internal)[0] is Audience.NAMED_INTERNAL


def map_grants(
    permissions: Iterable[DrivePermission], internal: InternalDomains, file: File | None = None
) -> tuple[Grant, ...]:
    """Return the grants of an item.

    Args:
        permissions: The permissions as Google describes them.
        internal: The domains of the tenant.
        file: The item, whose type says what its publication means; in My Drive it also states
            whether its links need no resource key. None for a shared drive itself.
    """
    grants: list[Grant] = []
    seen: set[str] = set()
    for permission in permissions:
        id_ = permission.get("id", "")
        # a link and the publication of one document may have the same permission id
        grant = _map_grant(
            permission,
            f"{id_}/{_view(permission)}" if id_ in seen else id_,
            internal,
            form=file is not None and file.get("mimeType") == FORM,
        )
        old = (
            grant.audience is Audience.ANYONE_LINK and file is not None and _opens_without_key(file)
        )
        grants.append(replace(grant, cause=GrantCause.LEFTOVER) if old else grant)
        seen.add(id_)
    return tuple(grants)


def published_grant(revision: Revision) -> tuple[Grant, ...]:
    """Return the grant that a published revision stands for; nothing if it is not published.

    Anything but a clear no is taken for published, and for published to everybody.
    """
    if revision.get("published", False) is False:
        return ()
    company = revision.get("publishedOutsideDomain") is False
    return (
        Grant(
            id="published",
            audience=Audience.ORG_LINK if company else Audience.PUBLIC_DISCOVERABLE,
            access=Access.VIEW,
            principal="",
            principal_kind=PrincipalKind.LINK,
            expires_at=None,
            password=False,
        ),
    )


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
        kind, mail = member.get("type", ""), _text(member.get("email")).lower()
        id_ = _text(member.get("id")) or mail
        if kind == "CUSTOMER":
            yield _membership(group, "*", "", Audience.ORG_DISCOVERABLE)
        elif kind == "GROUP":
            if not internal.contains(mail):
                yield _membership(group, id_, mail, Audience.EXT_UNRESOLVED)
        elif kind in ("USER", "EXTERNAL") and mail:
            who, _, address = account_audience(mail, internal)
            own = who is Audience.NAMED_INTERNAL
            yield None if own else _membership(group, id_, address, who)
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


def _map_grant(
    permission: DrivePermission, id_: str, internal: InternalDomains, *, form: bool
) -> Grant:
    audience, kind, principal = _audience_and_principal(permission, internal, form=form)
    return Grant(
        id=id_,
        audience=audience,
        access=_access(permission, form=form),
        principal=principal,
        principal_kind=kind,
        principal_id=principal if kind is PrincipalKind.GROUP else _text(permission.get("id")),
        inherited_from=_inherited_from(permission),
        expires_at=_expiry(permission),
        password=False,  # Drive has no passwords
        # a folder with limited access that may be seen, but not opened, is open to nobody by that
        live=not permission.get("deleted", False) and _view(permission) != "metadata",
        principal_state=_principal_state(permission),
    )


def _audience_and_principal(
    permission: DrivePermission, internal: InternalDomains, *, form: bool
) -> tuple[Audience, PrincipalKind, str]:
    found = permission.get("allowFileDiscovery", False) is not False
    mail = _text(permission.get("emailAddress")).lower()
    domain = _text(permission.get("domain")).lower()
    org = Audience.ORG_DISCOVERABLE if found else Audience.ORG_LINK
    match permission.get("type"):
        case "anyone":
            # those who may answer a form need its link; what else is published can be found
            public = found or (_view(permission) == "published" and not form)
            wide = Audience.PUBLIC_DISCOVERABLE if public else Audience.ANYONE_LINK
            return wide, PrincipalKind.LINK, ""
        case "domain" if domain.endswith(_TARGET_AUDIENCE):
            return org, PrincipalKind.EVERYONE, domain
        case "domain" if domain and not internal.contains(domain):
            return Audience.EXT_UNRESOLVED, PrincipalKind.DOMAIN, domain
        case "domain" if domain:
            return org, PrincipalKind.DOMAIN, domain
        case "user" if mail:
            return _account(permission, internal)
        case "group" if mail:
            own = internal.contains(mail)
            who = Audience.NAMED_INTERNAL if own else Audience.EXT_UNRESOLVED
            return who, PrincipalKind.GROUP, mail
        case _:
            return Audience.UNKNOWN, PrincipalKind.UNKNOWN, mail or domain


def _account(
    permission: DrivePermission, internal: InternalDomains
) -> tuple[Audience, PrincipalKind, str]:
    """Return whom a permission of the type `user` reaches."""
    mail = _text(permission.get("emailAddress")).lower()
    who, kind, mail = account_audience(mail, internal)
    if who is Audience.EXT_CONSUMER and permission.get("deleted"):
        who = Audience.NAMED_INTERNAL  # an account of the tenant, until it was deleted
    return who, kind, mail


def account_audience(mail: str, internal: InternalDomains) -> tuple[Audience, PrincipalKind, str]:
    """Return the audience and the kind of an account, and the address that tells where it belongs.

    A service account is an application. A guest belongs to where its own address is. An address in
    an own domain without an account of the tenant is a personal Google account that was opened with
    it, which stays with its holder: it counts as one of a public mail provider.

    Args:
        mail: The address, in lower case.
        internal: What is internal.

    Source: https://cloud.google.com/identity/docs/concepts/overview-user-invitations
    (read 2026-11-30)
    """
    domain = mail.rpartition("@")[2]
    if domain.endswith(_SERVICE_ACCOUNT):
        own = domain in internal.projects
        who = Audience.NAMED_INTERNAL if own else Audience.EXT_NAMED
        return who, PrincipalKind.APPLICATION, mail
    if mail in internal.guests:
        elsewhere = internal.guests[mail]
        who = Audience.EXT_NAMED if elsewhere else Audience.EXT_UNRESOLVED
        return who, PrincipalKind.GUEST, elsewhere or mail
    if not internal.contains(mail):
        return Audience.EXT_NAMED, PrincipalKind.ACCOUNT, mail
    who = Audience.NAMED_INTERNAL if internal.is_account(mail) else Audience.EXT_CONSUMER
    return who, PrincipalKind.ACCOUNT, mail


def _access(permission: DrivePermission, *, form: bool) -> Access:
    """Return the access of a permission.

    A pending owner counts as an owner, because accepting needs nobody else. The view `metadata`
    shows that a folder with limited access exists, but not its content. The view `published` of a
    form is that of its respondents, who see none of the answers.

    Source: https://developers.google.com/workspace/forms/api/guides/publish-form (read 2026-11-30)
    """
    if _view(permission) == "metadata":
        return Access.VIEW_ONLY
    if permission.get("pendingOwner"):
        return Access.MANAGE
    if form and _view(permission) == "published":
        return Access.CREATE
    return _ACCESS.get(_text(permission.get("role")), Access.UNKNOWN)


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
    return _text(permission.get("view"))


def _parent_id(file: File) -> str | None:
    return _text(next(iter(file.get("parents") or ()), None)) or None


def _text(value: object) -> str:
    """Return a text; an empty one for what is none: a record takes nothing else."""
    return value if isinstance(value, str) else ""


def _parse_time(text: object) -> datetime | Unknown:
    """Return a time in UTC; unknown if it has no zone, or none that a calendar knows."""
    try:
        when = datetime.fromisoformat(_text(text))
        return when.astimezone(UTC) if when.tzinfo else UNKNOWN
    except (ValueError, OverflowError):
        return UNKNOWN
