"""Rows of permission lists in the form of SharePoint, with the grants that they stand for."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.m365.demo.people import TENANT_ID, Person, Team, guid
from connectors.sdk.demo import LINK_CANARY, NOW
from connectors.sdk.records import Access, Audience

ExpectedGrant = tuple[str, Audience, Access]  # principal, audience, access

_LINK_ACCESS = {"view": Access.VIEW, "edit": Access.EDIT, "review": Access.COMMENT}
_ROLE_ACCESS = {"read": Access.VIEW, "write": Access.EDIT, "owner": Access.MANAGE}
_ROLES = {"view": ["read"], "edit": ["write"], "review": ["read"]}


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """A row: its JSON, its grants beyond named internal accounts, and the scope of its link."""

    json: dict[str, Any]
    expected: tuple[ExpectedGrant, ...] = ()
    scope: str = ""

    @property
    def id(self) -> str:
        """The permission id."""
        return str(self.json["id"])


def _link(key: str, scope: str, kind: str, **more: object) -> dict[str, Any]:
    link: dict[str, Any] = {
        "scope": scope,
        "type": kind,
        "webUrl": f"https://example.sharepoint.com/:b:/g/{_secret(key, scope)}",
        "preventsDownload": False,
    }
    return {"id": guid("link", key, scope, kind), "roles": _ROLES[kind], "link": link, **more}


def _secret(key: str, scope: str) -> str:
    return f"{LINK_CANARY}-{guid('share', key)}" if scope == "anonymous" else guid("share", key)


def in_days(days: int) -> str:
    """A moment so many days from now, as Graph writes it."""
    return f"{NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def anonymous(
    key: str, kind: str = "view", *, expires: str = "0001-01-01T00:00:00Z"
) -> PermissionRow:
    """A link for anyone. The year one stands for no expiry."""
    row = _link(key, "anonymous", kind, expirationDateTime=expires, hasPassword=False)
    return PermissionRow(row, (("", Audience.ANYONE_LINK, _LINK_ACCESS[kind]),), "anonymous")


def organization(key: str, kind: str = "view", *, download: bool = True) -> PermissionRow:
    """A link for everybody in the company."""
    row = _link(key, "organization", kind)
    row["link"]["preventsDownload"] = not download
    access = _LINK_ACCESS[kind] if download else Access.VIEW_ONLY
    return PermissionRow(row, (("", Audience.ORG_LINK, access),), "organization")


def people(key: str, kind: str, *persons: Person) -> PermissionRow:
    """A link that only the named may use."""
    row = _link(key, "users", kind, grantedToIdentitiesV2=[p.identity() for p in persons])
    access = _LINK_ACCESS[kind]
    opens = tuple((p.mail, Audience.EXT_NAMED, access) for p in persons if p.kind != "inside")
    return PermissionRow(row, opens, "users")


def existing_access(key: str) -> PermissionRow:
    """A link for those who have access without it."""
    return PermissionRow(_link(key, "existingAccess", "view", grantedToIdentitiesV2=[]))


def _direct(login: str, role: str, identity: dict[str, Any]) -> dict[str, Any]:
    id_ = urlsafe_b64encode(login.encode()).decode().rstrip("=")
    return {"id": id_, "roles": [role], "grantedToV2": identity, "inheritedFrom": {}}


def direct(person: Person, role: str = "read") -> PermissionRow:
    """A direct grant to a person, without a link."""
    opens = ((person.mail, Audience.EXT_NAMED, _ROLE_ACCESS[role]),)
    row = _direct(person.login, role, person.identity())
    return PermissionRow(row, () if person.kind == "inside" else opens)


def everyone_except_external(role: str = "read") -> PermissionRow:
    """Everyone except external users, under the name that a Japanese tenant shows."""
    login, name = (
        f"c:0-.f|rolemanager|spo-grid-all-users/{TENANT_ID}",
        "外部ユーザー以外のすべてのユーザー",
    )
    row = _direct(login, role, {"siteUser": {"id": "9", "displayName": name, "loginName": login}})
    return PermissionRow(row, ((name, Audience.ORG_DISCOVERABLE, _ROLE_ACCESS[role]),))


def everyone(role: str = "read") -> PermissionRow:
    """Everyone, guests included."""
    login, name = "c:0(.s|true", "すべてのユーザー"
    row = _direct(login, role, {"siteUser": {"id": "8", "displayName": name, "loginName": login}})
    return PermissionRow(row, ((name, Audience.EXT_AUTHENTICATED_ANY, _ROLE_ACCESS[role]),))


def team(group: Team, role: str = "read") -> PermissionRow:
    """A group of the directory: exposed when a guest is in it, or everybody may join."""
    row = _direct(group.login, role, group.identity())
    audience = Audience.EXT_NAMED if group.outsiders else Audience.ORG_DISCOVERABLE
    opens = ((group.mail or group.name, audience, _ROLE_ACCESS[role]),)
    return PermissionRow(row, opens if group.outsiders or group.visibility == "Public" else ())


def owners_of(group: Team, role: str = "owner") -> PermissionRow:
    """The owners of a group."""
    return PermissionRow(_direct(f"{group.login}_o", role, group.identity(owners=True)))


def site_group(name: str, number: int, role: str) -> PermissionRow:
    """A SharePoint group."""
    identity = {"siteGroup": {"id": str(number), "displayName": name, "loginName": name}}
    return PermissionRow(_direct(name, role, identity))


def invitation(mail: str, role: str = "read") -> PermissionRow:
    """A pending invitation."""
    row = {
        "id": guid("invitation", mail),
        "roles": [role],
        "invitation": {"email": mail, "signInRequired": True},
    }
    return PermissionRow(row, ((mail, Audience.EXT_NAMED, _ROLE_ACCESS[role]),))
