"""A scan: collect, evaluate, report and deliver; or an evaluation of what is stored."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from agent.classify.judge import Judge
from agent.classify.model import Severity
from agent.collect.collecting import Watcher
from agent.collect.progress import Tally
from agent.host import folders
from agent.report.folder import ReportError
from agent.report.numbers import ConnectorLine
from agent.report.summary import JudgedBy, SinkLine, Summary, verdict
from agent.run import delivering, reporting
from agent.run.announcing import Announcer, pulse_of
from agent.run.collecting import Collecting
from agent.run.desk import Desk
from agent.run.exits import Exit, all_of, winner
from agent.run.judging import Judging
from agent.sinks.drain import Delivery
from agent.store import findings, forecasts, runs
from agent.store.coverage import TenantRow, scopes, tenants
from agent.store.ledger import Ledger
from connectors.sdk.http import Budget

log = logging.getLogger(__name__)

SHUT_FOR = timedelta(days=400)
"""How long the names in a resolved finding are kept: longer than until the next yearly audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of one scan.

    Attributes:
        only: Names of connectors; empty for all.
        full: Read everything again, without delta.
        fail_on: The severity from which on findings change the exit code.
        max_calls: The number of HTTP requests that the run may send.
        max_minutes: The number of minutes that reading may take.
        deliver: Deliver events to the sinks.
        redact: Replace names by pseudonyms.
    """

    only: Sequence[str] = ()
    full: bool = False
    fail_on: Severity | None = None
    max_calls: int | None = None
    max_minutes: float | None = None
    deliver: bool = True
    redact: bool = False


class Onlooker(Protocol):
    """Makes the display of the progress."""

    def watching(self, tally: Tally) -> AbstractContextManager[Watcher]:
        """Return a context manager whose value is informed about records that were read."""
        ...


@dataclass(slots=True)
class _Course:
    """The result of collecting."""

    refused: dict[str, str] = field(default_factory=dict[str, str])
    asked: int = 0
    calls: dict[str, int] = field(default_factory=dict[str, int])


def scan(desk: Desk, options: Options, onlooker: Onlooker) -> Summary:
    """Run a scan and return its summary.

    `KeyboardInterrupt` passes through: what was read is kept, and the next scan resumes there.

    Raise `ConfigError` if the configuration is wrong, `ReportError` if a file cannot be written.
    """
    names = desk.connectors(options.only)
    delivering.inspect(desk)
    reporting.check(desk)
    clock, now = time.monotonic(), desk.now()
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
    """Evaluate the stored facts again, report, deliver, and return the summary.

    Raise `ConfigError` if the configuration is wrong, `ReportError` if a file cannot be written.
    """
    names = desk.connectors(options.only)
    reporting.check(desk)
    clock, now = time.monotonic(), desk.now()
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
    """Evaluate, report, deliver and return the summary."""
    found = tenants(desk.engine, names)
    policy = desk.policy(now.date())
    mask = reporting.mask_of(desk, asked=options.redact)
    announcer = Announcer(desk, run_id, now, mask)
    ledger = Ledger(
        desk.engine,
        run_id,
        now,
        sinks=announcer.composers(),
        changed=Judge(policy, now).change,
    )
    for tenant in found:
        Judging(
            desk.engine,
            ledger,
            tenant,
            policy,
            now,
            large_group=desk.loaded.config.policy.large_group,
        ).all()
    digest = policy.digest()
    runs.judged(desk.engine, run_id, digest)
    ended = desk.now()
    about = reporting.About(
        run_id=run_id,
        begun=runs.begun(desk.engine, run_id),
        ended=ended,
        connectors=[_line(desk, tenant, course, run_id, now) for tenant in found],
        policy=JudgedBy(digest, digest),
    )
    report = reporting.Report(desk, about, found, mask=mask)
    try:
        folder = report.write(ended)
    except ReportError:
        runs.end(desk.engine, run_id, ended, Exit.USAGE)  # the next run reads again
        raise
    stump = _cut_off(desk, found, run_id)
    summary = Summary(
        run_id=run_id,
        seconds=time.monotonic() - clock,
        numbers=report.numbers,
        top=report.top,
        folder=str(folder.path),
        notes=report.notes,
        exit_code=winner(_codes(report, options, course, {})),
    )
    announcer.snapshot([tenant.key for tenant in found])
    pulse = pulse_of(summary, begun=about.begun, ended=ended, paused=stump)
    announcer.heartbeat(pulse, " ".join(verdict(report.numbers, desk.text)))
    sent = delivering.drop(desk, folder.path, run_id)
    if options.deliver:
        sent |= delivering.deliver(desk)
    codes = _codes(report, options, course, sent)
    code = winner(codes)
    findings.fade(desk.engine, ended - SHUT_FOR)
    if not stump:
        runs.end(desk.engine, run_id, ended, code)
    log.info("run %s: %s findings, exit code %s", run_id, report.numbers.findings, int(code))
    return replace(
        summary,
        seconds=time.monotonic() - clock,
        deliveries=sink_lines(desk, sent),
        exit_code=code,
        also=[c for c in all_of(codes) if c is not code],
        next_command=_next(code, report, stump=stump) + _where(desk),
    )


def _codes(
    report: reporting.Report, options: Options, course: _Course, sent: dict[str, Delivery]
) -> set[Exit]:
    codes: set[Exit] = set()
    if course.asked and len(course.refused) == course.asked:
        codes.add(Exit.NO_SIGN_IN)
    if any(d.error or d.pending or d.dead for d in sent.values()):
        codes.add(Exit.UNDELIVERED)
    if report.numbers.unread:
        codes.add(Exit.INCOMPLETE)
    if options.fail_on is not None and any(
        severity >= options.fail_on and count
        for severity, count in report.numbers.severities.items()
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


def _line(
    desk: Desk, tenant: TenantRow, course: _Course, run_id: str, now: datetime
) -> ConnectorLine:
    """Return the line of a tenant; with the estimate if this run read all from the start."""
    line = reporting.connector_line(
        desk,
        tenant,
        calls=course.calls.get(tenant.connector, 0),
        problem=course.refused.get(tenant.connector, ""),
    )
    read = [s for s in scopes(desk.engine, tenant.key) if s.run_id == run_id]
    at_once = runs.begun(desk.engine, run_id) == now.replace(microsecond=0)
    whole = at_once and all(s.full or not s.complete for s in read)
    whole &= any(s.complete for s in read) and not any(s.coverage.cut_off for s in read)
    return replace(line, planned=forecasts.calls(desk.engine, tenant.key)) if whole else line


def sink_lines(desk: Desk, sent: dict[str, Delivery]) -> list[SinkLine]:
    """Return the results of the deliveries in words."""
    return [
        SinkLine(
            name=name,
            delivered=delivery.delivered,
            pending=delivery.pending,
            dead=delivery.dead,
            problem=" ".join(
                (desk.text.of(delivery.error.message), desk.text.of(delivery.error.hint))
            ).strip()
            if delivery.error
            else "",
        )
        for name, delivery in sent.items()
    ]


def _where(desk: Desk) -> str:
    """Return the option that names the configuration, if it is not the default one."""
    file = desk.loaded.file
    return "" if file == folders.configuration() else f" -c {file}"


def _next(code: Exit, report: reporting.Report, *, stump: bool) -> str:
    if code is Exit.UNDELIVERED:
        return "tojimari deliver"
    if code is Exit.NO_SIGN_IN or stump:
        return "tojimari scan"
    if report.top:
        return f"tojimari findings show {report.top[0].id[:13]}"
    return "tojimari findings list"
