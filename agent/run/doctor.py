"""Check whether a scan would work, with the smallest possible call to every part."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from agent.errors import ConfigError
from agent.run import deliver
from agent.run.contexts import connector_context, open_connector
from agent.run.session import Session
from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.errors import ConnectorError
from connectors.sdk.http.connectivity import check_connectivity
from connectors.sdk.interface import Connector
from connectors.sdk.message import Message, say
from connectors.sdk.scan_guard import call_connector

MIN_FREE_BYTES = 1 << 30  # bytes that should be free for the store and the files


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """A check and its part: a connector, `sinks.<name>`, or empty for this machine."""

    part: str
    check: Check


def run_checks(
    session: Session,
    only: Sequence[str] = (),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[CheckRow]:
    """Yield all checks as they are made. Changes nothing, reads no scope, sends no event."""
    names = session.connectors(only)
    yield CheckRow(part="", check=_check_store(session))
    for name in names:
        for check in _check_tenant(session, name, now):
            yield CheckRow(part=name, check=check)
    for name in () if only else session.loaded.config.sinks:
        for check in deliver.probe_sink(session, name):
            yield CheckRow(part=f"sinks.{name}", check=check)


def _check_store(session: Session) -> Check:
    """Return the check of the store: opened for writing, and the free space of its disk."""
    free = shutil.disk_usage(session.local_dir).free
    title = say("doctor.store", place=session.local_dir)
    detail = say("doctor.free", gigabytes=f"{free / MIN_FREE_BYTES:.1f}")
    scant = free < MIN_FREE_BYTES
    return Check(
        id="machine.room",
        title=title,
        outcome=CheckOutcome.WARN if scant else CheckOutcome.PASS,
        detail=detail,
        hint=say("doctor.free_hint") if scant else None,
    )


def _check_tenant(session: Session, name: str, now: Callable[[], datetime]) -> Iterator[Check]:
    context = connector_context(session)
    try:
        opened = _open_connector(name, partial(open_connector, session, name, context))
        if isinstance(opened, Sequence):
            yield from opened
            return
        yield _local_row("settings", CheckOutcome.PASS, None)
        blocked = False
        for address in dict.fromkeys(opened.addresses()):
            for check in check_connectivity(
                address,
                now(),
                ca_bundle=session.ca_bundle,
                proxy=session.loaded.config.network.proxy,
            ):
                blocked |= check.outcome is CheckOutcome.FAIL and check.id != "network.clock"
                yield check
        if not blocked:
            yield from _check_connector(opened, name)
    finally:
        context.close()


def _check_connector(connector: Connector, name: str) -> Iterator[Check]:
    """Yield the sign-in, then the connector's own checks."""
    try:
        tenant = call_connector(connector.tenant, name)
    except ConnectorError as error:
        yield _failed_row("sign_in", error)
        return
    yield _local_row(
        "sign_in", CheckOutcome.PASS, say("doctor.tenant", name=tenant.name, id=tenant.id)
    )
    try:
        checks = call_connector(connector.checks, name)
        while (check := call_connector(lambda: next(checks, None), name)) is not None:
            yield check
    except ConnectorError as error:
        yield _failed_row("checks", error)


def _open_connector(name: str, connect: Callable[[], Connector]) -> Connector | Sequence[Check]:
    """Return the connector, or the failed checks that say why there is none."""
    try:
        return call_connector(connect, name, passthrough=(ConfigError,))
    except ConfigError as error:
        return [
            _local_row("settings", CheckOutcome.FAIL, None, problem) for problem in error.problems
        ]
    except ConnectorError as error:
        return [_failed_row("settings", error)]


def _failed_row(name: str, error: ConnectorError) -> Check:
    return _local_row(name, CheckOutcome.FAIL, error.message, error.hint)


def _local_row(
    name: str, outcome: CheckOutcome, detail: Message | None, hint: Message | None = None
) -> Check:
    return Check(id=name, title=say(f"doctor.{name}"), outcome=outcome, detail=detail, hint=hint)
