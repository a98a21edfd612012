"""Runs: which one this is, and whether it goes on with one that was cut off."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select, update

from agent.store import schema
from agent.store.words import moment_of, stamp

FRESH = timedelta(days=3)  # an older stump is not gone on with: what it read is too old to stand

_R = schema.run.c


def begin(engine: Engine, kind: str, now: datetime, *, afresh: bool = False) -> str:
    """The id of this run: of the last scan, when that never ended, else (or `afresh`) a new one."""
    with engine.begin() as db:
        last = db.execute(
            select(schema.run).where(_R.kind == "scan").order_by(_R.begun.desc()).limit(1)
        ).one_or_none()
        stump = last if last is not None and last.ended is None else None
        if (
            kind == "scan"
            and not afresh
            and stump is not None
            and now - moment_of(stump.begun) < FRESH
        ):
            return stump.id
        run_id = secrets.token_hex(4)
        db.execute(schema.run.insert().values(id=run_id, kind=kind, begun=stamp(now)))
        return run_id


def judged(engine: Engine, run_id: str, policy: str) -> None:
    """What it was judged with: the hash of the policy."""
    with engine.begin() as db:
        db.execute(update(schema.run).where(_R.id == run_id).values(policy=policy))


def end(engine: Engine, run_id: str, now: datetime, exit_code: int) -> None:
    """The run is over; the next one begins anew."""
    with engine.begin() as db:
        db.execute(
            update(schema.run).where(_R.id == run_id).values(ended=stamp(now), exit_code=exit_code)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run; `ended` is None while it may go on.

    `policy` is the hash of the one that judged it; empty where an older version did.
    """

    id: str
    begun: datetime
    ended: datetime | None
    policy: str = ""


def last(engine: Engine) -> Run | None:
    """The run that was begun last."""
    with engine.connect() as db:
        row = db.execute(select(schema.run).order_by(_R.begun.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    ended = moment_of(row.ended) if row.ended else None
    return Run(id=row.id, begun=moment_of(row.begun), ended=ended, policy=row.policy)


def begun(engine: Engine, run_id: str) -> datetime:
    """When the run began, its interrupted parts included."""
    with engine.connect() as db:
        return moment_of(db.execute(select(_R.begun).where(_R.id == run_id)).scalar_one())
