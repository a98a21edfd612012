"""The people and groups of Example K.K., a made-up company."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.google.demo.model import ALIAS, DOMAIN, number

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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account. `token` and `drive` say how Google refuses it, if it does."""

    mail: str
    name: str
    suspended: bool = False
    archived: bool = False
    token: tuple[str, str] | None = None
    drive_off: bool = False

    @property
    def id(self) -> str:
        """The id in the directory."""
        return f"1{number('user ' + self.mail)}"


def _person(local: str, name: str) -> Person:
    return Person(mail=f"{local}@{DOMAIN}", name=name)


STAFF = (
    _person("audit-admin", "監査 管理者"),
    Person(mail=f"ito@{DOMAIN}", name="伊藤 結衣", drive_off=True),
    _person("john.smith", "John Smith"),
    _person("kobayashi", "小林 蓮"),
    Person(
        mail=f"mori@{DOMAIN}",
        name="森 さくら",
        archived=True,
        token=("invalid_grant", "Invalid email or User ID"),
    ),
    _person("o'brien", "Mary O'Brien, Jr."),
    _person("sato", "佐藤 健"),
    _person("suzuki", "鈴木 花子"),
    Person(mail=f"tanaka@{DOMAIN}", name="田中 一郎", suspended=True),
    Person(
        mail=f"yamamoto@{DOMAIN}",
        name="山本 大輔",
        suspended=True,
        token=("access_denied", "Account restricted"),
    ),
)

PARTNERS = f"project-x-partners@{DOMAIN}"
PROJECT = f"project-x@{DOMAIN}"
BRAND = f"brand-managers@{DOMAIN}"
HR = f"hr@{DOMAIN}"

GROUPS: dict[str, tuple[str, ...]] = {
    PROJECT: (f"sato@{DOMAIN}", f"john.smith@{DOMAIN}", PARTNERS),
    PARTNERS: ("kim@partner-a.example", f"kobayashi@{DOMAIN}"),
    BRAND: (f"ito@{DOMAIN}", f"o'brien@{DOMAIN}"),  # the first has no Drive
    HR: (f"suzuki@{DOMAIN}", f"mori@{DOMAIN}"),
}


def members_of(group: str, *, derived: bool) -> list[dict[str, str]]:
    """The members as the directory tells them; nested ones come after the group itself."""
    found: list[dict[str, str]] = []
    for mail in GROUPS[group]:
        kind = "GROUP" if mail in GROUPS else "USER"
        found.append(
            {
                "kind": "admin#directory#member",
                "id": number("member " + mail),
                "email": mail,
                "role": "MEMBER",
                "type": kind,
                "status": "ACTIVE",
            }
        )
        if kind == "GROUP" and derived:
            found += members_of(mail, derived=True)
    return found


def in_group(mail: str, group: str) -> bool:
    """Whether an account is in a group, through nested groups too."""
    return any(m["email"] == mail for m in members_of(group, derived=True))
