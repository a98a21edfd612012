"""Runs: their ids and times, and whether a new run resumes an interrupted one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select, update

from agent.store import schema
from agent.store.tri_state import format_time, parse_time

RESUME_WITHIN = timedelta(days=3)
"""An interrupted scan that began earlier is not resumed: its facts are too old."""

_R = schema.run.c


def begin(engine: Engine, kind: str, now: datetime, *, afresh: bool = False) -> str:
    """Begin a run and return its id.

    A scan resumes the last scan if that one never ended and began less than three days ago.

    Args:
        kind: "scan" or "judge".
        afresh: Never resume.
    """
    with engine.begin() as db:
        last = db.execute(
            select(schema.run).where(_R.kind == "scan").order_by(_R.begun.desc()).limit(1)
        ).one_or_none()
        unfinished = last if last is not None and last.ended is None else None
        if (
            kind == "scan"
            and not afresh
            and unfinished is not None
            and now - parse_time(unfinished.begun) < RESUME_WITHIN
        ):
            return unfinished.id
        run_id = secrets.token_hex(4)
        db.execute(schema.run.insert().values(id=run_id, kind=kind, begun=format_time(now)))
        return run_id


def set_policy_hash(engine: Engine, run_id: str, policy: str) -> None:
    """Store the hash of the policy that the run was evaluated with."""
    with engine.begin() as db:
        db.execute(update(schema.run).where(_R.id == run_id).values(policy=policy))


def end(engine: Engine, run_id: str, now: datetime, exit_code: int) -> None:
    """Store that the run has ended."""
    with engine.begin() as db:
        db.execute(
            update(schema.run)
            .where(_R.id == run_id)
            .values(ended=format_time(now), exit_code=exit_code)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run.

    Attributes:
        started: When it began, its interrupted parts included.
        ended: None while it can be resumed.
        policy: The hash of the policy that it was evaluated with; empty if an older version did not
            store it.
    """

    id: str
    started: datetime
    ended: datetime | None
    policy: str = ""


def latest(engine: Engine) -> Run | None:
    """Return the run that began last, or None."""
    with engine.connect() as db:
        row = db.execute(select(schema.run).order_by(_R.begun.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    ended = parse_time(row.ended) if row.ended else None
    return Run(id=row.id, started=parse_time(row.begun), ended=ended, policy=row.policy)


def started_at(engine: Engine, run_id: str) -> datetime:
    """Return when a run began, its interrupted parts included.

    Raise `sqlalchemy.exc.NoResultFound` if there is no such run.
    """
    with engine.connect() as db:
        return parse_time(db.execute(select(_R.begun).where(_R.id == run_id)).scalar_one())
