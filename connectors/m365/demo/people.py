"""Who works at Example K.K., whom it invited, and its groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

TENANT_ID = "6f1d2c3b-0a4e-4c57-9b1e-7d3a5f20c811"
DOMAINS = ("example.co.jp", "example.onmicrosoft.com")


def guid(*what: object) -> str:
    """The same id for the same thing, every time."""
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, what))))


@dataclass(frozen=True, slots=True)
class Person:
    """An internal account, a guest of the directory, or a person with a one-time code.

    A synced account comes from another tenant by cross-tenant synchronization: it is a member.

    Source: https://learn.microsoft.com/en-us/entra/identity/multi-tenant-organizations/cross-tenant-synchronization-overview (read 2026-11-30)
    """  # noqa: E501 -- an address

    name: str
    mail: str
    kind: str = "inside"  # inside, guest, synced, code
    state: str | None = None  # of a guest: externalUserState
    created: str = "2024-04-01T00:00:00Z"
    changed: str | None = None
    enabled: bool = True
    seen: str | None = None
    sponsor: Person | None = None
    roles: tuple[str, ...] = ()  # of the directory
    alias: str = ""  # the address from before a new name
    shown: str = ""  # the mail that an administrator set for the address book, if another one

    @property
    def id(self) -> str:
        """The object id in Entra."""
        return guid("user", self.mail)

    @property
    def upn(self) -> str:
        """The user principal name: a guest's is made of the address at home."""
        if self.kind == "inside":
            return self.mail
        return f"{self.mail.replace('@', '_')}#EXT#@{DOMAINS[1]}"

    @property
    def login(self) -> str:
        """SharePoint's login name."""
        if self.kind == "code":
            return f"i:0#.f|membership|urn%3aspo%3aguest#{self.mail}"
        return f"i:0#.f|membership|{self.upn.lower()}"

    def identity(self) -> dict[str, Any]:
        """A sharePointIdentitySet."""
        shown = {"displayName": self.name, "email": self.shown or self.mail}
        there = {"siteUser": {"id": str(sum(self.mail.encode())), "loginName": self.login, **shown}}
        return there if self.kind == "code" else {"user": {"id": self.id, **shown}, **there}

    def entry(self) -> dict[str, Any]:
        """The user as the directory knows it."""
        return {
            "id": self.id,
            "displayName": self.name,
            "mail": None if self.state == "PendingAcceptance" else self.shown or self.mail,
            "userPrincipalName": self.upn,
            "userType": "Guest" if self.kind == "guest" else "Member",
            "creationType": None if self.kind == "inside" else "Invitation",
            "identities": [self._identity()],
            "accountEnabled": self.enabled,
            "proxyAddresses": [f"SMTP:{self.mail}", f"smtp:{self.alias}"] if self.alias else [],
            "createdDateTime": self.created,
            "externalUserState": self.state,
            "externalUserStateChangeDateTime": self.changed,
            "signInActivity": self.seen and {"lastSignInDateTime": self.seen},
            "sponsors": [self.sponsor.reference()] if self.sponsor else [],
        }

    def _identity(self) -> dict[str, Any]:
        """How the user signs in.

        Source: https://learn.microsoft.com/en-us/graph/api/resources/objectidentity (read 2026-11-30)
        """  # noqa: E501 -- an address
        if self.kind == "inside":
            sign_in = {"signInType": "userPrincipalName", "issuer": DOMAINS[1]}
            return sign_in | {"issuerAssignedId": self.upn}
        return {"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": None}

    def reference(self) -> dict[str, Any]:
        """The user where another object names it."""
        return {"id": self.id, "displayName": self.name, "mail": self.shown or self.mail}


SATO = Person("佐藤 美咲", "misaki.sato@example.co.jp")
SUZUKI = Person("鈴木 健", "ken.suzuki@example.co.jp")
TANAKA = Person("田中 一郎", "ichiro.tanaka@example.co.jp")
SMITH = Person("Smith, Anna", "anna.smith@example.co.jp", shown="anna@smith-consulting.example")
FORMER_EMPLOYEE = Person("山本 花子（退職）", "hanako.yamamoto@example.co.jp", enabled=False)
EMPLOYEES = (SATO, SUZUKI, TANAKA, SMITH)

