"""Who reads a masked report learns what is wrong and where to look it up, and no name."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

import pytest

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import Finding
from agent.classify.model import Severity
from agent.report.csv_rows import PrincipalRow, ScopeRow, SettingRow, finding_row
from agent.report.jsonl import exposure_object, finding_object, to_line
from agent.report.pseudonyms import PLAIN_FIELDS, Pseudonymizer
from agent.text import encode_message
from connectors.sdk.message import Message

from .conftest import FINDING, kept

MASK = Pseudonymizer(b"k" * 32)
SECRET = "秘密"
HASHED = r"#[0-9a-f]{10}"


def planted(kind, name: str):
    """A value that holds the secret, in a field of any type."""
    mail = f"{SECRET}@{SECRET}.example"
    special: dict[str, Any] = {
        "subject": FINDING.subject,
        "severity": Severity.HIGH if kind is Finding else "high",
        "confidence": FINDING.confidence,
        "principals": (mail, SECRET),
        "domains": (f"{SECRET}.example",),
        "unknowns": (),
        "points": {},
        "evidence": {"TEST-001": {"access": "edit", "owner": mail, "days": "30"}},
        "path": f"/{SECRET}/{mail}",
        "reason": Message("x.y", (("user", mail), ("status", "403"))),
        "hint": Message("x.y", (("path", SECRET),)),
        "principal": f"{mail}; {SECRET}",
    }
    if kind is Finding and name in ("reason", "hint"):
        return encode_message(special[name])
    return special.get(name, mail)


@pytest.mark.parametrize("kind", [Finding, ExposureRow, PrincipalRow, ScopeRow, SettingRow])
def test_every_field_that_somebody_chose_is_masked(kind):
    record = kind(**{field.name: planted(kind, field.name) for field in fields(kind)})
    masked = MASK.record(record)
    open_ = {field.name for field in fields(kind) if SECRET in repr(getattr(masked, field.name))}
    assert open_ <= PLAIN_FIELDS
    assert {field.name for field in fields(kind)} - open_, "nothing was masked"


def test_what_is_left_open_is_a_field_of_some_record():
    named = {
        field.name
        for kind in (Finding, ExposureRow, PrincipalRow, ScopeRow, SettingRow)
        for field in fields(kind)
    }
    assert named >= PLAIN_FIELDS


def test_a_masked_finding_still_explains_itself(spoken):
    found = kept(
        title="顧客名簿.xlsx",
        path="/営業/顧客名簿.xlsx",
        url="https://x.example/営業",
        owner="sato@example.co.jp",
    )
    row = finding_row(MASK.finding(found), "run", spoken)
    assert row["finding_id"] == found.finding.id  # the way back, for who may look it up
    assert row["severity"] == "high"
    assert row["reasons"].startswith("Anyone with the link can edit.")
    assert row["url"] == ""
    assert re.fullmatch(HASHED, row["title"])
    assert re.fullmatch(f"{HASHED}@{HASHED}", row["owner"])
    assert MASK.finding(found).finding.path == "/" + MASK.name("営業") + "/" + row["title"]


def test_the_same_name_is_the_same_hash_and_another_key_gives_another():
    assert MASK.name("Sato@Example.co.jp") == MASK.name("sato@example.co.jp")
    assert MASK.name("a@x.example").partition("@")[2] == MASK.name("x.example")
    assert Pseudonymizer(b"o" * 32).name("sato") != MASK.name("sato")


@pytest.mark.parametrize("word", ["", "unknown"])
def test_nothing_and_unknown_stay_what_they_are(word):
    assert MASK.name(word) == word


@pytest.mark.parametrize(
    ("value", "open_"),
    [("externalUserSharingOnly", True), (True, True), (30, True), ("a.example, b.example", False)],
)
def test_switches_of_the_vendor_stay_and_lists_of_domains_do_not(value, open_):
    row = SettingRow(
        service="m365", connector="m365", tenant_id="t", setting_id="s", scope_id="x", value=value
    )
    assert (MASK.record(row).value == value) is open_


def test_who_accepted_a_finding_is_a_person_too():
    assert "CISO" not in repr(MASK.finding(replace(kept(), waived_by="CISO")))


def test_json_lines_are_masked_as_well(spoken):
    said = to_line(finding_object(MASK.finding(kept(title=SECRET, principals=(SECRET,))), spoken))
    assert SECRET not in said
    row = ExposureRow(
        service="m365", connector="m365", tenant_id="t", scope_id="s", scope_title=SECRET,
        item_id=SECRET, item_kind="file", item_name=SECRET, grant_id=SECRET,
        audience="anyone_link", access="edit", principal_domain=f"{SECRET}; b", rules="A; B",
    )  # fmt: skip
    plain = exposure_object(MASK.record(row))
    assert SECRET not in to_line(plain)
    assert plain["rules"] == ["A", "B"]
    assert plain["principal_domain"] == [MASK.name(SECRET), MASK.name("b")]
