"""Feedback of users on findings: right, or a false positive. Evaluating again does not change it.

Each mark keeps the rules of the finding at that time: it may match other rules later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select

from agent.classify.finding import Finding
from agent.store import schema
from agent.store.fact_batch import upsert
from agent.store.finding_lifecycle import RUN_SCOPED_RULES
from agent.store.tri_state import format_time

MIN_MARKS = 20
"""The number of marks from which on the precision of a rule is reported."""

_F = schema.finding.c
_M = schema.mark.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How often a rule was right in the findings that users have marked."""

    rule: str
    right: int
    marked: int

    @property
    def share(self) -> float | None:
        """Return the share of right findings, 0 to 1; None while there are fewer than 20 marks."""
        return self.right / self.marked if self.marked >= MIN_MARKS else None

    @property
    def is_poor(self) -> bool:
        """Return True if the rule was wrong more often than right."""
        return self.share is not None and self.share < 0.5


def set_feedback(engine: Engine, finding: Finding, right: bool | None, now: datetime) -> None:
    """Store whether a finding was right; None deletes the mark.

    Raise `sqlalchemy.exc.NoResultFound` if the finding is not in the store.
    """
    with engine.begin() as db:
        if right is None:
            db.execute(delete(schema.mark).where(_M.finding == finding.id))
            return
        row = {
            "finding": finding.id,
            "tenant": db.execute(select(_F.tenant).where(_F.id == finding.id)).scalar_one(),
            "right": right,
            "rules": ",".join(rule for rule in finding.rules if rule not in RUN_SCOPED_RULES),
            "made": format_time(now),
        }
        upsert(db, schema.mark, [row])


def feedback(engine: Engine, tenants: Sequence[int]) -> dict[str, bool]:
    """Return the marks of these tenants by finding id."""
    query = select(_M.finding, _M.right).where(_M.tenant.in_(tenants))
    with engine.connect() as db:
        return {row.finding: row.right for row in db.execute(query)}


def feedback_of(engine: Engine, finding: str) -> bool | None:
    """Return the mark of a finding; None without one."""
    with engine.connect() as db:
        return db.execute(select(_M.right).where(_M.finding == finding)).scalar_one_or_none()


def rule_precisions(engine: Engine, tenants: Sequence[int]) -> list[Precision]:
    """Return the precision of every rule that has marks, by rule id."""
    right: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    with engine.connect() as db:
        for rules, held in db.execute(select(_M.rules, _M.right).where(_M.tenant.in_(tenants))):
            marked.update(rules.split(","))
            right.update(rules.split(",") if held else ())
    return [Precision(rule=r, right=right[r], marked=marked[r]) for r in sorted(marked) if r]
