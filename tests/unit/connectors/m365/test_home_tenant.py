"""The home of an account decides who is outside, not its address or its type."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.classify.policy import Policy
from agent.classify.policy_config import OrganizationConfig, PolicyConfig
from connectors.m365.home_tenant import home_address, is_external
from connectors.m365.normalize import grants_of, guest_of, memberships_of
from connectors.sdk.records import UNKNOWN, Audience, Grant, PrincipalKind

OWN = frozenset({"contoso.com", "contoso.onmicrosoft.com"})
MEMBER = "i:0#.f|membership|"
GUID = "2b1c7c1e-0000-4000-8000-0123456789ab"


def judged(grant: Grant) -> Audience:
    """The audience that the policy makes of a grant, as the agent asks for it."""
    today = datetime(2026, 11, 30, tzinfo=UTC).date()
    policy = Policy.compile(PolicyConfig(), OrganizationConfig(), OWN, today)
    domain = grant.principal.rpartition("@")[2]
    return policy.audience_of(grant.audience, (domain,) if "@" in grant.principal else ())


def login_row(login: str, mail: str | None, **more: Any) -> Any:
    site_user = {"id": "12", "loginName": login, "displayName": "X", "email": mail}
    return {"id": "p", "roles": ["read"], "grantedToV2": {"siteUser": site_user, **more}}


# Source: https://github.com/pnp/cli-microsoft365/blob/HEAD/src/m365/spo/commands/user/user-get.spec.ts (read 2026-11-30)  # noqa: E501 -- an address
@pytest.mark.parametrize(
    ("login", "mail", "home", "audience"),
    [
        ("john.doe_hotmail.com#ext#@contoso.onmicrosoft.com", "john.doe@contoso.onmicrosoft.com",
         "john.doe@hotmail.com", Audience.EXT_CONSUMER),
        ("sato_sub.contoso.com#ext#@contoso.onmicrosoft.com", "sato@sub.contoso.com",
         "sato@sub.contoso.com#ext#", Audience.EXT_NAMED),
        ("sato_contoso.com#EXT#@contoso.onmicrosoft.com", "sato@contoso.com",
         "sato@contoso.com#ext#", Audience.EXT_NAMED),
        ("urn%3aspo%3aguest#x@gmail.com", "x@contoso.com", "x@gmail.com", Audience.EXT_CONSUMER),
        ("urn%3aspo%3aguest#x@contoso.com", "x@contoso.com", "x@contoso.com#ext#",
         Audience.EXT_NAMED),
        ("x_gmail.com#ext#@contoso.onmicrosoft.com", "x@gmail.com", "x@gmail.com",
         Audience.EXT_CONSUMER),
        ("x_partner.example#ext#@contoso.onmicrosoft.com", None, "x@partner.example",
         Audience.EXT_NAMED),
        ("bo@partner.example", "bo@contoso.com", "bo@partner.example", Audience.EXT_NAMED),
        ("sato@contoso.onmicrosoft.com", "sato@contoso.com", "sato@contoso.com",
         Audience.NAMED_INTERNAL),
        ("sato@contoso.com", "sato@partner.example", "sato@partner.example",
         Audience.NAMED_INTERNAL),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["direct", "link", "old"])
def test_the_login_name_decides_and_the_mail_only_describes(
    kind: str, login: str, mail: str | None, home: str, audience: Audience
) -> None:
    row = login_row(MEMBER + login, mail, user={"id": "u", "email": mail})
    if kind == "link":
        identity = row.pop("grantedToV2")
        link = {"scope": "users", "type": "view"}
        row |= {"link": link, "grantedToIdentitiesV2": [identity]}
    if kind == "old":
        row["grantedTo"] = row.pop("grantedToV2")
    (grant,) = grants_of(row, "b!d", OWN)
    assert (grant.principal, judged(grant)) == (home, audience)


@pytest.mark.parametrize("mark", ["#EXT#", "#ext#", "#Ext#"])
def test_no_external_account_is_ever_judged_as_internal(mark: str) -> None:
    for home in ("contoso.com", "sub.contoso.com", "a.b.contoso.com", "contoso.onmicrosoft.com"):
        login = f"{MEMBER}a_{home}{mark}@contoso.onmicrosoft.com"
        for mail in (None, "", f"a@{home}", "a@contoso.com", login[18:]):
            (grant,) = grants_of(login_row(login, mail), "b!d", OWN)
            assert grant.principal_kind is PrincipalKind.GUEST
            assert judged(grant) is Audience.EXT_NAMED


def encoded(login: str) -> str:
    return urlsafe_b64encode(login.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("more", "principal", "audience"),
    [
        ({"id": encoded(f"{MEMBER}mario@euromib.fr"), "grantedTo": {"user": {"id": "7"}}},
         "mario@euromib.fr", Audience.EXT_NAMED),
        ({"id": encoded(f"{MEMBER}j_x.example#ext#@contoso.onmicrosoft.com"),
          "grantedToV2": {"user": {"id": "7", "email": "j@contoso.com"}}},
         "j@x.example", Audience.EXT_NAMED),
        ({"id": encoded("c:0(.s|true"), "grantedToV2": {"user": {"displayName": "Everyone"}}},
         "Everyone", Audience.EXT_AUTHENTICATED_ANY),
        ({"id": "1", "grantedTo": {"user": {"displayName": "R"}},
          "invitation": {"email": "robin@contoso.org"}}, "robin@contoso.org", Audience.EXT_NAMED),
        ({"id": "1", "grantedToV2": {"user": {"id": "8"}},
          "invitation": {"email": "Robin@Contoso.com"}}, "robin@contoso.com",
         Audience.NAMED_INTERNAL),
        ({"id": encoded("所有者"),
          "grantedToV2": {"siteGroup": {"id": "3", "displayName": "所有者"}}},
         "所有者", Audience.NAMED_INTERNAL),
        ({"id": "1", "grantedToV2": {"user": {"displayName": "?"}}}, "?", Audience.UNKNOWN),
    ],
)  # fmt: skip
def test_a_row_without_a_login_is_known_by_what_else_it_tells(
    more: Any, principal: str, audience: Audience
) -> None:
    row: Any = {"roles": ["read"], **more}
    (grant,) = grants_of(row, "b!d", OWN)
    assert (grant.principal, grant.audience) == (principal, audience)


@pytest.mark.parametrize("link", [{}, {"type": "view"}, {"webUrl": "https://x"}])
@pytest.mark.parametrize("key", ["grantedToIdentities", "grantedToIdentitiesV2"])
def test_a_link_that_names_its_recipients_is_for_them(key: str, link: Any) -> None:
    people = [{"user": {"email": "a@x.example"}}, {"user": {"email": "b@contoso.com"}}]
    row: Any = {"id": "p", "roles": ["read"], "link": link, key: people}
    grants = list(grants_of(row, "d", OWN))
    assert [(g.principal, g.audience) for g in grants] == [
        ("a@x.example", Audience.EXT_NAMED),
        ("b@contoso.com", Audience.NAMED_INTERNAL),
    ]


UPN = "sato@contoso.com"
ISSUER = {"signInType": "userPrincipalName", "issuer": "contoso.onmicrosoft.com"}


@pytest.mark.parametrize(
    ("facts", "external"),
    [
        ({"userPrincipalName": "a_x.example#EXT#@contoso.onmicrosoft.com", "userType": "Member"},
         True),
        ({"userPrincipalName": "a_x.example#EXT#@contoso.onmicrosoft.com", "userType": None}, True),
        ({"userPrincipalName": "a_x.example#EXT#@contoso.onmicrosoft.com"}, True),
        ({"userPrincipalName": UPN, "userType": "Member", "creationType": "Invitation"}, True),
        ({"userPrincipalName": UPN, "userType": "Member", "creationType": "SelfServiceSignUp"},
         True),
        ({"userPrincipalName": UPN, "userType": "Member", "externalUserState": "Accepted"}, True),
        ({"userPrincipalName": UPN, "userType": "Member",
          "identities": [{"signInType": "federated", "issuer": "ExternalAzureAD"}]}, True),
        ({"userPrincipalName": UPN, "userType": "Member",
          "identities": [{"signInType": "federated", "issuer": "google.com"}]}, True),
        ({"userPrincipalName": UPN, "userType": "Guest"}, True),
        ({"userPrincipalName": UPN, "userType": "Member", "identities": [ISSUER]}, False),
        ({"userPrincipalName": UPN, "userType": "Member", "creationType": "EmailVerified",
          "mail": "sato@partner.example"}, False),
        ({"userPrincipalName": UPN, "userType": "Member", "identities": [
            {"signInType": "federated", "issuer": "contoso.com"}]}, False),
        ({"userPrincipalName": UPN, "userType": None, "creationType": None}, False),
        ({"userPrincipalName": UPN, "userType": "Visitor", "creationType": None}, UNKNOWN),
        ({"userPrincipalName": "x@other.example", "userType": None, "creationType": None}, UNKNOWN),
        ({"userPrincipalName": None, "userType": None, "creationType": None}, UNKNOWN),
        ({"userPrincipalName": UPN}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)  # fmt: skip
def test_the_home_of_an_account_is_read_from_facts_and_an_unknown_word_is_never_inside(
    facts: Any, external: object
) -> None:
    raw: Any = {"id": GUID, **facts}
    assert is_external(raw, OWN) is external
    principal = guest_of(raw, OWN, sign_in_known=False)
    assert principal.external is external
    (member,) = memberships_of("g", None, [raw], OWN)
    assert member.audience is (Audience.UNKNOWN if external is UNKNOWN else Audience.EXT_NAMED)


@pytest.mark.parametrize(
    ("upn", "mail", "address"),
    [
        ("a_b_c.example#EXT#@contoso.onmicrosoft.com", None, "a_b@c.example"),
        ("a_b_c.example#EXT#@contoso.onmicrosoft.com", "a.b@contoso.com", "a_b@c.example"),
        ("a_sub.contoso.com#EXT#@contoso.onmicrosoft.com", "a@sub.contoso.com",
         "a@sub.contoso.com#ext#"),
        ("guest1@contoso.com", "a@partner.example", "a@partner.example"),
        ("guest1@contoso.com", "guest1@contoso.com", "guest1@contoso.com#ext#"),
        ("guest1@contoso.com", None, "guest1@contoso.com#ext#"),
    ],
)  # fmt: skip
def test_an_external_account_is_called_by_its_address_at_home(
    upn: str, mail: str | None, address: str
) -> None:
    raw: Any = {"id": GUID, "userPrincipalName": upn, "mail": mail}
    assert home_address(raw, OWN) == address
