"""What the store knows, as cells."""

from __future__ import annotations

from dataclasses import fields

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import TrackedFinding
from agent.classify.model import Severity, Subject
from agent.report.csv_rows import (
    PrincipalRow,
    ScopeRow,
    SettingRow,
    coverage_row,
    exposure_row,
    finding_row,
    format_cell,
    principal_row,
    setting_row,
)
from agent.text import Text, encode_message
from agent.text.findings import finding_fix, finding_reasons, finding_unknowns
from connectors.sdk.message import say
from tests.golden.specimens import EXPOSURE, ROW

from .conftest import WHEN, kept


def test_a_finding_explains_itself_in_words(spoken):
    row = finding_row(kept(), "run", spoken)
    assert row["rules"] == "TEST-001; TEST-002"
    assert row["reasons"] == "Anyone with the link can edit.; The link never expires."
    assert row["fix"] == "Remove the link."
    assert row["unknowns"] == "whether it expires"
    assert row["principal"] == "a@x.example; b@y.example"
    assert (row["severity"], row["score"], row["reach"]) == ("high", "71", "1")
    assert row["first_seen"] == "2026-11-21T12:00:00+00:00"


def test_braces_in_a_name_are_no_template(spoken):
    row = finding_row(kept(evidence={"TEST-001": {"access": "{access} {x}"}}), "run", spoken)
    assert row["reasons"] == "Anyone with the link {access} {x}."


def test_a_rule_that_is_gone_shows_as_its_key(spoken):
    row = finding_row(kept(evidence={"OLD-001": {"key": "v"}}), "run", spoken)
    assert row["reasons"] == "OLD-001.reason key='v'"


def test_an_unread_scope_says_why_and_what_to_do_in_the_readers_language():
    scope = {
        "subject": Subject.SCOPE,
        "severity": Severity.UNKNOWN,
        "score": None,
        "reason": encode_message(say("sdk.unreachable", host="graph.example", detail="Timeout")),
        "hint": encode_message(say("sdk.unreachable_hint")),
        "evidence": {"COV-001": {}},
    }
    row = finding_row(kept(**scope), "run", Text("en"))
    assert row["reasons"] == "graph.example did not respond (Timeout)."
    assert row["fix"].startswith("Check the network")
    assert row["score"] == ""
    assert "応答がありません" in finding_row(kept(**scope), "run", Text("ja"))["reasons"]


def test_an_unknown_reach_is_not_zero_and_none_is_empty(spoken):
    assert finding_row(kept(reach="unknown"), "run", spoken)["reach"] == "unknown"
    assert finding_row(kept(reach=None), "run", spoken)["reach"] == ""
    assert finding_row(kept(reach=0), "run", spoken)["reach"] == "0"


def test_a_waiver_is_reported_with_its_end_and_its_author(spoken):
    waived = TrackedFinding(
        finding=kept().finding,
        state="waived",
        first_seen=WHEN,
        last_seen=WHEN,
        changed_at=WHEN,
        waived_until="2027-03-31",
        waived_by="sato@example.co.jp",
    )
    row = finding_row(waived, "run", spoken)
    assert (row["waived_until"], row["waived_by"]) == ("2027-03-31", "sato@example.co.jp")


def test_truth_is_written_in_lower_case():
    row = ExposureRow(
        service="google",
        connector="g",
        tenant_id="t",
        scope_id="s",
        scope_title="S",
        item_id="i",
        item_kind="file",
        item_name="n",
        grant_id="p",
        audience="anyone_link",
        access="view",
        password=False,
        overexposed=True,
    )
    line = exposure_row(row, "run")
    assert (line["password"], line["overexposed"], line["score"]) == ("false", "true", "")
    setting = SettingRow(
        service="m365", connector="m", tenant_id="t", setting_id="x", scope_id="", value=None
    )
    assert setting_row(setting, "run")["value"] == ""
    assert setting_row(setting, "run")["result"] == "unknown"


def test_a_guest_is_a_row():
    guest = PrincipalRow(
        service="m365", connector="m", tenant_id="t", principal_id="p", kind="guest", name="Anna"
    )
    line = principal_row(guest, "run")
    assert (line["run_id"], line["kind"], line["items_reached"]) == ("run", "guest", "")


def test_coverage_speaks():
    row = ScopeRow(
        service="m365",
        connector="m",
        tenant_id="t",
        scope_id="s",
        scope_title="S",
        url="",
        status="denied",
        full=True,
        items=0,
        exposed_items=0,
        calls=3,
        seconds=1.2345,
        reason=say("sdk.interrupted"),
        hint=say("sdk.resume_later"),
    )
    line = coverage_row(row, "run", Text("en"))
    assert line["seconds"] == "1.2"
    assert line["reason"] == "The run was interrupted."
    assert line["hint"].startswith("Run the same command")


def test_a_finding_has_each_value_in_its_column():
    assert finding_row(EXPOSURE, "k3f9", Text("en")) == {
        "schema_version": "1",
        "run_id": "k3f9",
        "finding_id": "tjm1:0123456789abcdef0123456789abcdef",
        "state": "new",
        "service": "m365",
        "connector": "head office",
        "tenant_id": "tenant",
        "scope_id": "b!sales",
        "scope_title": "Sales",
        "subject": "exposure",
        "subject_id": "drive/item",
        "title": "顧客名簿.xlsx",
        "url": "https://example.sharepoint.com/sites/sales/x.xlsx",
        "owner": "sato@example.co.jp",
        "audience": "ext_named",
        "access": "edit",
        "principal": "anna@partner.example; bob@vendor.example",
        "reach": "7",
        "severity": "critical",
        "score": "92",
        "confidence": "medium",
        "rules": "EXT-003; EXT-002",
        "reasons": "; ".join(finding_reasons(EXPOSURE.finding, Text("en"))),
        "unknowns": "; ".join(finding_unknowns(EXPOSURE.finding, Text("en"))),
        "fix": finding_fix(EXPOSURE.finding, Text("en")),
        "first_seen": "2026-01-02T03:04:05+00:00",
        "last_seen": "2026-11-20T21:22:23+00:00",
        "changed_at": "2026-06-07T08:09:10+00:00",
        "waived_until": "2027-03-31",
        "waived_by": "ciso@example.co.jp",
    }


def test_an_exposure_has_each_value_in_its_column():
    assert exposure_row(ROW, "k3f9") == {
        "schema_version": "1",
        "run_id": "k3f9",
        **{f.name: format_cell(getattr(ROW, f.name)) for f in fields(ROW)},
    }
