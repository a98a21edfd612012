"""A scan: collect, evaluate, report and deliver; or an evaluation of what is stored."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from agent.classify.evaluator import Evaluator
from agent.classify.model import Severity
from agent.classify.policy import Policy
from agent.collect.ingest import ProgressListener
from agent.collect.progress import ProgressCounter
from agent.host import default_paths
from agent.report.run_folder import ReportError
from agent.report.statistics import ConnectorLine
from agent.report.summary import PolicyHashes, SinkLine, Summary, headline
from agent.run import deliver
from agent.run.collect import ScanCollector
from agent.run.evaluate import TenantEvaluation
from agent.run.events import EventPublisher, heartbeat_of
from agent.run.exit_codes import ExitCode, ordered, primary_code
from agent.run.report import Report, RunInfo, check_formats, connector_line, pseudonymizer
from agent.run.session import Session
from agent.sinks.delivery import Delivery
from agent.store import estimates, findings, runs
from agent.store.coverage import TenantRow, scopes, tenants
from agent.store.finding_lifecycle import FindingTracker
from connectors.sdk.http import Budget

log = logging.getLogger(__name__)

RESOLVED_RETENTION = timedelta(days=400)
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


class ProgressFactory(Protocol):
    """Makes the display of the progress."""

    def start(self, counter: ProgressCounter) -> AbstractContextManager[ProgressListener]:
        """Return a context manager whose value is informed about records that were read."""
        ...


@dataclass(slots=True)
class _CollectResult:
    """The result of collecting."""

    refused: dict[str, str] = field(default_factory=dict[str, str])
    requested: int = 0
    calls: dict[str, int] = field(default_factory=dict[str, int])


def scan(session: Session, options: Options, progress: ProgressFactory) -> Summary:
    """Run a scan and return its summary.

    `KeyboardInterrupt` passes through: what was read is kept, and the next scan resumes there.

    Raise `ConfigError` if the configuration is wrong, `ReportError` if a file cannot be written.
    """
    names = session.connectors(options.only)
    deliver.validate_sinks(session)
    check_formats(session)
    clock, now = time.monotonic(), session.now()
    run_id = runs.begin(session.engine, "scan", now, afresh=options.full)
    minutes = options.max_minutes
    budget = Budget(calls=options.max_calls, seconds=None if minutes is None else minutes * 60)
    log.info("run %s begins with %s", run_id, ", ".join(names))
    collecting = ScanCollector(session, run_id, budget, now)
    reading = collecting.reading
    try:
        collecting.sign_in(names, full=options.full)
        meters = [context.http.meter for context in reading.contexts.values()]
        counter = ProgressCounter(scopes=sum(map(len, reading.tasks)), meters=meters)
        with progress.start(counter) as listener:
            collecting.read(listener)
    finally:
        reading.stop()
    course = _CollectResult(
        refused={n: session.text.render(e.message) for n, e in reading.refused.items()},
        requested=len(names),
        calls={n: c.http.meter.calls for n, c in reading.contexts.items()},
    )
    return _finish(session, run_id, options, course, now=now, clock=clock, names=names)


def evaluate_again(session: Session, options: Options) -> Summary:
    """Evaluate the stored facts again, report, deliver, and return the summary.

    Raise `ConfigError` if the configuration is wrong, `ReportError` if a file cannot be written.
    """
    names = session.connectors(options.only)
    check_formats(session)
    clock, now = time.monotonic(), session.now()
    run_id = runs.begin(session.engine, "judge", now)
    return _finish(session, run_id, options, _CollectResult(), now=now, clock=clock, names=names)


def _finish(
    session: Session,
    run_id: str,
    options: Options,
    collected: _CollectResult,
    *,
    now: datetime,
    clock: float,
    names: Sequence[str],
) -> Summary:
    """Evaluate, report, deliver and return the summary."""
    found = tenants(session.engine, names)
    policy = session.policy(now.date())
    mask = pseudonymizer(session, requested=options.redact)
    announcer = EventPublisher(session, run_id, now, mask)
    _evaluate(session, run_id, found, policy, now, announcer)
    digest = policy.digest()
    runs.set_policy_hash(session.engine, run_id, digest)
    ended = session.now()
    about = RunInfo(
        run_id=run_id,
        begun=runs.started_at(session.engine, run_id),
        ended=ended,
        connectors=[_line(session, tenant, collected, run_id, now) for tenant in found],
        policy=PolicyHashes(digest, digest),
    )
    report = Report(session, about, found, mask=mask)
    try:
        folder = report.write(ended)
    except ReportError:
        runs.end(session.engine, run_id, ended, ExitCode.USAGE)  # the next run reads again
        raise
    incomplete = _cut_off(session, found, run_id)
    summary = Summary(
        run_id=run_id,
        seconds=time.monotonic() - clock,
        numbers=report.statistics,
        top=report.top,
        folder=str(folder.path),
        notes=report.notes,
        exit_code=primary_code(_codes(report, options, collected, {})),
    )
    announcer.snapshot([tenant.key for tenant in found])
    heartbeat_data = heartbeat_of(summary, begun=about.begun, ended=ended, paused=incomplete)
    announcer.heartbeat(heartbeat_data, " ".join(headline(report.statistics, session.text)))
    sent = _deliver(session, folder.path, run_id, options)
    codes = _codes(report, options, collected, sent)
    code = primary_code(codes)
    findings.anonymize_resolved(session.engine, ended - RESOLVED_RETENTION)
    if not incomplete:
        runs.end(session.engine, run_id, ended, code)
    log.info("run %s: %s findings, exit code %s", run_id, report.statistics.findings, int(code))
    return replace(
        summary,
        seconds=time.monotonic() - clock,
        deliveries=sink_lines(session, sent),
        exit_code=code,
        also=[c for c in ordered(codes) if c is not code],
        next_command=_next_command(code, report, incomplete=incomplete) + _config_option(session),
    )


def _deliver(session: Session, folder: Path, run_id: str, options: Options) -> dict[str, Delivery]:
    """Copy the files of the run to the sinks that take files, and send the waiting events."""
    sent = deliver.copy_run_files(session, folder, run_id)
    return sent | deliver.deliver(session) if options.deliver else sent


def _evaluate(
    session: Session,
    run_id: str,
    found: Sequence[TenantRow],
    policy: Policy,
    now: datetime,
    announcer: EventPublisher,
) -> None:
    """Evaluate the stored facts of these tenants and record the findings with their events."""
    tracker = FindingTracker(
        session.engine,
        run_id,
        now,
        sinks=announcer.event_builders(),
        changed=Evaluator(policy, now).evaluate_change,
    )
    large_group = session.loaded.config.policy.large_group
    for tenant in found:
        TenantEvaluation(
            session.engine, tracker, tenant, policy, now, large_group=large_group
        ).run()


def _codes(
    report: Report, options: Options, collected: _CollectResult, sent: dict[str, Delivery]
) -> set[ExitCode]:
    codes: set[ExitCode] = set()
    if collected.requested and len(collected.refused) == collected.requested:
        codes.add(ExitCode.NO_SIGN_IN)
    if any(d.error or d.pending or d.dead for d in sent.values()):
        codes.add(ExitCode.UNDELIVERED)
    if report.statistics.unread:
        codes.add(ExitCode.INCOMPLETE)
    if options.fail_on is not None and any(
        severity >= options.fail_on and count
        for severity, count in report.statistics.severities.items()
        if severity is not Severity.UNKNOWN
    ):
        codes.add(ExitCode.FINDINGS)
    return codes


def _cut_off(session: Session, found: Sequence[TenantRow], run_id: str) -> bool:
    return any(
        scope.run_id == run_id and scope.coverage.cut_off
        for tenant in found
        for scope in scopes(session.engine, tenant.key)
    )


def _line(
    session: Session, tenant: TenantRow, collected: _CollectResult, run_id: str, now: datetime
) -> ConnectorLine:
    """Return the line of a tenant; with the estimate if this run read all from the start."""
    line = connector_line(
        session,
        tenant,
        calls=collected.calls.get(tenant.connector, 0),
        problem=collected.refused.get(tenant.connector, ""),
    )
    read = [s for s in scopes(session.engine, tenant.key) if s.run_id == run_id]
    at_once = runs.started_at(session.engine, run_id) == now.replace(microsecond=0)
    whole = at_once and all(s.full or not s.complete for s in read)
    whole &= any(s.complete for s in read) and not any(s.coverage.cut_off for s in read)
    return (
        replace(line, planned=estimates.estimated_calls(session.engine, tenant.key))
        if whole
        else line
    )


def sink_lines(session: Session, sent: dict[str, Delivery]) -> list[SinkLine]:
    """Return the results of the deliveries in words."""
    return [
        SinkLine(
            name=name,
            delivered=delivery.delivered,
            pending=delivery.pending,
            dead=delivery.dead,
            problem=" ".join(
                (
                    session.text.render(delivery.error.message),
                    session.text.render(delivery.error.hint),
                )
            ).strip()
            if delivery.error
            else "",
        )
        for name, delivery in sent.items()
    ]


def _config_option(session: Session) -> str:
    """Return the option that names the configuration, if it is not the default one."""
    file = session.loaded.file
    return "" if file == default_paths.default_config_file() else f" -c {file}"


def _next_command(code: ExitCode, report: Report, *, incomplete: bool) -> str:
    if code is ExitCode.UNDELIVERED:
        return "tojimari deliver"
    if code is ExitCode.NO_SIGN_IN or incomplete:
        return "tojimari scan"
    if report.top:
        return f"tojimari findings show {report.top[0].id[:13]}"
    return "tojimari findings list"
