"""A list of domains names organizations: no entry may stand for everybody below a suffix."""

import sys
from datetime import date

import publicsuffixlist
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.classify.domains import consumer_domains, is_public_suffix
from agent.classify.policy import Policy
from agent.classify.policy_config import CustomRule, OrganizationConfig, PolicyConfig, Vendor
from connectors.sdk.records import Audience

TODAY = date(2026, 11, 29)


def entered(entry: str) -> str:
    """An entry of a list as the policy compares it."""
    return OrganizationConfig(approved_domains=(entry,)).approved_domains[0]


def refused(entry: str) -> dict[str, str]:
    """What the sentence about a public suffix says of an entry."""
    with pytest.raises(ValidationError) as caught:
        entered(entry)
    (error,) = caught.value.errors(include_input=False)
    assert error["type"] == "public_suffix"
    return error.get("ctx", {})


def rules() -> list[str]:
    """The suffixes of the list that no wildcard or exception makes more difficult."""
    with open(publicsuffixlist.PSLFILE, encoding="utf-8") as file:  # noqa: PTH123 -- a str
        lines = [line.split()[0] for line in file if line.strip()]
    return [line for line in lines if not line.startswith(("//", "!", "*"))]


@pytest.mark.parametrize(
    ("suffix", "domain"),
    [
        ("co.jp", "example.co.jp"),
        ("com.au", "example.com.au"),
        ("co.uk", "bbc.co.uk"),
        ("github.io", "acme.github.io"),
        ("blogspot.com", "acme.blogspot.com"),
        ("onmicrosoft.com", "acme.onmicrosoft.com"),
        ("mail.onmicrosoft.com", "acme.mail.onmicrosoft.com"),
        ("onmicrosoft.us", "acme.onmicrosoft.us"),
        ("partner.onmschina.cn", "acme.partner.onmschina.cn"),
        ("sakura.ne.jp", "acme.sakura.ne.jp"),
        ("kawasaki.jp", "city.kawasaki.jp"),
        ("foo.kawasaki.jp", "acme.foo.kawasaki.jp"),
        ("公司.cn", "例子.公司.cn"),
        ("xn--55qx5d.cn", "xn--fsqu00a.xn--55qx5d.cn"),
        ("ck", "www.ck"),
        ("jp", "u-tokyo.ac.jp"),
        ("com", "gmail.com"),
    ],
)
def test_a_public_suffix_is_refused_and_a_domain_below_it_is_taken(suffix: str, domain: str):
    assert refused(suffix)["domain"] == suffix
    assert entered(domain) == domain


@pytest.mark.parametrize(
    "entry",
    [
        "CO.JP",
        "co.jp.",
        ".co.jp",
        "@co.jp",
        "*.co.jp",
        "@*.co.jp",
        " co.jp ",
        "ｃｏ．ｊｐ",
        "co。jp",
    ],
)
def test_no_way_of_writing_hides_a_suffix(entry: str):
    assert refused(entry) == {"domain": "co.jp", "example": "example.co.jp"}


@pytest.mark.parametrize(
    "entry",
    ["Acme.Example", "acme.example.", "@acme.example", "*.acme.example", "ａｃｍｅ．example"],
)
def test_an_entry_is_kept_as_the_domain_that_it_means(entry: str):
    assert entered(entry) == "acme.example"


@pytest.mark.parametrize("entry", ["", "acme", "a b.example", "*acme.example", "acme.*.example"])
def test_what_is_no_domain_is_refused_as_such(entry: str):
    with pytest.raises(ValidationError, match="not a mail domain"):
        entered(entry)


def test_a_wildcard_suffix_is_refused_with_an_example_that_would_be_taken():
    for suffix in ("kawasaki.jp", "ck", "onmschina.cn"):
        example = refused(suffix)["example"]
        assert entered(example) == example


@given(st.sampled_from(rules()), st.sampled_from(["", "*.", "@", "."]), st.booleans())
def test_every_suffix_of_the_list_is_refused_and_its_example_is_taken(
    suffix: str, before: str, capitals: bool
):
    entry = before + (suffix.upper() if capitals else suffix)
    example = refused(entry)["example"]
    assert entered(example) == example
    assert example.endswith(suffix)


@pytest.mark.parametrize(
    "key", ["internal_domains", "approved_domains", "blocked_domains", "consumer_domains"]
)
def test_every_list_of_the_organization_refuses_it(key: str):
    with pytest.raises(ValidationError, match=r"co\.jp is a public suffix"):
        OrganizationConfig.model_validate({key: ["acme.example", "co.jp"]})


def test_vendors_and_the_conditions_of_own_rules_refuse_it():
    with pytest.raises(ValidationError, match=r"github\.io is a public suffix"):
        Vendor.model_validate({"name": "V", "domains": ["github.io"], "ends": TODAY})
    when = {"principal_domain": ["co.jp"]}
    with pytest.raises(ValidationError, match=r"co\.jp is a public suffix"):
        CustomRule.model_validate({"id": "X-001", "title": "t", "severity": "low", "when": when})


def test_what_the_tenant_reports_is_taken_as_it_is():
    tenant = ["acme.onmicrosoft.com", "kawasaki.jp"]
    policy = Policy.compile(PolicyConfig(), OrganizationConfig(), tenant, TODAY)
    assert policy.internal == set(tenant)
    assert policy.audience_of(Audience.EXT_NAMED, ["evil.example"]) is Audience.EXT_NAMED


def test_no_consumer_domain_of_the_program_is_a_suffix():
    assert [domain for domain in consumer_domains() if is_public_suffix(domain)] == []


def test_the_list_is_never_downloaded():
    assert is_public_suffix("co.jp")
    assert "publicsuffixlist.update" not in sys.modules
