"""Write the report of the last run again from the store: no call, no evaluation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import ConfigError
from agent.report.summary import JudgedBy, Summary
from agent.run import reporting
from agent.run.desk import Desk
from agent.run.exits import Exit
from agent.store import runs
from agent.store.coverage import tenants
from connectors.sdk.message import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to write; see the options of the command."""

    only: Sequence[str] = ()
    formats: Sequence[str] | None = None
    redact: bool = False
    page: Path | None = None


def rewrite(desk: Desk, options: Options) -> Summary:
    """Write the report and return the summary of the run.

    Raise `ConfigError` if there is no run, `ReportError` if a file cannot be written.
    """
    clock, now = time.monotonic(), datetime.now(UTC)
    names = desk.connectors(options.only)
    reporting.check(desk, options.formats)
    last = runs.last(desk.engine)
    if last is None:
        raise ConfigError(say("report.page.no_run"))
    found = tenants(desk.engine, names)
    about = reporting.About(
        run_id=last.id,
        begun=last.begun,
        ended=last.ended or now,
        connectors=[reporting.connector_line(desk, tenant) for tenant in found],
        policy=JudgedBy(last.policy, desk.policy(now.date()).digest()),
    )
    mask = reporting.mask_of(desk, asked=options.redact)
    report = reporting.Report(desk, about, found, mask=mask, formats=options.formats)
    place = report.page(options.page) if options.page else report.write(now).path
    return Summary(
        run_id=last.id,
        seconds=time.monotonic() - clock,
        numbers=report.numbers,
        top=report.top,
        folder=str(place),
        notes=report.notes,
        exit_code=Exit.DONE,
    )