ALPHA = Person(
    "高橋 (アルファ商事)", "takahashi@alpha.example", "guest", "Accepted",
    changed="2024-04-03T01:00:00Z", seen="2026-11-01T02:00:00Z", sponsor=SATO,
)  # fmt: skip
BETA = Person(
    "伊藤 (ベータ物流)", "ito_k@beta.example", "guest", "Accepted",
    changed="2025-01-10T01:00:00Z", seen="2025-03-30T02:00:00Z",
)  # fmt: skip
GMAIL = Person(
    "k. wata", "wata.k@gmail.com", "guest", "Accepted",
    created="2023-06-01T00:00:00Z", changed="2023-06-02T00:00:00Z",
)  # fmt: skip
PENDING = Person(
    "新任 担当", "shinnin@gamma.example", "guest", "PendingAcceptance",
    created="2026-07-15T00:00:00Z", changed="2026-07-15T00:00:00Z",
)  # fmt: skip
BLOCKED = Person(
    "旧 委託先", "itaku@delta.example", "guest", "Accepted", enabled=False,
    changed="2022-02-02T00:00:00Z", seen="2022-08-30T02:00:00Z",
)  # fmt: skip
NESTED = Person(
    "Contractor \"Bob\", O'Neil", "bob@partner.example", "guest", "Accepted",
    changed="2026-02-02T00:00:00Z", seen="2026-11-19T02:00:00Z", sponsor=TANAKA,
    roles=("Directory Readers",),
)  # fmt: skip
CODE = Person("mori@epsilon.example", "mori@epsilon.example", "code")
SYNCED = Person(
    "Kato, Emi (affiliate)", "emi.kato@affiliate.example", "synced", "Accepted",
    created="2026-02-02T00:00:00Z", seen="2026-11-03T02:00:00Z", sponsor=SATO,
)  # fmt: skip
LISTED = Person(  # an outsider whom the address book shows with an address of ours
    "小林 (アルファ商事)", "kobayashi@alpha.example", "guest", "Accepted",
    changed="2025-06-02T00:00:00Z", seen="2026-11-11T02:00:00Z", sponsor=SATO,
    shown="kobayashi@example.co.jp",
)  # fmt: skip
GUESTS = (ALPHA, BETA, GMAIL, PENDING, BLOCKED, NESTED, LISTED)


def guest(number: int) -> Person:
    """One of the many guests of a large tenant."""
    return Person(
        f"Guest {number}", f"guest{number}@partner{number % 7}.example", "guest", "Accepted"
    )


@dataclass(frozen=True, slots=True)
class Team:
    """A group of the directory with everybody in it, nested groups included."""

    name: str
    mail: str | None
    members: tuple[Person, ...]
    unified: bool = True  # a Microsoft 365 group
    visibility: str | None = "Private"
    deleted: bool = False
    owners: tuple[Person, ...] = (SATO,)
    team: bool = False  # Teams was added to it

    @property
    def id(self) -> str:
        """The object id in Entra."""
        return guid("group", self.name)

    @property
    def login(self) -> str:
        """SharePoint's claim for the group."""
        kind = "o.c|federateddirectoryclaimprovider" if self.unified else "t.c|tenant"
        return f"c:0{kind}|{self.id}"

    @property
    def outsiders(self) -> bool:
        """Whether somebody in it is a guest."""
        return any(person.kind != "inside" for person in self.members)

    def identity(self, *, owners: bool = False) -> dict[str, Any]:
        """A sharePointIdentitySet."""
        login = f"{self.login}_o" if owners else self.login
        name = f"{self.name} 所有者" if owners else self.name
        shown = {"displayName": name, "email": self.mail}
        return {
            "group": {"id": self.id, **shown},
            "siteUser": {"id": str(sum(self.name.encode())), "loginName": login, **shown},
        }

    def entry(self) -> dict[str, Any]:
        """The group as the directory knows it."""
        return {
            "id": self.id,
            "displayName": self.name,
            "mail": self.mail,
            "visibility": self.visibility,
            "groupTypes": ["Unified"] if self.unified else [],
            "resourceProvisioningOptions": ["Team"] if self.team else [],
            "owners": [person.entry() for person in self.owners],
        }


SALES_TEAM = Team("営業部", "sales@example.co.jp", (SATO, SUZUKI, BETA), team=True)
PLAZA = Team("全社広場", "plaza@example.co.jp", EMPLOYEES, visibility="Public")
ENGINEERS = Team(  # through the nested group 協力会社
    "開発セキュリティ", None, (TANAKA, SMITH, NESTED), unified=False, visibility=None
)
OFFICE = Team("総務部", "office@example.co.jp", (SUZUKI, TANAKA), owners=(FORMER_EMPLOYEE,))
DELETED_TEAM = Team("解散した委員会", "iinkai@example.co.jp", (), deleted=True)
LAUNCH = Team(
    "新製品準備室", "launch@example.co.jp", (SATO, TANAKA), owners=(SATO, NESTED), team=True
)
AFFILIATES = Team("グループ会社連携", None, (TANAKA, SYNCED), unified=False, visibility=None)
TEAMS = {
    team.id: team
    for team in (SALES_TEAM, PLAZA, ENGINEERS, OFFICE, DELETED_TEAM, LAUNCH, AFFILIATES)
}
