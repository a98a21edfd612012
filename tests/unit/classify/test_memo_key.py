"""What is remembered of a shape must be what judging anew would say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.classify.evaluator import Evaluator
from agent.classify.model import ExternalCount
from agent.classify.policy import Policy
from connectors.sdk.records import UNKNOWN, Access, Audience, GrantCause, PrincipalKind, State
from tests.unit.classify.given import NOW, exposure, policy

DAYS = st.sampled_from([0, 1, 29, 30, 31, 179, 180, 364, 365, 366, 1094, 1095, 4000])
DATES = st.one_of(st.just(UNKNOWN), DAYS.map(lambda days: NOW - timedelta(days=days)))
KINDS = [
    "file", "folder", "document", "document_folder", "object", "group", "channel", "registration",
    "code", "site",
]  # fmt: skip
ENDS = st.one_of(
    st.sampled_from([None, UNKNOWN]), DAYS.map(lambda days: NOW + timedelta(days=days))
)
DOMAINS = [
    (),
    ("gmail.com",),
    ("a.example",),
    ("a.example", "blocked.example"),
    ("b.example", "gone.example"),
    ("sub.vendor.example",),
    ("example.co.jp",),
]
PROOF = ExternalCount(site="S", url="https://s.example", count=5, inside=UNKNOWN, made=NOW)
FACTS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(
            ["notes.txt", "顧客名簿.xlsx", "議事録.docx", "申込(回答)", "dump.sql"]
        ),
        "kind": st.sampled_from(KINDS),
        "access": st.sampled_from(Access),
        "principal_kind": st.sampled_from(PrincipalKind),
        "principal": st.sampled_from(["", "all@example.co.jp", "example.co.jp", "x@a.example"]),
        "principal_state": st.sampled_from(State),
        "principal_domains": st.sampled_from(DOMAINS),
        "co_located_domains": st.sampled_from(DOMAINS),
        "via_group": st.sampled_from(["", "partners@example.co.jp"]),
        "id": st.sampled_from(["Case", "Account"]),
        "data": st.sampled_from([(), ("person",)]),
        "labels": st.sampled_from([(), UNKNOWN, ("Locked",), ("Open", "elsewhere")]),
        "first_seen": DAYS.map(lambda days: NOW - timedelta(days=days)),
        "owner": st.sampled_from([None, UNKNOWN, "sato@example.co.jp", "x@a.example"]),
        "owner_state": st.sampled_from(State),
        "creator_state": st.sampled_from(State),
        "created_at": DATES,
        "item_created_at": DATES,
        "last_activity": st.one_of(st.none(), DATES),
        "expires_at": ENDS,
        "password": st.sampled_from([True, False, UNKNOWN]),
        "reach": st.sampled_from([0, 1, 9, 10, 999, 1000, 100_000, UNKNOWN]),
        "cause": st.sampled_from(GrantCause),
        "criteria": st.sampled_from(["", "*", "Status equals Published"]),
        "live": st.booleans(),
        "guests": st.sampled_from([0, 3]),
        "people": st.sampled_from([UNKNOWN, 1, 49, 50, 100, 5000]),
        "external_count": st.sampled_from([None, PROOF, replace(PROOF, count=7)]),
    }
)
PLAIN = policy()
STRICT = policy(
    """
[organization]
approved_domains = ["a.example"]
blocked_domains = ["blocked.example"]
[policy]
link_max_days = 90
public_paths = ["files:/sites/team/notes*"]
[policy.labels]
Locked = {level = "s3", encrypts = true}
Open = {level = "none"}
[[policy.vendors]]
name = "V"
domains = ["vendor.example", "b.example"]
contract = "1"
ends = 2030-01-01
[[policy.vendors]]
name = "G"
domains = ["gone.example"]
contract = "2"
ends = 2020-01-01
[policy.rules."LINK-003"]
severity = "low"
reason = "links are reviewed every week"
"""
)
SHARED = {id(of): Evaluator(of, NOW) for of in (PLAIN, STRICT)}


@settings(max_examples=2000, deadline=None)
@given(st.sampled_from([PLAIN, STRICT]), st.sampled_from(Audience), FACTS)
def test_remembering_changes_no_answer(of: Policy, audience: Audience, facts: dict[str, Any]):
    seen = exposure(audience, **facts)
    assert SHARED[id(of)].evaluate_exposure(seen) == Evaluator(of, NOW).evaluate_exposure(seen)


READ = {
    "item": {"id", "kind", "name", "owner", "owner_state", "data"},
    "grant": {
        "access", "cause", "created_at", "created_by", "criteria", "expires_at", "id", "password",
        "principal", "principal_kind", "principal_state",
    },
    "exposure": {
        "first_seen", "guests", "creator_state", "co_located_domains", "principal_domains",
        "external_count", "reach", "via_group",
    },
    "policy": {
        "all_trusted", "blocked_domain", "expired_vendor", "internal", "is_internal_domain",
        "table", "unrelated_organizations", "unregistered_domains",
    },
    "sensitivity": {"shares", "signs", "terms", "topic"},
}  # fmt: skip


def test_no_rule_reads_a_fact_of_which_nobody_has_asked_whether_it_belongs_to_the_shape():
    """A new word here: does it decide whether a rule objects? Then `shape` must know it."""
    found: dict[str, set[str]] = {}
    for module in files("agent.classify.rules").iterdir():
        if module.name.endswith(".py"):
            for part, name in re.findall(
                rf"\b({'|'.join(READ)})\.(\w+)", module.read_text(encoding="utf-8")
            ):
                found.setdefault(part, set()).add(name)
    assert found == READ
