"""Conversion of Graph's JSON into records. Pure functions.

A value that this version does not know becomes `unknown`, never a narrower audience or access.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/resources/permission (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/sharinglink (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/user (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/resources/group (read 2026-11-29)
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import cast

from connectors.m365.api_types import (
    DriveItem,
    Group,
    Identity,
    IdentitySet,
    ItemReference,
    Permission,
    SharingLink,
    SignInActivity,
    User,
)
from connectors.m365.claims import Claim, account_of, claim_of
from connectors.m365.home_tenant import home_address, is_external
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Container,
    Grant,
    Item,
    Membership,
    Principal,
    PrincipalKind,
    State,
    Unknown,
)

_LINK_SCOPES = {"anonymous": Audience.ANYONE_LINK, "organization": Audience.ORG_LINK}
# The page names view, edit and embed only; the other types were seen.
# Source: https://learn.microsoft.com/en-us/graph/api/resources/sharinglink (read 2026-11-29)
_LINK_TYPES = {
    "view": Access.VIEW,
    "embed": Access.VIEW,
    "edit": Access.EDIT,
    "review": Access.COMMENT,
    "createOnly": Access.CREATE,
    "blocksDownload": Access.VIEW_ONLY,
}
# The page names read, write and owner; the other roles were seen in recorded rows of SharePoint.
# Limited access lets an account pass through on the way to an item further below.
# Source: https://learn.microsoft.com/en-us/graph/api/resources/permission (read 2026-11-29)
# Source: https://learn.microsoft.com/en-us/sharepoint/understanding-permission-levels (read 2026-11-30)  # noqa: E501 -- an address
_ROLES = {
    "sp.limited access": Access.VIEW_ONLY,
    "read": Access.VIEW,
    "reader": Access.VIEW,
    "write": Access.EDIT,
    "owner": Access.MANAGE,
    "principalowner": Access.MANAGE,
    "manage": Access.MANAGE,
    "manager": Access.MANAGE,
    "fullcontrol": Access.MANAGE,
    "sp.full control": Access.MANAGE,
}
_READING = frozenset({Access.VIEW, Access.VIEW_ONLY})
_WRITING = frozenset({Access.EDIT, Access.MANAGE})
_ACCESS_ORDER = (Access.VIEW_ONLY, Access.VIEW, Access.EDIT, Access.UNKNOWN, Access.MANAGE)
# Source: https://learn.microsoft.com/en-us/graph/api/resources/permission (read 2026-11-29)
_NO_DATE_YEARS = (1, 9999)  # 0001-01-01 and 9999-12-31 stand for "no date"
_RECIPIENTS = ("grantedToIdentitiesV2", "grantedToIdentities")
_GUEST_STATES = {"PendingAcceptance": State.PENDING, "Accepted": State.ACTIVE}


def item_of(raw: DriveItem, drive: str, grants: tuple[Grant, ...], *, library: str) -> Item:
    """Return a driveItem as an item; the root bears the name of the library.

    Args:
        raw: The driveItem.
        drive: The id of the drive, the first part of the item's id.
        grants: Its grants.
        library: The name of the library.
    """
    parent = (raw.get("parentReference") or {}).get("id")
    top = raw.get("root") is not None
    return Item(
        id=f"{drive}/{raw['id']}",
        kind="library" if top else "folder" if raw.get("folder") is not None else "file",
        name=library if top else str(raw.get("name") or ""),
        url=str(raw.get("webUrl") or ""),
        parent_id=f"{drive}/{parent}" if parent and not top else None,
        owner=_mail_of(raw),
        created_at=time_of(raw.get("createdDateTime")) or UNKNOWN,
        modified_at=time_of(raw.get("lastModifiedDateTime")) or UNKNOWN,
        grants=grants,
    )


def container_of(raw: DriveItem, drive: str, path: str) -> Container | None:
    """Return a folder with its parent, None for a file.

    A package (a OneNote notebook) holds sections as a folder does. `path` is the path of the
    library, which becomes the name of its root.
    """
    if raw.get("root") is not None:
        return Container(id=f"{drive}/{raw['id']}", parent_id=None, name=path)
    if raw.get("folder") is None and raw.get("package") is None:
        return None
    parent = (raw.get("parentReference") or {}).get("id")
    return Container(
        id=f"{drive}/{raw['id']}",
        parent_id=f"{drive}/{parent}" if parent else None,
        name=str(raw.get("name") or ""),
    )


def grants_of(row: Permission, drive: str, domains: frozenset[str]) -> Iterator[Grant]:
    """Yield the grants of a row of a permission list.

    A link for anyone or for the organisation is one grant; a link to specific people and a direct
    row are one grant for each principal. A link with the scope `existingAccess` grants nothing.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/permission (read 2026-11-29)
    """
    link: SharingLink | None = row.get("link")
    access = _access_of(row, link)
    scope = link.get("scope") if link is not None else "users"
    if scope is None and any(row.get(key) for key in _RECIPIENTS):
        scope = "users"  # a link that names its recipients is for them
    if scope == "existingAccess":  # a URL for those who have access without it
        return
    if scope == "users":
        for claim in _claims_of(row, domains):
            yield _grant(row, drive, claim, access)
        return
    audience = _LINK_SCOPES.get(str(scope), Audience.UNKNOWN)
    yield _grant(row, drive, Claim(audience=audience, kind=PrincipalKind.LINK), access)


def _grant(row: Permission, drive: str, claim: Claim, access: Access) -> Grant:
    return Grant(
        id=str(row["id"]),
        audience=claim.audience,
        access=access,
        principal=claim.name,
        principal_kind=claim.kind,
        principal_id=claim.id,
        inherited_from=_origin_of(row.get("inheritedFrom"), drive),
        expires_at=time_of(row.get("expirationDateTime")),
        password=True if row.get("hasPassword") is True else UNKNOWN,
    )


def _access_of(row: Permission, link: SharingLink | None) -> Access:
    """Return the access of a row: that of its roles, or of its link where that is not milder."""
    roles = [_ROLES.get(str(role).lower(), Access.UNKNOWN) for role in row.get("roles") or ()]
    by_roles = max(roles, key=_ACCESS_ORDER.index, default=Access.UNKNOWN)
    kind = link.get("type") if link is not None else None
    if link is None or not kind:
        return by_roles
    access = _LINK_TYPES.get(str(kind), Access.UNKNOWN)
    if access in _READING and by_roles in _WRITING:
        return by_roles
    blocked = access is Access.VIEW and link.get("preventsDownload") is True
    return Access.VIEW_ONLY if blocked else access


def _claims_of(row: Permission, domains: frozenset[str]) -> Iterator[Claim]:
    """Yield the principals of a row; one unknown principal where Graph names none.

    Groups of other tenants in a link to specific people are not returned.

    Source: https://github.com/pnp/powershell/issues/5227 (read 2026-08-15)
    """
    several: list[IdentitySet] = (
        row.get("grantedToIdentitiesV2") or row.get("grantedToIdentities") or []
    )
    one: IdentitySet | None = row.get("grantedToV2") or row.get("grantedTo")
    invited = str((row.get("invitation") or {}).get("email") or "")
    if several:
        yield from (_claim_of(identity, domains) for identity in several)
        return
    known = _claim_of(one, domains, login=_login_in_id(row)) if one else None
    if invited and (known is None or known.audience is Audience.UNKNOWN):
        yield account_of(invited, domains)
    elif known is not None:
        yield known
    else:
        kind = PrincipalKind.LINK if row.get("link") is not None else PrincipalKind.UNKNOWN
        yield Claim(audience=Audience.UNKNOWN, kind=kind)


def _login_in_id(row: Permission) -> str:
    """Return the login name in the id of a direct row; empty where the id is no login name.

    SharePoint makes the id of a direct row by encoding the login name in base64.

    Source: https://github.com/OneDrive/onedrive-api-docs/issues/1261 (read 2026-08-15)
    """
    id_ = str(row.get("id") or "")
    try:
        login = urlsafe_b64decode(id_ + "=" * (-len(id_) % 4)).decode()
    except ValueError:
        return ""
    return login if login[:4].lower() in _LOGIN_STARTS else ""


_LOGIN_STARTS = frozenset({"i:0#", "c:0t", "c:0o", "c:0-", "c:0(", "c:0!"})


def _claim_of(identity: IdentitySet, domains: frozenset[str], *, login: str = "") -> Claim:
    """Return the principal of a sharePointIdentitySet.

    The login name decides where there is one; names and addresses only describe, and never say
    whether an account is external: administrators set the mail of guests for the address book.
    """
    site_user: Identity = identity.get("siteUser") or {}
    person: Identity = identity.get("user") or {}
    group: Identity = identity.get("group") or {}
    merged = _merge(site_user, group, person)
    if login := str(site_user.get("loginName") or "") or login:
        return _with_name(claim_of(login, domains), merged, login)
    if group:
        own = Claim(audience=Audience.NAMED_INTERNAL, kind=PrincipalKind.GROUP)
        return _with_name(own, group, "")
    if person:
        address = person.get("userPrincipalName") or person.get("email") or person.get("mail")
        return _with_name(account_of(str(address or ""), domains), person, "")
    kind, principal = PrincipalKind.SITE_GROUP, identity.get("siteGroup")
    principal = principal or identity.get("sharePointGroup")
    if not principal:
        kind, principal = PrincipalKind.APPLICATION, identity.get("application")
    if not principal:
        return Claim(audience=Audience.UNKNOWN, kind=PrincipalKind.UNKNOWN)
    return _with_name(Claim(audience=Audience.NAMED_INTERNAL, kind=kind), principal, "")


def _merge(*identities: Identity) -> Identity:
    """Merge descriptions of one principal; a later one wins where it has a value."""
    return cast(Identity, {key: v for identity in identities for key, v in identity.items() if v})


def _with_name(claim: Claim, identity: Identity, login: str) -> Claim:
    """Return the claim with the best name and id of its description."""
    name, shown = (
        str(identity.get("email") or ""),
        str(identity.get("displayName") or identity.get("title") or ""),
    )
    if claim.kind in {PrincipalKind.ACCOUNT, PrincipalKind.GUEST}:
        inside = claim.audience is Audience.NAMED_INTERNAL
        name = name.lower() if inside and name else claim.name
    elif claim.kind is PrincipalKind.LINK:
        name = shown = login = ""
    return Claim(
        audience=claim.audience,
        kind=claim.kind,
        name=name or shown or login,
        id=claim.id
        or (login if claim.kind is PrincipalKind.EVERYONE else str(identity.get("id") or "")),
    )


def _origin_of(inherited: ItemReference | None, drive: str) -> str | None:
    """Return the id of the item that a row is inherited from, None where it is not known.

    The documentation says that SharePoint and OneDrive for Business do not return `inheritedFrom`.
    It was seen on rows of links and not on rows of users, and as an empty object on inherited rows
    as well as on own ones, so an empty object means nothing.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/permission (read 2026-11-29)
    Source: https://github.com/OneDrive/onedrive-api-docs/issues/1261 (read 2026-08-15)
    """
    where = inherited.get("id") if inherited else None
    return f"{inherited.get('driveId') or drive}/{where}" if inherited and where else None


def guest_of(
    raw: User,
    domains: frozenset[str],
    *,
    sign_in_known: bool,
    sponsor_known: bool = False,
    roles: tuple[str, ...] = (),
) -> Principal:
    """Return an external account of the directory as a principal.

    It is external whatever its `userType` says; where its home is not known, that is UNKNOWN.

    Args:
        raw: The account.
        domains: The verified domains of the tenant, in lower case.
        sign_in_known: Whether the last sign-in was requested with success; it needs Entra ID P1.
        sponsor_known: Whether the sponsors were requested with success.
        roles: The names of its directory roles and owned groups.
    """
    known = raw.get("externalUserState")
    state = State.ACTIVE if known is None else _GUEST_STATES.get(str(known), State.UNKNOWN)
    created = time_of(raw.get("createdDateTime")) or UNKNOWN
    invited = time_of(raw.get("externalUserStateChangeDateTime")) or created
    external = is_external(raw, domains)
    return Principal(
        id=str(raw["id"]),
        kind=PrincipalKind.ACCOUNT if external is UNKNOWN else PrincipalKind.GUEST,
        name=str(raw.get("displayName") or ""),
        mail=home_address(raw, domains),
        state=State.DISABLED if raw.get("accountEnabled") is False else state,
        external=external,
        created_at=created,
        invited_at=invited if state is State.PENDING else UNKNOWN,
        last_sign_in=_last_sign_in(raw.get("signInActivity")) if sign_in_known else UNKNOWN,
        sponsor=_sponsors_of(raw) if sponsor_known else UNKNOWN,
        roles=roles,
    )


NO_ACCOUNT = "-"  # the state of an address that no account has any more
_OWNER_STATES = {"True": State.ACTIVE, "False": State.DISABLED, NO_ACCOUNT: State.DELETED}


def owner_of(address: str, enabled: str) -> Principal:
    """Return the internal owner of items with the state of the account.

    Args:
        address: One of the addresses of the account.
        enabled: `accountEnabled` as text ("True" or "False"), or `NO_ACCOUNT`.
    """
    return Principal(
        id=f"owner:{address}",
        kind=PrincipalKind.ACCOUNT,
        name=address,
        mail=address,
        state=_OWNER_STATES.get(enabled, State.UNKNOWN),
        external=False,
    )


def addresses_of(raw: User) -> set[str]:
    """Return all addresses of an account in lower case, its former ones included."""
    names = [raw.get("mail"), raw.get("userPrincipalName")]
    aliases = (a[5:] for a in raw.get("proxyAddresses") or () if a[:5].lower() == "smtp:")
    return {address.lower() for address in (*names, *aliases) if address}


def _sponsors_of(raw: User) -> str | None:
    """Return the sponsors of a guest, people and groups, separated by commas."""
    sponsors = raw.get("sponsors") or ()
    names = (str(s.get("mail") or s.get("displayName") or s["id"]) for s in sponsors)
    return ", ".join(names) or None


def _last_sign_in(activity: SignInActivity | None) -> datetime | Unknown | None:
    keys = (
        "lastSignInDateTime",
        "lastNonInteractiveSignInDateTime",
        "lastSuccessfulSignInDateTime",
    )
    times = [time_of((activity or {}).get(key)) for key in keys]
    seen = [t for t in times if isinstance(t, datetime)]
    return max(seen) if seen else UNKNOWN if UNKNOWN in times else None


def time_of(text: object) -> datetime | Unknown | None:
    """Return a time of Graph, aware; None for null, 0001-01-01 and 9999-12-31: there is none.

    Text that is no time becomes UNKNOWN.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/permission (read 2026-11-29)
    """
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return UNKNOWN
    if when.year in _NO_DATE_YEARS:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _mail_of(raw: DriveItem) -> str | Unknown:
    user: Identity = (raw.get("createdBy") or {}).get("user") or {}
    mail = user.get("email")
    return mail.lower() if mail else UNKNOWN


def group_of(
    id_: str, raw: Group | None, members: int | Unknown, owners: int | Unknown
) -> Principal:
    """Return a group of this tenant as a principal; `raw` is None for a deleted group."""
    return Principal(
        id=id_,
        kind=PrincipalKind.GROUP,
        name=str((raw or {}).get("displayName") or id_),
        mail=str((raw or {}).get("mail") or "").lower(),
        state=State.ACTIVE if raw is not None else State.DELETED,
        external=False,
        members=members,
        owners=owners,
    )


def public_group_of(raw: Group) -> Item | None:
    """Return a public Microsoft 365 group as an item, None for any other group.

    Everybody in the tenant may join a public group without the approval of an owner, and members
    may edit its files.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/group (read 2026-11-29)
    """
    audience = _audience_of_group(raw)
    if audience is None:
        return None
    team = "Team" in (raw.get("resourceProvisioningOptions") or ())
    visibility = Grant(
        id="visibility",
        audience=audience,
        access=Access.EDIT,  # who joins is a member, and members may edit
        principal="*",
        principal_kind=PrincipalKind.EVERYONE,
    )
    return Item(
        id=str(raw["id"]),
        kind="team" if team else "group",
        name=str(raw.get("displayName") or raw["id"]),
        grants=(visibility,),
    )


_CLOSED = frozenset({"", "private", "hiddenmembership"})  # values of `visibility`
_GROUP_TYPES = frozenset({"unified", "dynamicmembership"})


def _audience_of_group(raw: Group) -> Audience | None:
    """Return who may join a group without approval, None for nobody.

    A visibility or a type of group that this version does not know is unknown, not closed.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/group (read 2026-11-29)
    """
    visibility = str(raw.get("visibility") or "").lower()
    types = {str(kind).lower() for kind in raw.get("groupTypes") or ()}
    if visibility in _CLOSED or (types <= _GROUP_TYPES and "unified" not in types):
        return None
    known = visibility == "public" and types <= _GROUP_TYPES
    return Audience.ORG_DISCOVERABLE if known else Audience.UNKNOWN


def memberships_of(
    id_: str, raw: Group | None, guests: Sequence[User], domains: frozenset[str]
) -> Iterator[Membership]:
    """Yield the external members of a group, and `*` for a public Microsoft 365 group.

    Args:
        id_: The id of the group, as grants name it.
        raw: The group; None for a deleted one.
        guests: Its members that are external, or whose home is not known.
        domains: The verified domains of the tenant, in lower case.
    """
    if raw is not None and not id_.endswith("_o") and (everybody := _audience_of_group(raw)):
        yield Membership(group_id=id_, member_id="*", member="*", audience=everybody)
    for guest in guests:
        unknown = is_external(guest, domains) is UNKNOWN
        yield Membership(
            group_id=id_,
            member_id=str(guest["id"]),
            member=home_address(guest, domains),
            audience=Audience.UNKNOWN if unknown else Audience.EXT_NAMED,
        )
