import pytest

from connectors.m365.claims import account_of, claim_of
from connectors.sdk.records import Audience, PrincipalKind

OWN = frozenset({"example.co.jp", "example.onmicrosoft.com"})
GROUP = "2b1c7c1e-0000-4000-8000-0123456789ab"


@pytest.mark.parametrize(
    ("login", "audience", "kind", "name", "id_"),
    [
        ("c:0(.s|true", "ext_authenticated_any", "everyone", "", ""),
        ("c:0!.s|windows", "ext_authenticated_any", "everyone", "", ""),
        ("c:0-.f|rolemanager|spo-grid-all-users/6f1d", "org_discoverable", "everyone", "", ""),
        (f"c:0t.c|tenant|{GROUP}", "named_internal", "group", "", GROUP),
        (f"c:0o.c|federateddirectoryclaimprovider|{GROUP}", "named_internal", "group", "", GROUP),
        (
            f"c:0o.c|federateddirectoryclaimprovider|{GROUP}_o",
            "named_internal",
            "group",
            "",
            f"{GROUP}_o",
        ),
        (
            "i:0#.f|membership|Sato@Example.co.jp",
            "named_internal",
            "account",
            "sato@example.co.jp",
            "",
        ),
        ("i:0#.f|membership|bo@other.example", "ext_named", "account", "bo@other.example", ""),
        (
            "i:0#.f|membership|ito_k_beta.example#ext#@example.onmicrosoft.com",
            "ext_named",
            "guest",
            "ito_k@beta.example",
            "",
        ),
        (
            "i:0#.f|membership|urn%3aspo%3aguest#mori@epsilon.example",
            "ext_named",
            "account",
            "mori@epsilon.example",
            "",
        ),
        ("i:0#.f|membership|urn%3aspo%3aanon#0123456789", "anyone_link", "link", "", ""),
        ("i:0i.t|ms.sp.ext|0d0c7a54@6f1d2c3b", "named_internal", "application", "", ""),
        ("i:0i.t|ms.sp.int|0d0c7a54@6f1d2c3b", "named_internal", "application", "", ""),
        ("i:0#.w|nt service\\spsearch", "named_internal", "application", "", ""),
        ("i:0#.w|sharepoint\\system", "named_internal", "application", "", ""),
        ("i:0#.f|membership|somebody", "unknown", "unknown", "", ""),
        ("c:0x.new|kind|of|claim", "unknown", "unknown", "", ""),
        ("", "unknown", "unknown", "", ""),
    ],
)
def test_a_login_name_tells_whom_it_stands_for(
    login: str, audience: str, kind: str, name: str, id_: str
) -> None:
    claim = claim_of(login, OWN)
    assert (claim.audience, claim.kind) == (Audience(audience), PrincipalKind(kind))
    assert (claim.name, claim.id) == (name, id_)


def test_an_address_without_a_domain_is_unknown_and_not_internal() -> None:
    assert account_of("", OWN).audience is Audience.UNKNOWN


def test_a_domain_that_only_ends_like_an_own_one_is_outside() -> None:
    assert account_of("a@notexample.co.jp", OWN).audience is Audience.EXT_NAMED
    assert account_of("a@sub.example.co.jp", OWN).audience is Audience.EXT_NAMED
