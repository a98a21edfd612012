"""Estimates of `plan`, kept to be compared with the next scan."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, delete, func, select

from agent.store import schema
from agent.store.tri_state import format_time

_F = schema.forecast.c


def save_estimate(engine: Engine, tenant: int, *, calls: int, units: int, now: datetime) -> None:
    """Store the estimate of a tenant; an older one is replaced.

    Args:
        calls: HTTP requests of a full scan.
        units: Quota units of the service; 0 where it counts requests.
    """
    row = {"tenant": tenant, "made": format_time(now), "calls": calls, "units": units}
    with engine.begin() as db:
        db.execute(delete(schema.forecast).where(_F.tenant == tenant))
        db.execute(schema.forecast.insert().values(row))


def estimated_calls(engine: Engine, tenant: int) -> int | None:
    """Return the estimated number of HTTP requests; None without an estimate."""
    with engine.connect() as db:
        return db.execute(select(_F.calls).where(_F.tenant == tenant)).scalar_one_or_none()


def exposed_share(engine: Engine, tenant: int) -> float | None:
    """Return the number of exposures per scanned item of a tenant; None before the first scan."""
    s, x = schema.scope.c, schema.exposure.c
    ours = select(s.key).where(s.tenant == tenant)
    with engine.connect() as db:
        items = db.execute(select(func.sum(s.item_count)).where(s.tenant == tenant)).scalar_one()
        rows = select(func.count()).select_from(schema.exposure).where(x.scope.in_(ours))
        return db.execute(rows).scalar_one() / items if items else None
