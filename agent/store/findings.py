"""The findings as they are kept: with their life so far, until they fade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, or_, select, update

from agent.classify.finding import Finding, Kept
from agent.classify.model import Confidence, Severity, Subject
from agent.store import schema
from agent.store.batch import CHUNK
from agent.store.body import getter_of, packed, unpacked
from agent.store.words import moment_of, stamp

_F = schema.finding.c

_CELLS: Final = tuple(field.name for field in fields(Finding))
_cells_of: Final = getter_of(_CELLS)


class Entry(NamedTuple):
    """A row of the books: its fields are the columns, in their order."""

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


assert Entry._fields == tuple(column.name for column in schema.finding.c)


def kept(
    engine: Engine, tenants: Sequence[int], run_id: str, *, least: Severity | None = None
) -> Iterator[Kept]:
    """The findings of these tenants, the worst first: all that stand, and those resolved in this
    run."""
    query = (
        select(schema.finding)
        .where(_F.tenant.in_(tenants))
        .where(or_(_F.state != "resolved", _F.change_run == run_id))
        .order_by(_F.severity.desc(), _F.score.desc().nulls_last(), _F.id)
        .execution_options(yield_per=CHUNK)
    )
    if least is not None:
        query = query.where(_F.severity >= int(least))
    with engine.connect() as db:
        for row in db.execute(query):
            yield kept_of(Entry(*row), run_id)


def standing(db: Connection, finding_id: str) -> Kept | None:
    """The finding of this id, unless it is resolved."""
    query = select(schema.finding).where(_F.id == finding_id, _F.state != "resolved")
    row = db.execute(query).one_or_none()
    return None if row is None else kept_of(Entry(*row), "")


def one(engine: Engine, start: str) -> list[Kept]:
    """The findings whose id begins so; ids are long, and people paste the first half."""
    named = _F.id.startswith(start, autoescape=True)
    query = select(schema.finding).where(named, _F.body != "").limit(20)
    with engine.connect() as db:
        return [kept_of(Entry(*row), "") for row in db.execute(query)]


def fade(engine: Engine, before: datetime) -> None:
    """Of what was shut before then and stayed shut, keep only that it was: no names, no places.

    The rest of the row stays: should it come back, it has returned, and its events have ids that
    no receiver has seen.
    """
    shut = update(schema.finding).where(_F.state == "resolved", _F.changed_at < stamp(before))
    with engine.begin() as db:
        db.execute(shut.where(_F.body != "").values(body="", waived_by=""))


def kept_of(entry: Entry, run_id: str) -> Kept:
    """The finding of an entry, as it stands in this run."""
    if entry.change_run == run_id or entry.state == "resolved":
        state = entry.change
    elif entry.state == "waived":
        state = "waived"
    else:
        state = "open" if entry.compared else "not_compared"
    return Kept(
        finding=finding_of(entry.body),
        state=state,
        first_seen=moment_of(entry.first_seen),
        last_seen=moment_of(entry.last_seen),
        changed_at=moment_of(entry.changed_at),
        occurrence=entry.occurrence,
        waived_until=entry.waived_until,
        waived_by=entry.waived_by,
    )


def body_of(finding: Finding) -> str:
    """Return the stored form of a finding: a JSON array of its fields in their order."""
    return packed(_cells_of(finding))


def finding_of(body: str) -> Finding:
    """Return the finding that was stored, also by an older program.

    A field that was added later has its default.
    """
    table = table_of(body)
    table["subject"] = Subject(table["subject"])
    table["severity"] = Severity(table["severity"])
    table["confidence"] = Confidence(table["confidence"])
    for name in ("principals", "domains", "unknowns", "terms"):
        table[name] = tuple(table.get(name, ()))
    return Finding(**table)


def with_evidence(body: str, more: Mapping[str, Mapping[str, str]]) -> str:
    """Return what `body_of` wrote, with the evidence of more rules."""
    table = table_of(body)
    table["evidence"] = {**table["evidence"], **more}
    return packed(list(table.values()))


def table_of(body: str) -> dict[str, Any]:
    """Return the fields of a stored finding by their names, in their order.

    Older programs stored an object with names instead of an array, or fewer fields.
    """
    stored: dict[str, Any] | list[Any] = unpacked(body)
    if isinstance(stored, list):
        return dict(zip(_CELLS, stored, strict=False))
    return stored
