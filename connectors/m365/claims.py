"""SharePoint's login names: the only key of a principal that is neither localised nor reused.

Display names are translated ("Everyone except external users" is 外部ユーザー以外のすべてのユーザー
in a Japanese tenant), so nothing is decided by them.

Microsoft documents the encoding of login names in answers to questions only.

Sources:
    Source: https://docs.microsoft.com/en-us/answers/questions/349797/understanding-login-name-format-of-sharepoint.html (read 2026-11-29)
    Source: https://sharepoint.stackexchange.com/questions/255337/sharepoint-online-site-collection-owners-possible-claim-types (read 2026-11-29)
    Source: http://techtrainingnotes.blogspot.com/2016/03/sharepoint-2013-and-sharepoint-online.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from connectors.sdk.records import Audience, PrincipalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The principal that a login name stands for.

    Attributes:
        audience: Who is reached.
        kind: The kind of the principal.
        name: The address of an account, in lower case; empty where there is none.
        id: The id of a group; empty where there is none.
    """

    audience: Audience
    kind: PrincipalKind
    name: str = ""
    id: str = ""


_EVERYONE = Claim(audience=Audience.EXT_AUTHENTICATED_ANY, kind=PrincipalKind.EVERYONE)
_EVERYONE_EXCEPT_EXTERNAL = Claim(audience=Audience.ORG_DISCOVERABLE, kind=PrincipalKind.EVERYONE)
_UNKNOWN = Claim(audience=Audience.UNKNOWN, kind=PrincipalKind.UNKNOWN)
_ANYONE = Claim(audience=Audience.ANYONE_LINK, kind=PrincipalKind.LINK)

# Security groups are c:0t.c|tenant|<id>, Microsoft 365 groups c:0o.c|...|<id>, and <id>_o stands
# for the owners of a Microsoft 365 group (first and second source of this module).
_GROUP = re.compile(r"c:0[to]\.c\|(?:tenant|federateddirectoryclaimprovider)\|([0-9a-f-]+(?:_o)?)")
_MEMBER = "i:0#.f|membership|"
_GUEST = "urn:spo:guest#"
EXTERNAL_MARK = "#ext#"  # in the user principal name of an account of another organization
_ANONYMOUS = ("urn:spo:anon#", "urn:spo:tenantanon#")
# Applications of the tenant and of Microsoft, and the service accounts of SharePoint's own farm:
# no person signs in to SharePoint Online with a Windows claim.
# Source: https://learn.microsoft.com/en-us/sharepoint/dev/sp-add-ins/add-in-permissions-in-sharepoint (read 2026-11-30)  # noqa: E501 -- an address
_APPLICATION = (
    "i:0i.t|ms.sp.ext|",
    "i:0i.t|ms.sp.int|",
    "i:0i.t|00000003-0000-0ff1-ce00-000000000000|",
    "i:0#.w|",
)


def claim_of(login: str, domains: frozenset[str]) -> Claim:
    """Return the principal of a login name; an unknown form becomes `unknown`.

    The id at the end of `spo-grid-all-users/<id>` is not compared with the tenant's: it may differ,
    and the claim still stands for this tenant's members.

    Args:
        login: The login name, percent-encoded or not, in any case.
        domains: The verified domains of the tenant, in lower case.

    Source: https://learn.microsoft.com/en-us/answers/questions/2085339/guid-in-the-loginname-of-site-user-everyone-except (read 2026-11-29)
    """  # noqa: E501 -- an address
    name = unquote(login).strip().lower()
    if name in {"c:0(.s|true", "c:0!.s|windows", "c:0!.s|forms:membership"}:
        return _EVERYONE
    if name.startswith("c:0-.f|rolemanager|spo-grid-all-users/"):
        return _EVERYONE_EXCEPT_EXTERNAL
    if found := _GROUP.fullmatch(name):
        # <id>_o stands for the owners of the group, who are fewer than its members
        return Claim(audience=Audience.NAMED_INTERNAL, kind=PrincipalKind.GROUP, id=found[1])
    if name.startswith(_MEMBER):
        return account_of(name.removeprefix(_MEMBER), domains)
    if name.startswith(_APPLICATION):
        return Claim(audience=Audience.NAMED_INTERNAL, kind=PrincipalKind.APPLICATION)
    return _UNKNOWN


def account_of(name: str, domains: frozenset[str]) -> Claim:
    """Return the principal of a user principal name or mail address.

    `urn:spo:guest#<mail>` signs in with a one-time code and may be unknown to Entra; `#EXT#` marks
    a guest of the directory.

    Source: https://learn.microsoft.com/en-us/entra/external-id/user-properties (read 2026-11-29)
    """
    name = name.strip().lower()
    if name.startswith(_GUEST):
        mail = outside_name(name.removeprefix(_GUEST), domains)
        return Claim(audience=Audience.EXT_NAMED, kind=PrincipalKind.ACCOUNT, name=mail)
    if name.startswith(_ANONYMOUS):
        return _ANYONE
    if EXTERNAL_MARK in name:
        home = outside_name(_external_address(name), domains)
        return Claim(audience=Audience.EXT_NAMED, kind=PrincipalKind.GUEST, name=home)
    _, at, domain = name.rpartition("@")
    if not at:
        return _UNKNOWN
    inside = domain in domains
    audience = Audience.NAMED_INTERNAL if inside else Audience.EXT_NAMED
    return Claim(audience=audience, kind=PrincipalKind.ACCOUNT, name=name)


def outside_name(address: str, domains: frozenset[str]) -> str:
    """Return the name of an external account: its address at home, in lower case.

    An address in a domain of this tenant, or below one, gets the mark `#ext#`: by the address alone
    the account would count as an internal one. Such accounts exist where a subdomain belongs to
    another tenant, and where a domain was verified after its users had been invited.

    Args:
        address: The address at home.
        domains: The verified domains of the tenant, in lower case.

    Source: https://github.com/pnp/cli-microsoft365/blob/HEAD/src/m365/spo/commands/user/user-get.spec.ts (read 2026-11-30)
    """  # noqa: E501 -- an address
    address = address.strip().lower()
    _, _, domain = address.rpartition("@")
    while domain:
        if domain in domains:
            return address + EXTERNAL_MARK
        domain = domain.partition(".")[2]
    return address


def _external_address(name: str) -> str:
    """Return sato@partner.example for `sato_partner.example#ext#@example.onmicrosoft.com`."""
    user, _, domain = name.partition(EXTERNAL_MARK)[0].rpartition("_")
    return f"{user}@{domain}" if user else domain
