"""Accounts and groups of the simulated tenant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.google.demo.model import ALIAS, DOMAIN, number
from connectors.sdk.demo import ExpectedExposure
from connectors.sdk.records import Access, Audience

CUSTOMER = "C0examplek"
ADMIN = f"audit-admin@{DOMAIN}"
DOMAINS = (
    {
        "kind": "admin#directory#domain",
        "domainName": DOMAIN,
        "isPrimary": True,
        "verified": True,
        "creationTime": "1300000000000",
        "domainAliases": [
            {
                "kind": "admin#directory#domainAlias",
                "domainAliasName": ALIAS,
                "parentDomainName": DOMAIN,
                "verified": True,
                "creationTime": "1300000000000",
            }
        ],
    },
    {
        "kind": "admin#directory#domain",
        "domainName": "Kenkyu.Example.co.jp",  # the service does not promise lower case
        "isPrimary": False,
        "verified": True,
        "creationTime": "1400000000000",
    },
    {
        "kind": "admin#directory#domain",
        "domainName": "partner-b.example",  # entered by somebody, and never proven to be ours
        "isPrimary": False,
        "verified": False,
        "creationTime": "1500000000000",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account.

    `token_error` is the error of the token endpoint, `drive_off` that of the Drive API.
    """

    mail: str
    name: str
    suspended: bool = False
    archived: bool = False
    token_error: tuple[str, str] | None = None
    drive_off: bool = False
    created: str = "2020-04-01T00:00:00.000Z"
    guest: str = ""  # the own address of a guest account

    @property
    def id(self) -> str:
        """The id in the directory."""
        return f"1{number('user ' + self.mail)}"


def _person(local: str, name: str) -> Person:
    return Person(mail=f"{local}@{DOMAIN}", name=name)


GUEST, GUEST_ELSEWHERE = f"chris.hart@{DOMAIN}", "chris@partner-c.example"

STAFF = (
    _person("audit-admin", "監査 管理者"),
    # a guest account, as the Directory API describes one (User.isGuestUser, guestAccountInfo)
    Person(mail=GUEST, name="Chris Hart", guest=GUEST_ELSEWHERE),
    Person(mail=f"ito@{DOMAIN}", name="伊藤 結衣", drive_off=True),
    _person("john.smith", "John Smith"),
    _person("kobayashi", "小林 蓮"),
    Person(
        mail=f"mori@{DOMAIN}",
        name="森 さくら",
        archived=True,
        token_error=("invalid_grant", "Invalid email or User ID"),
    ),
    _person("o'brien", "Mary O'Brien, Jr."),
    _person("sato", "佐藤 健"),
    _person("suzuki", "鈴木 花子"),
    Person(mail=f"tanaka@{DOMAIN}", name="田中 一郎", suspended=True),
    Person(
        mail=f"yamamoto@{DOMAIN}",
        name="山本 大輔",
        suspended=True,
        token_error=("access_denied", "Account restricted"),
    ),
)

PARTNERS = f"project-x-partners@{DOMAIN}"
PROJECT = f"project-x@{DOMAIN}"
BRAND = f"brand-managers@{DOMAIN}"
HR = f"hr@{DOMAIN}"
SUPPORT = f"helpdesk@{DOMAIN}"
ALL_STAFF = f"all-hands@{DOMAIN}"
ABUSE = f"abuse@{DOMAIN}"  # every tenant has it, and Google refuses its settings

GROUPS: dict[str, tuple[str, ...]] = {
    PROJECT: (f"sato@{DOMAIN}", f"john.smith@{DOMAIN}", PARTNERS),
    PARTNERS: ("kim@partner-a.example", f"kobayashi@{DOMAIN}"),
    BRAND: (f"ito@{DOMAIN}", f"o'brien@{DOMAIN}"),  # the first has no Drive
    HR: (f"suzuki@{DOMAIN}", f"mori@{DOMAIN}"),
    SUPPORT: (f"sato@{DOMAIN}",),
    ALL_STAFF: (f"sato@{DOMAIN}", f"suzuki@{DOMAIN}"),
    ABUSE: (ADMIN,),
}

_CLOSED_SETTINGS = {
    "whoCanDiscoverGroup": "ALL_MEMBERS_CAN_DISCOVER",
    "whoCanJoin": "INVITED_CAN_JOIN",
    "whoCanPostMessage": "ALL_MEMBERS_CAN_POST",
    "whoCanViewGroup": "ALL_MEMBERS_CAN_VIEW",
    "allowExternalMembers": "false",
    "archiveOnly": "false",
}
_OPEN_SETTINGS = {
    SUPPORT: {  # anybody can post, and read what others posted
        "whoCanDiscoverGroup": "ANYONE_CAN_DISCOVER",
        "whoCanPostMessage": "ANYONE_CAN_POST",
        "whoCanViewGroup": "ANYONE_CAN_VIEW",
    },
    ALL_STAFF: {
        "whoCanDiscoverGroup": "ALL_IN_DOMAIN_CAN_DISCOVER",
        "whoCanJoin": "ALL_IN_DOMAIN_CAN_JOIN",
        "whoCanViewGroup": "ALL_IN_DOMAIN_CAN_VIEW",
    },
}
_AUDIENCES = {
    "ANYONE": Audience.PUBLIC_DISCOVERABLE,
    "ALL_IN": Audience.ORG_DISCOVERABLE,
}
_ACCESS = {"whoCanDiscoverGroup": Access.VIEW_ONLY, "whoCanPostMessage": Access.CREATE}


def group_settings(group: str) -> dict[str, str]:
    """Return the settings of a group as the Groups Settings API does."""
    kind = {"kind": "groupsSettings#groups", "email": group, "name": group}
    return kind | _CLOSED_SETTINGS | _OPEN_SETTINGS.get(group, {})


def group_exposures() -> Iterator[ExpectedExposure]:
    """Yield an expected exposure for each setting that admits non-members."""
    for group, settings in _OPEN_SETTINGS.items():
        for name, who in settings.items():
            yield ExpectedExposure(
                item_id=group,
                grant_id=name,
                principal="",
                audience=_AUDIENCES[who[:6]],
                access=_ACCESS.get(name, Access.VIEW),
            )


def members_of(group: str, *, derived: bool) -> list[dict[str, str]]:
    """Return the members of a group; those of nested groups follow the nested group."""
    found: list[dict[str, str]] = []
    for mail in GROUPS[group]:
        kind = "GROUP" if mail in GROUPS else "USER"
        found.append(
            {
                "kind": "admin#directory#member",
                "id": number("member " + mail),
                "email": mail,
                "role": "OWNER" if mail == GROUPS[group][0] else "MEMBER",
                "type": kind,
                "status": "ACTIVE",
            }
        )
        if kind == "GROUP" and derived:
            found += [m | {"role": "MEMBER"} for m in members_of(mail, derived=True)]
    return found


def in_group(mail: str, group: str) -> bool:
    """Return True if an account is in a group, nested groups included."""
    return any(m["email"] == mail for m in members_of(group, derived=True))
