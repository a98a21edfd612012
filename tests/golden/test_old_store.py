"""A store that commit 2d7ede1 wrote is read, and judged again to the same findings, row by row.

`store_2d7ede1/` holds the store of its demo and two files of that run, as it wrote them. They are
never made anew: stores like this one lie on the machines of users.
"""

from __future__ import annotations

import gzip
import sqlite3
from csv import DictReader
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import tomli_w

from agent.report.csv_rows import exposure_row, finding_row
from agent.run import scan
from agent.run.session import Session, open_session
from agent.store.coverage import tenants
from agent.store.exposures import iter_rows
from agent.store.findings import list_findings

FOLDER = Path(__file__).parent / "store_2d7ede1"
RUN, THEN = "51edaef4", datetime(2026, 11, 30, 1, 36, 32, tzinfo=UTC)
WORDS = {"scope_title", "reasons", "unknowns", "fix", "title"}
"""Columns with sentences, which are better ones today; a title may be that of a scope."""


def written(name: str) -> dict[tuple[str, ...], dict[str, str]]:
    """The rows of a file as 2d7ede1 wrote it, without the columns that hold sentences."""
    text = gzip.decompress((FOLDER / f"{name}.csv.gz").read_bytes()).decode("utf-8-sig")
    return keyed(DictReader(StringIO(text, newline="")))


def keyed(rows) -> dict[tuple[str, ...], dict[str, str]]:
    key = ("finding_id", "item_id", "grant_id", "principal", "scope_id")
    return {
        tuple(row.get(name, "") for name in key): {
            name: value for name, value in row.items() if name not in WORDS
        }
        for row in rows
    }


def cells(row: dict[str, str]) -> dict[str, str]:
    """A row as its cells are in a CSV file: what begins like a formula is escaped there."""
    from agent.report.csv_file import escape_formula

    return {name: escape_formula(value) for name, value in row.items()}


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "state").mkdir()
    old = sqlite3.connect(tmp_path / "state" / "tojimari.db")
    old.executescript(gzip.decompress((FOLDER / "store.sql.gz").read_bytes()).decode())
    old.close()
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x")
        (tmp_path / name).chmod(0o600)
    config = {
        "agent": {"state": "state", "output": "runs", "language": "en"},
        "organization": {"name": "Example K.K.", "internal_domains": ["example.co.jp"]},
        "connectors": {
            "google": {"service_account": "file:a", "admin_user": "audit-admin@example.co.jp"},
            "m365": {"tenant_id": "t", "client_id": "c", "client_secret": "file:b"},
            "salesforce": {
                "login_url": "https://x.my.salesforce.com", "consumer_key": "k",
                "username": "audit@example.co.jp", "private_key": "file:a",
            },
        },
    }  # fmt: skip
    file = tmp_path / "config.toml"
    file.write_text(tomli_w.dumps(config), encoding="utf-8")
    return replace(open_session(file), now=lambda: THEN)


def rows(session: Session, run_id: str):
    keys = [tenant.key for tenant in tenants(session.engine, ["google", "m365", "salesforce"])]
    kept = list_findings(session.engine, keys, run_id)
    findings = keyed(cells(finding_row(one, run_id, session.text)) for one in kept)
    exposures = keyed(cells(exposure_row(one, run_id)) for one in iter_rows(session.engine, keys))
    return findings, exposures


def test_its_findings_and_exposures_are_read_as_it_wrote_them(session: Session) -> None:
    findings, exposures = rows(session, RUN)
    assert (len(findings), len(exposures)) == (116, 92)
    assert findings == written("findings")
    assert exposures == written("exposures")


JUDGED = {
    "state", "severity", "score", "confidence", "rules", "reasons", "unknowns", "fix", "changed_at",
    "sensitivity", "sensitivity_source", "sensitivity_terms", "overexposed", "finding_id", "run_id",
}  # fmt: skip
"""Columns of what is judged; all others are facts."""


def facts(rows: dict[tuple[str, ...], dict[str, str]]) -> dict[tuple[str, ...], dict[str, str]]:
    return {
        key: {name: value for name, value in row.items() if name not in JUDGED}
        for key, row in rows.items()
    }


def test_judged_again_by_another_scorecard_it_keeps_its_facts_and_every_finding(
    session: Session,
) -> None:
    summary = scan.evaluate_again(session, scan.Options(deliver=False))
    assert summary.run_id != RUN
    findings, exposures = rows(session, RUN)
    # an exposure that no rule objected to before may be a finding now, which is part of its key
    was, now = (
        {key[1:]: row for key, row in facts(some).items()}
        for some in (written("exposures"), exposures)
    )
    assert was == now
    before, after = facts(written("findings")), facts(findings)
    assert {key: after.get(key) for key in before} == before
