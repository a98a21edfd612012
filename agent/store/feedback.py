"""Feedback of users on findings: right, or a false positive. Evaluating again does not change it.

Each mark keeps the finding as it was: it may match other rules or be less severe later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, case, delete, func, select

from agent.classify.finding import Finding
from agent.classify.marks import Mark
from agent.classify.model import WIDTH, Severity
from agent.classify.proportion import Proportion
from agent.store import schema
from agent.store.fact_batch import upsert
from agent.store.finding_lifecycle import RUN_SCOPED_RULES
from agent.store.findings import body_of, finding_from_body
from agent.store.tri_state import format_time

MIN_MARKS = 20
"""The number of marks from which on a precision is reported."""

GROUPS: Final = ("rule", "severity", "audience", "sensitivity")
"""What marks are counted by, in the order of reports."""

_F = schema.finding.c
_M = schema.mark.c

_ORDERS: Final[Mapping[str, Sequence[str]]] = {
    "severity": [severity.word for severity in sorted(Severity, reverse=True)],
    "audience": [audience.value for audience in reversed(WIDTH)],
    "sensitivity": ("s3", "s2", "s1", "none", "public"),
}
"""Group -> its names in the order of reports; rules are sorted by their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How often findings of one kind were right, of those that users have marked.

    Attributes:
        group: What they have in common, of `GROUPS`.
        name: Which rule, severity, audience or sensitivity.
    """

    group: str
    name: str
    right: int
    marked: int

    @property
    def share(self) -> float | None:
        """Return the share of right findings, 0 to 1; None while there are fewer than 20 marks."""
        return self.right / self.marked if self.marked >= MIN_MARKS else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the Wilson interval of 95 % of the share; None where the share is None."""
        measured = Proportion(self.right, self.marked)
        return measured.interval if self.marked >= MIN_MARKS else None

    @property
    def is_poor(self) -> bool:
        """Return True if the findings were wrong more often than right."""
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
            "rules": ",".join(lasting_rules(finding.rules)),
            "made": format_time(now),
            "body": body_of(finding),
        }
        upsert(db, schema.mark, [row])


def lasting_rules(rules: Iterable[str]) -> list[str]:
    """Return the rules that describe a finding, without those that describe a run."""
    return [rule for rule in rules if rule and rule not in RUN_SCOPED_RULES]


def feedback(engine: Engine, tenants: Sequence[int]) -> dict[str, bool]:
    """Return the marks of these tenants by finding id."""
    query = select(_M.finding, _M.right).where(_M.tenant.in_(tenants))
    with engine.connect() as db:
        return {row.finding: row.right for row in db.execute(query)}


def feedback_of(engine: Engine, finding: str) -> bool | None:
    """Return the mark of a finding; None without one."""
    with engine.connect() as db:
        return db.execute(select(_M.right).where(_M.finding == finding)).scalar_one_or_none()


def marks(engine: Engine, tenants: Sequence[int]) -> Iterator[Mark]:
    """Yield the marks of these tenants with their findings, by finding id.

    A finding is as it was marked; as it is today where an older version of this program stored the
    mark. It is None where its names were removed.
    """
    today = func.coalesce(_F.body, "")
    body = case((_M.body != "", _M.body), else_=today).label("body")
    query = (
        select(_M.finding, _M.right, _M.rules, body)
        .select_from(schema.mark.outerjoin(schema.finding, _F.id == _M.finding))
        .where(_M.tenant.in_(tenants))
        .order_by(_M.finding)
    )
    with engine.connect() as db:
        for row in db.execute(query):
            yield Mark(
                id=row.finding,
                right=row.right,
                rules=tuple(lasting_rules(row.rules.split(","))),
                finding=finding_from_body(row.body) if row.body else None,
            )


def rule_precisions(engine: Engine, tenants: Sequence[int]) -> list[Precision]:
    """Return the precision of every rule that has marks, by rule id."""
    return [one for one in precisions(marks(engine, tenants)) if one.group == "rule"]


def precisions(marked: Iterable[Mark]) -> list[Precision]:
    """Return the precision of every rule, severity, audience and sensitivity that has marks."""
    right: Counter[tuple[str, str]] = Counter()
    every: Counter[tuple[str, str]] = Counter()
    for mark in marked:
        kinds = list(_kinds(mark))
        every.update(kinds)
        right.update(kinds if mark.right else ())
    return [
        Precision(group=group, name=name, right=right[group, name], marked=count)
        for (group, name), count in sorted(every.items(), key=lambda entry: _order(*entry[0]))
    ]


def _kinds(mark: Mark) -> Iterator[tuple[str, str]]:
    """Yield the groups that a mark counts in, with the name in each."""
    yield from (("rule", rule) for rule in mark.rules)
    if mark.finding is not None:
        yield "severity", mark.finding.severity.word
        if mark.finding.audience:
            yield "audience", str(mark.finding.audience)
            yield "sensitivity", mark.finding.sensitivity or "none"


def _order(group: str, name: str) -> tuple[int, int, str]:
    names = _ORDERS.get(group, ())
    return GROUPS.index(group), names.index(name) if name in names else len(names), name
