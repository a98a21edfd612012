"""SharePoint's login names: the only key of a principal that is neither localised nor reused.

Display names are translated ("Everyone except external users" is 外部ユーザー以外のすべてのユーザー
in a Japanese tenant), so nothing is ever decided by them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from connectors.sdk.records import Audience, PrincipalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a login name says: whom it stands for, and a name or id where it holds one."""

    audience: Audience
    kind: PrincipalKind
    name: str = ""
    id: str = ""


_EVERYONE = Claim(audience=Audience.EXT_AUTHENTICATED_ANY, kind=PrincipalKind.EVERYONE)
_EVERYBODY_INSIDE = Claim(audience=Audience.ORG_DISCOVERABLE, kind=PrincipalKind.EVERYONE)
_UNKNOWN = Claim(audience=Audience.UNKNOWN, kind=PrincipalKind.UNKNOWN)
_ANYONE = Claim(audience=Audience.ANYONE_LINK, kind=PrincipalKind.LINK)

_GROUP = re.compile(r"c:0[to]\.c\|(?:tenant|federateddirectoryclaimprovider)\|([0-9a-f-]+(?:_o)?)")
_MEMBER = "i:0#.f|membership|"
_GUEST = "urn:spo:guest#"
_ANONYMOUS = ("urn:spo:anon#", "urn:spo:tenantanon#")
_APPLICATION = ("i:0i.t|ms.sp.ext|", "i:0i.t|00000003-0000-0ff1-ce00-000000000000|")


def claim_of(login: str, domains: frozenset[str]) -> Claim:
    """Read a login name; `domains` are the tenant's own, in lower case."""
    name = unquote(login).strip().lower()
    if name in {"c:0(.s|true", "c:0!.s|windows", "c:0!.s|forms:membership"}:
        return _EVERYONE
    if name.startswith("c:0-.f|rolemanager|spo-grid-all-users/"):
        return _EVERYBODY_INSIDE
    if found := _GROUP.fullmatch(name):
        # a claim of an own group's owners ends in _o; they are fewer than its members
        return Claim(audience=Audience.NAMED_INTERNAL, kind=PrincipalKind.GROUP, id=found[1])
    if name.startswith(_MEMBER):
        return account_of(name.removeprefix(_MEMBER), domains)
    if name.startswith(_APPLICATION):
        return Claim(audience=Audience.NAMED_INTERNAL, kind=PrincipalKind.APPLICATION)
    return _UNKNOWN


def account_of(name: str, domains: frozenset[str]) -> Claim:
    """Whom a user principal name, or a mail address, stands for."""
    name = name.strip().lower()
    if name.startswith(_GUEST):  # signs in with a code by mail; Entra may not know it
        mail = name.removeprefix(_GUEST)
        return Claim(audience=Audience.EXT_NAMED, kind=PrincipalKind.ACCOUNT, name=mail)
    if name.startswith(_ANONYMOUS):
        return _ANYONE
    if "#ext#" in name:
        return Claim(audience=Audience.EXT_NAMED, kind=PrincipalKind.GUEST, name=_home_of(name))
    _, at, domain = name.rpartition("@")
    if not at:
        return _UNKNOWN
    inside = domain in domains
    audience = Audience.NAMED_INTERNAL if inside else Audience.EXT_NAMED
    return Claim(audience=audience, kind=PrincipalKind.ACCOUNT, name=name)


def _home_of(name: str) -> str:
    """`sato_partner.example#ext#@example.onmicrosoft.com` is sato@partner.example at home."""
    user, _, domain = name.partition("#ext#")[0].rpartition("_")
    return f"{user}@{domain}" if user else domain
