"""Findings and exposure rows as the store keeps them: cells without names, in a frozen order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import Finding
from agent.classify.model import Confidence, Severity, Subject
from agent.store import exposures, findings, schema
from agent.store.facts import FactStore
from agent.store.finding_lifecycle import EvaluatedFinding, FindingTracker
from agent.store.tri_state import format_time
from connectors.sdk.records import Scope
from tests.golden.specimens import EXPOSURE, ROW

EXPOSURE_CELLS = [
    "service",
    "connector",
    "tenant_id",
    "scope_id",
    "scope_title",
    "item_id",
    "item_kind",
    "item_name",
    "item_path",
    "item_url",
    "owner",
    "grant_id",
    "audience",
    "access",
    "principal",
    "principal_kind",
    "principal_domain",
    "via_group",
    "inherited_from",
    "created_at",
    "created_by",
    "expires_at",
    "password",
    "first_seen",
    "last_seen",
    "item_created_at",
    "item_modified_at",
    "sensitivity",
    "sensitivity_source",
    "reach",
    "score",
    "severity",
    "overexposed",
    "rules",
    "finding_id",
    "criteria",
    "views",
    "sensitivity_terms",
]
FINDING_CELLS = [
    "id",
    "subject",
    "subject_id",
    "service",
    "connector",
    "tenant_id",
    "scope_id",
    "scope_title",
    "title",
    "kind",
    "severity",
    "score",
    "confidence",
    "path",
    "url",
    "owner",
    "grant_id",
    "audience",
    "access",
    "principals",
    "domains",
    "via_group",
    "expires_at",
    "password",
    "reach",
    "sensitivity",
    "evidence",
    "points",
    "unknowns",
    "reason",
    "hint",
    "sensitivity_source",
    "terms",
]
"""Append only: stores hold arrays in this order."""

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
HALVES = st.text()
COUNT = st.integers(-(2**63), 2**63 - 1)


def any_of(kind: type, text: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[Any]:
    """Records of this kind with any value in each field."""
    texts = st.lists(text, max_size=3).map(tuple)
    by_type: dict[str, st.SearchStrategy[Any]] = {
        "str": text,
        "bool": st.booleans(),
        "bool | str": st.booleans() | text,
        "int | None": COUNT | st.none(),
        "int | str | None": COUNT | text | st.none(),
        "tuple[str, ...]": texts,
        "Subject": st.sampled_from(Subject),
        "Severity": st.sampled_from(Severity),
        "Confidence": st.sampled_from(Confidence),
        "Mapping[str, int]": st.dictionaries(text, COUNT, max_size=3),
        "Mapping[str, Mapping[str, str]]": st.dictionaries(
            text, st.dictionaries(text, text, max_size=3), max_size=3
        ),
    }
    return st.builds(kind, **{field.name: by_type[str(field.type)] for field in fields(kind)})


def mended(value: Any) -> Any:
    """The same with a sign for each half of a letter."""
    match value:
        case Subject():
            return value
        case str():
            return re.sub("[\ud800-\udfff]", "\ufffd", value)
        case tuple():
            return tuple(map(mended, value))
        case dict():
            return {mended(name): mended(one) for name, one in value.items()}
        case _:
            return value


def test_the_order_of_the_cells_never_changes() -> None:
    assert [field.name for field in fields(ExposureRow)] == EXPOSURE_CELLS
    assert [field.name for field in fields(Finding)] == FINDING_CELLS


def test_cells_lie_in_that_order() -> None:
    row, finding = (
        json.loads(exposures.body_of(ROW)),
        json.loads(findings.body_of(EXPOSURE.finding)),
    )
    assert row == [getattr(ROW, name) for name in EXPOSURE_CELLS]
    assert dict(zip(FINDING_CELLS, finding, strict=True)) == {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in ((n, getattr(EXPOSURE.finding, n)) for n in FINDING_CELLS)
    }


@given(any_of(ExposureRow))
def test_an_exposure_row_comes_back_as_it_was_stored(row: ExposureRow) -> None:
    assert exposures.row_of(exposures.body_of(row)) == row


@given(any_of(Finding))
def test_a_finding_comes_back_as_it_was_stored(finding: Finding) -> None:
    assert findings.finding_from_body(findings.body_of(finding)) == finding
    assert list(findings.finding_from_body(findings.body_of(finding)).evidence) == list(
        finding.evidence
    )


@given(any_of(Finding, HALVES), any_of(ExposureRow, HALVES))
def test_half_a_letter_is_stored_as_a_sign(finding: Finding, row: ExposureRow) -> None:
    for record, back in (
        (finding, findings.finding_from_body(findings.body_of(finding))),
        (row, exposures.row_of(exposures.body_of(row))),
    ):
        changed = {field.name: mended(getattr(record, field.name)) for field in fields(record)}
        assert back == replace(record, **changed)


@given(any_of(Finding), st.dictionaries(TEXT, st.dictionaries(TEXT, TEXT, max_size=2), max_size=2))
def test_more_evidence_comes_after_what_was_there(finding: Finding, more: Any) -> None:
    both = findings.finding_from_body(findings.with_evidence(findings.body_of(finding), more))
    assert both.evidence == {**finding.evidence, **more}
    assert list(both.evidence) == list({**finding.evidence, **more})
    assert replace(both, evidence={}) == replace(finding, evidence={})


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_fewer_cells_of_an_older_store_leave_the_last_fields_at_their_defaults(
    missing: int,
) -> None:
    row = exposures.row_of(json.dumps(json.loads(exposures.body_of(ROW))[:-missing]))
    kept, lost = EXPOSURE_CELLS[:-missing], EXPOSURE_CELLS[-missing:]
    assert all(getattr(row, name) == getattr(ROW, name) for name in kept)
    default = {field.name: field.default for field in fields(ExposureRow)}
    assert all(getattr(row, name) == default[name] for name in lost)


def test_names_instead_of_an_array_are_read_as_older_stores_have_them() -> None:
    cells = json.loads(findings.body_of(EXPOSURE.finding))
    named = dict(zip(FINDING_CELLS, cells, strict=True))
    named.pop("terms")
    back = findings.finding_from_body(json.dumps(named))
    assert (back.id, back.principals, back.terms) == (
        EXPOSURE.finding.id,
        EXPOSURE.finding.principals,
        (),
    )
    row = dict(zip(EXPOSURE_CELLS, json.loads(exposures.body_of(ROW)), strict=True))
    assert exposures.row_of(json.dumps(row)) == ROW


def test_a_row_comes_back_from_the_database(engine: Engine, facts: FactStore, tenant: int) -> None:
    (planned,) = facts.plan_scopes(tenant, [Scope(id="s", title="S")], "r", full=False)
    line = exposures.line_of(ROW, scope=planned.key, principal_key="someone")
    assert line[:5] == (planned.key, "drive/item", "permission", "someone", "anna@partner.example")
    with engine.begin() as db:
        exposures.insert(db, [line])
    assert list(exposures.iter_rows(engine, [tenant])) == [ROW]


def test_a_finding_on_its_way_to_the_store_has_each_value_in_its_field() -> None:
    finding = EXPOSURE.finding
    found = EvaluatedFinding.from_finding(
        finding,
        scope=5,
        last_seen="2026-11-20T21:22:23+00:00",
        confirmed=True,
        waived_until="2027-03-31",
        waived_by="ciso@example.co.jp",
    )
    assert found._asdict() == {
        "id": finding.id,
        "scope": 5,
        "severity": int(Severity.CRITICAL),
        "score": 92,
        "audience": "ext_named",
        "access": "edit",
        "content": finding.fingerprint(),
        "body": findings.body_of(finding),
        "last_seen": "2026-11-20T21:22:23+00:00",
        "confirmed": True,
        "waived_until": "2027-03-31",
        "waived_by": "ciso@example.co.jp",
    }


def test_a_stored_finding_has_each_value_in_its_column(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    row: Mapping[str, Any] = {}
    plan = facts.plan_scopes(tenant, [Scope(id=id_, title=id_) for id_ in "ab"], "r", full=False)
    scope = plan[1].key  # another number than the tenant's
    seen = {"first": datetime(2026, 1, 2, tzinfo=UTC), "second": datetime(2026, 3, 4, tzinfo=UTC)}
    for run, last_seen in seen.items():
        found = EvaluatedFinding.from_finding(
            EXPOSURE.finding,
            scope=scope,
            last_seen=format_time(last_seen),
            confirmed=True,
            waived_until="2027-03-31" if run == "second" else "",
            waived_by="ciso@example.co.jp" if run == "second" else "",
        )
        tracker = FindingTracker(engine, run, last_seen + timedelta(days=1), sinks={})
        with engine.begin() as db:
            tracker.record(db, tenant, [found])
            row = db.execute(select(schema.finding)).one()._asdict()
        if run == "first":
            assert (row["state"], row["change"]) == ("open", "new")
    assert row == {
        "id": EXPOSURE.finding.id,
        "tenant": tenant,
        "scope": scope,
        "state": "waived",
        "change": "waived",
        "change_run": "second",
        "judged_run": "second 2026-03-05T00:00:00+00:00",
        "compared": True,
        "severity": int(Severity.CRITICAL),
        "score": 92,
        "occurrence": 1,
        "content": EXPOSURE.finding.fingerprint(),
        "body": findings.body_of(EXPOSURE.finding),
        "waived_until": "2027-03-31",
        "waived_by": "ciso@example.co.jp",
        "first_seen": "2026-01-02T00:00:00+00:00",
        "last_seen": "2026-03-04T00:00:00+00:00",
        "changed_at": "2026-03-05T00:00:00+00:00",
    }
