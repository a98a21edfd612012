"""Read the stored findings with their history; remove names from those resolved long ago."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, or_, select, update

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Confidence, Severity, Subject
from agent.store import schema
from agent.store.fact_batch import CHUNK_SIZE
from agent.store.json_codec import dumps, getter_of, loads
from agent.store.tri_state import format_time, parse_time

_F = schema.finding.c

_CELLS: Final = tuple(field.name for field in fields(Finding))
_cells_of: Final = getter_of(_CELLS)


class FindingRow(NamedTuple):
    """A row of the table of findings; the fields are its columns, in their order."""

    id: str
    tenant: int
    scope: int
    state: str
    change: str
    change_run: str
    judged_run: str
    compared: bool
    severity: int
    score: int | None
    occurrence: int
    content: str
    body: str
    waived_until: str
    waived_by: str
    first_seen: str
    last_seen: str
    changed_at: str


assert FindingRow._fields == tuple(column.name for column in schema.finding.c)


def list_findings(
    engine: Engine, tenants: Sequence[int], run_id: str, *, least: Severity | None = None
) -> Iterator[TrackedFinding]:
    """Yield the findings of these tenants, the worst first.

    These are all that are not resolved, and those that this run resolved.
    """
    query = (
        select(schema.finding)
        .where(_F.tenant.in_(tenants))
        .where(or_(_F.state != "resolved", _F.change_run == run_id))
        .order_by(_F.severity.desc(), _F.score.desc().nulls_last(), _F.id)
        .execution_options(yield_per=CHUNK_SIZE)
    )
    if least is not None:
        query = query.where(_F.severity >= int(least))
    with engine.connect() as db:
        for row in db.execute(query):
            yield tracked_finding(FindingRow(*row), run_id)


def get_open(db: Connection, finding_id: str) -> TrackedFinding | None:
    """Return the finding of this id; None if there is none or it is resolved."""
    query = select(schema.finding).where(_F.id == finding_id, _F.state != "resolved")
    row = db.execute(query).one_or_none()
    return None if row is None else tracked_finding(FindingRow(*row), "")


def find_by_prefix(engine: Engine, start: str) -> list[TrackedFinding]:
    """Return at most 20 findings whose id starts with `start`: people paste a part of an id."""
    named = _F.id.startswith(start, autoescape=True)
    query = select(schema.finding).where(named, _F.body != "").limit(20)
    with engine.connect() as db:
        return [tracked_finding(FindingRow(*row), "") for row in db.execute(query)]


def anonymize_resolved(engine: Engine, before: datetime) -> None:
    """Remove names and paths from findings that were resolved before a time and are so still.

    They leave the marks of these findings too. The rest of the row stays: a finding that comes
    back is returned, and its events have ids that no receiver has seen.
    """
    resolved = _F.state == "resolved", _F.changed_at < format_time(before)
    marked = schema.mark.c.finding.in_(select(_F.id).where(*resolved))
    with engine.begin() as db:
        db.execute(
            update(schema.finding).where(*resolved, _F.body != "").values(body="", waived_by="")
        )
        db.execute(update(schema.mark).where(marked).values(body=""))


def tracked_finding(entry: FindingRow, run_id: str) -> TrackedFinding:
    """Return the finding of a row, with its state in this run."""
    if entry.change_run == run_id or entry.state == "resolved":
        state = entry.change
    elif entry.state == "waived":
        state = "waived"
    else:
        state = "open" if entry.compared else "not_compared"
    return TrackedFinding(
        finding=finding_from_body(entry.body),
        state=state,
        first_seen=parse_time(entry.first_seen),
        last_seen=parse_time(entry.last_seen),
        changed_at=parse_time(entry.changed_at),
        occurrence=entry.occurrence,
        waived_until=entry.waived_until,
        waived_by=entry.waived_by,
    )


def body_of(finding: Finding) -> str:
    """Return the stored form of a finding: a JSON array of its fields in their order."""
    return dumps(_cells_of(finding))


def finding_from_body(body: str) -> Finding:
    """Return the finding that was stored, also by an older program.

    A field that was added later has its default.
    """
    table = to_dict(body)
    table["subject"] = Subject(table["subject"])
    table["severity"] = Severity(table["severity"])
    table["confidence"] = Confidence(table["confidence"])
    for name in ("principals", "domains", "unknowns", "terms"):
        table[name] = tuple(table.get(name, ()))
    return Finding(**table)


def with_evidence(body: str, more: Mapping[str, Mapping[str, str]]) -> str:
    """Return what `body_of` wrote, with the evidence of more rules."""
    table = to_dict(body)
    table["evidence"] = {**table["evidence"], **more}
    return dumps(list(table.values()))


def to_dict(body: str) -> dict[str, Any]:
    """Return the fields of a stored finding by their names, in their order.

    Older programs stored an object with names instead of an array, or fewer fields.
    """
    stored: dict[str, Any] | list[Any] = loads(body)
    if isinstance(stored, list):
        return dict(zip(_CELLS, stored, strict=False))
    return stored
