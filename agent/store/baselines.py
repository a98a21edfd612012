"""Baselines: named moments with which the findings of today are compared.

A baseline keeps the findings that were open or waived and the status of every scope. A finding that
exists on one side only counts as opened or closed if its scope was read completely on *both* sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, delete, exists, func, literal, select

from agent.classify.finding import Finding
from agent.store import schema
from agent.store.findings import finding_from_body
from agent.store.tri_state import format_time, parse_time
from connectors.sdk.records import Status

_B = schema.baseline.c
_BF = schema.baseline_finding.c
_BS = schema.baseline_scope.c
_F = schema.finding.c
_S = schema.scope.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A saved baseline.

    Attributes:
        name: The name that the administrator gave it.
        made: When it was saved.
        findings: How many findings were open or waived then.
    """

    name: str
    made: datetime
    findings: int


class ChangeKind(StrEnum):
    """How a finding of today compares with a baseline."""

    OPENED = "opened"
    WIDENED = "widened"  # worse than then
    CHANGED = "changed"  # other than then, but no worse
    SHUT = "shut"
    NOT_COMPARED = "not_compared"  # its scope was not read completely then, or now


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """A finding that differs from a baseline: as it is now, or as it was if it no longer exists."""

    kind: ChangeKind
    finding: Finding


def save(engine: Engine, name: str, now: datetime) -> Baseline:
    """Save the findings and scopes of this moment under a name and return the baseline.

    An older baseline of the same name is replaced.
    """
    with engine.begin() as db:
        for table, column in (
            (schema.baseline, _B.name),
            (schema.baseline_finding, _BF.baseline),
            (schema.baseline_scope, _BS.baseline),
        ):
            db.execute(delete(table).where(column == name))
        db.execute(schema.baseline.insert().values(name=name, made=format_time(now)))
        columns = (_F.id, _F.tenant, _F.scope, _F.state, _F.severity, _F.content, _F.body)
        stood = select(literal(name), *columns).where(_F.state != "resolved")
        into = ["baseline", *(column.name for column in columns)]
        db.execute(schema.baseline_finding.insert().from_select(into, stood))
        read = select(literal(name), _S.key, _S.status)
        db.execute(
            schema.baseline_scope.insert().from_select(["baseline", "scope", "status"], read)
        )
    return next(b for b in baselines(engine) if b.name == name)


def baselines(engine: Engine) -> list[Baseline]:
    """Return all baselines, the newest first."""
    counts = select(_BF.baseline, func.count().label("findings")).group_by(_BF.baseline).subquery()
    query = (
        select(schema.baseline, func.coalesce(counts.c.findings, 0).label("findings"))
        .outerjoin(counts, counts.c.baseline == _B.name)
        .order_by(_B.made.desc(), _B.name)
    )
    with engine.connect() as db:
        return [
            Baseline(name=row.name, made=parse_time(row.made), findings=row.findings)
            for row in db.execute(query)
        ]


def changes_since(engine: Engine, name: str, tenants: Sequence[int]) -> Iterator[FindingChange]:
    """Yield every difference between a baseline and today, the worst findings first.

    Args:
        name: The name of a saved baseline.
        tenants: Keys of the tenants to compare; findings of others are left out.
    """
    yield from _present_changes(engine, name, tenants)
    yield from _resolved_changes(engine, name, tenants)


def _present_changes(engine: Engine, name: str, tenants: Sequence[int]) -> Iterator[FindingChange]:
    """Yield the findings that are new, or differ from the baseline."""
    then = schema.baseline_finding
    query = (
        select(
            _F.body,
            _F.severity,
            _F.content,
            _BF.severity.label("old_severity"),
            _BF.content.label("old_content"),
            _BS.status.label("old_status"),
        )
        .outerjoin(then, (_BF.id == _F.id) & (_BF.baseline == name))
        .outerjoin(schema.baseline_scope, (_BS.scope == _F.scope) & (_BS.baseline == name))
        .where(_F.tenant.in_(tenants), _F.state != "resolved")
        .where((_BF.id.is_(None)) | (_BF.content != _F.content))
        .order_by(_F.severity.desc(), _F.id)
        .execution_options(yield_per=500)
    )
    with engine.connect() as db:
        for row in db.execute(query):
            if row.old_content is not None:
                turn = ChangeKind.WIDENED if row.severity > row.old_severity else ChangeKind.CHANGED
            else:
                known = row.old_status == Status.COMPLETE
                turn = ChangeKind.OPENED if known else ChangeKind.NOT_COMPARED
            yield FindingChange(kind=turn, finding=finding_from_body(row.body))


def _resolved_changes(engine: Engine, name: str, tenants: Sequence[int]) -> Iterator[FindingChange]:
    """Yield the findings of the baseline that are no longer open or waived."""
    stands = exists().where((_F.id == _BF.id) & (_F.state != "resolved"))
    query = (
        select(_BF.body, _S.status)
        .outerjoin(schema.scope, _S.key == _BF.scope)
        .where(_BF.baseline == name, _BF.tenant.in_(tenants), ~stands)
        .order_by(_BF.severity.desc(), _BF.id)
        .execution_options(yield_per=500)
    )
    with engine.connect() as db:
        for row in db.execute(query):
            read = row.status == Status.COMPLETE
            turn = ChangeKind.SHUT if read else ChangeKind.NOT_COMPARED
            yield FindingChange(kind=turn, finding=finding_from_body(row.body))
