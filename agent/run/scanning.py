"""A scan: collect, judge, report, deliver; and each of the later steps alone."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from agent import __version__
from agent.classify.finding import Kept
from agent.classify.model import Severity
from agent.collect.collecting import Watcher
from agent.collect.progress import Tally
from agent.host import folders
from agent.report.folder import ReportError
from agent.report.summary import ConnectorLine, SinkLine, Summary
from agent.run import delivering
from agent.run.collecting import Collecting
from agent.run.desk import Desk
from agent.run.exits import Exit, all_of, winner
from agent.run.judging import Judging
from agent.run.reporting import Report
from agent.sinks import ocsf
from agent.sinks.drain import Delivery
from agent.store import runs
from agent.store.coverage import TenantRow, scopes, tenants
from agent.store.findings import Compose, Ledger
from connectors.sdk.http import Budget

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What one scan was asked to do."""

    only: Sequence[str] = ()
    full: bool = False
    fail_on: Severity | None = None
    max_calls: int | None = None
    max_minutes: float | None = None
    deliver: bool = True


class Onlooker(Protocol):
    """Who is shown how it goes."""

    def watching(self, tally: Tally) -> AbstractContextManager[Watcher]:
        """Someone to tell while scopes are read."""
        ...


@dataclass(slots=True)
class _Course:
    """What happened so far."""

    refused: dict[str, str] = field(default_factory=dict[str, str])
    asked: int = 0
    calls: dict[str, int] = field(default_factory=dict[str, int])


def scan(desk: Desk, options: Options, onlooker: Onlooker) -> Summary:
    """The whole of it. Ctrl-C goes through: what was read is kept, the next scan goes on."""
    names = desk.connectors(options.only)
    delivering.tables(desk)
    clock, now = time.monotonic(), datetime.now(UTC)
    run_id = runs.begin(desk.engine, "scan", now, afresh=options.full)
    minutes = options.max_minutes
    budget = Budget(calls=options.max_calls, seconds=None if minutes is None else minutes * 60)
    log.info("run %s begins with %s", run_id, ", ".join(names))
    collecting = Collecting(desk, run_id, budget, now)
    reading = collecting.reading
    try:
        collecting.sign_in(names, full=options.full)
        meters = [context.http.meter for context in reading.contexts.values()]
        tally = Tally(scopes=sum(map(len, reading.tasks)), meters=meters)
        with onlooker.watching(tally) as watcher:
            collecting.read(watcher)
    finally:
        reading.stop()
    course = _Course(
        refused={n: desk.text.of(e.message) for n, e in reading.refused.items()},
        asked=len(names),
        calls={n: c.http.meter.calls for n, c in reading.contexts.items()},
    )
    return _rest(desk, run_id, options, course, now=now, clock=clock, names=names)


def rejudge(desk: Desk, options: Options) -> Summary:
    """Judge what is stored again, without one call to a tenant; report and deliver."""
    names = desk.connectors(options.only)
    clock, now = time.monotonic(), datetime.now(UTC)
    run_id = runs.begin(desk.engine, "judge", now)
    return _rest(desk, run_id, options, _Course(), now=now, clock=clock, names=names)


