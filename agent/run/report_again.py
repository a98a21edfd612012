"""Write the report of the last run again from the store: no call, no evaluation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import ConfigError
from agent.report.summary import PolicyHashes, Summary
from agent.run.exit_codes import ExitCode
from agent.run.report import Report, RunInfo, check_formats, connector_line, pseudonymizer
from agent.run.session import Session
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


def write_report_again(session: Session, options: Options) -> Summary:
    """Write the report and return the summary of the run.

    Raise `ConfigError` if there is no run, `ReportError` if a file cannot be written.
    """
    clock, now = time.monotonic(), datetime.now(UTC)
    names = session.connectors(options.only)
    check_formats(session, options.formats)
    last = runs.latest(session.engine)
    if last is None:
        raise ConfigError(say("report.page.no_run"))
    found = tenants(session.engine, names)
    about = RunInfo(
        run_id=last.id,
        begun=last.started,
        ended=last.ended or now,
        connectors=[connector_line(session, tenant) for tenant in found],
        policy=PolicyHashes(last.policy, session.policy(now.date()).digest()),
    )
    mask = pseudonymizer(session, requested=options.redact)
    report = Report(session, about, found, mask=mask, formats=options.formats)
    path = report.page(options.page) if options.page else report.write(now).path
    return Summary(
        run_id=last.id,
        seconds=time.monotonic() - clock,
        numbers=report.statistics,
        top=report.top,
        folder=str(path),
        notes=report.notes,
        exit_code=ExitCode.DONE,
    )