def _rest(
    desk: Desk,
    run_id: str,
    options: Options,
    course: _Course,
    *,
    now: datetime,
    clock: float,
    names: Sequence[str],
) -> Summary:
    """Judge, report, deliver, sum up."""
    found = tenants(desk.engine, names)
    ours = tenants(desk.engine, list(desk.loaded.config.connectors))  # whatever --only says
    policy = desk.policy(ours, now.date())
    compose = composer(desk, run_id, now)
    ledger = Ledger(desk.engine, run_id, now, sinks=delivering.takers(desk), compose=compose)
    for tenant in found:
        Judging(
            desk.engine,
            ledger,
            tenant,
            policy,
            now,
            large_group=desk.loaded.config.policy.large_group,
        ).all()
    ended = datetime.now(UTC)
    report = Report(desk, run_id, found)
    try:
        folder = report.write(runs.begun(desk.engine, run_id), ended, {"digest": policy.digest()})
    except ReportError:
        runs.end(desk.engine, run_id, ended, Exit.USAGE)  # the next one reads again
        raise
    sent = delivering.drop(desk, folder.path, run_id)
    if options.deliver:
        sent |= delivering.deliver(desk)
    codes = _codes(report, options, course, sent)
    code = winner(codes)
    stump = _cut_off(desk, found, run_id)
    if not stump:
        runs.end(desk.engine, run_id, ended, code)
    log.info("run %s: %s findings, exit code %s", run_id, report.count.open, int(code))
    lines = [_line(desk, tenant, course) for tenant in found]
    return Summary(
        run_id=run_id,
        seconds=time.monotonic() - clock,
        doors=report.count.doors,
        tonight=report.count.tonight,
        connectors=lines,
        severities=report.count.severities,
        states=report.count.states,
        top=report.count.top,
        findings=report.count.open,
        unread=report.unread,
        blind_spots=report.blind_spots,
        deliveries=sink_lines(desk, sent),
        folder=str(folder.path),
        exit_code=code,
        also=[c for c in all_of(codes) if c is not code],
        next_command=_next(code, report, stump=stump) + _where(desk),
    )


def composer(desk: Desk, run_id: str, now: datetime) -> Compose:
    """What makes an event of a change of a finding."""

    def compose(kept: Kept, worse: bool) -> tuple[str, str]:
        event = ocsf.event_of(
            kept, kept.state, desk.text, run_id=run_id, now=now, version=__version__, risen=worse
        )
        return event["metadata"]["uid"], json.dumps(event, ensure_ascii=False)

    return compose


def _codes(
    report: Report, options: Options, course: _Course, sent: dict[str, Delivery]
) -> set[Exit]:
    codes: set[Exit] = set()
    if course.asked and len(course.refused) == course.asked:
        codes.add(Exit.NO_SIGN_IN)
    if any(delivery.error or delivery.pending for delivery in sent.values()):
        codes.add(Exit.UNDELIVERED)
    if report.unread:
        codes.add(Exit.INCOMPLETE)
    if options.fail_on is not None and any(
        severity >= options.fail_on and count
        for severity, count in report.count.severities.items()
        if severity is not Severity.UNKNOWN
    ):
        codes.add(Exit.FINDINGS)
    return codes


def _cut_off(desk: Desk, found: Sequence[TenantRow], run_id: str) -> bool:
    return any(
        scope.run_id == run_id and scope.coverage.cut_off
        for tenant in found
        for scope in scopes(desk.engine, tenant.key)
    )


def _line(desk: Desk, tenant: TenantRow, course: _Course) -> ConnectorLine:
    counted = [s for s in scopes(desk.engine, tenant.key) if not s.coverage.standing]
    problem = course.refused.get(tenant.connector, "")
    return ConnectorLine(
        name=tenant.connector,
        service=tenant.service,
        title=tenant.title,
        complete=sum(s.complete for s in counted),
        scopes=len(counted),
        items=0 if problem else sum(s.coverage.items for s in counted),
        calls=course.calls.get(tenant.connector, 0),
        problem=problem,
    )


def sink_lines(desk: Desk, sent: dict[str, Delivery]) -> list[SinkLine]:
    """How the deliveries went, in words."""
    return [
        SinkLine(
            name=name,
            delivered=delivery.delivered,
            pending=delivery.pending,
            problem=" ".join(
                (desk.text.of(delivery.error.message), desk.text.of(delivery.error.hint))
            ).strip()
            if delivery.error
            else "",
        )
        for name, delivery in sent.items()
    ]


def _where(desk: Desk) -> str:
    """How to name the configuration again, where it has to be named."""
    file = desk.loaded.file
    return "" if file == folders.configuration() else f" -c {file}"


def _next(code: Exit, report: Report, *, stump: bool) -> str:
    if code is Exit.UNDELIVERED:
        return "tojimari deliver"
    if code is Exit.NO_SIGN_IN or stump:
        return "tojimari scan"
    if report.count.top:
        return f"tojimari findings show {report.count.top[0].id[:13]}"
    return "tojimari findings list"
