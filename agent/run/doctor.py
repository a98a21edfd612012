"""Check whether a scan would work, with the smallest possible call to every part."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from agent.errors import ConfigError
from agent.run import delivering
from agent.run.desk import Desk
from agent.run.lending import connected, lent
from connectors.sdk.boundary import attempted
from connectors.sdk.checks import Check, Outcome
from connectors.sdk.contract import Connector
from connectors.sdk.errors import ConnectorError
from connectors.sdk.http.wayout import looked_over
from connectors.sdk.message import Message, say

ROOM = 1 << 30  # bytes that should be free for the store and the files


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A check and its part: a connector, `sinks.<name>`, or empty for this machine."""

    part: str
    check: Check


def examine(
    desk: Desk, only: Sequence[str] = (), now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Row]:
    """Yield all checks as they are made. Changes nothing, reads no scope, sends no event."""
    names = desk.connectors(only)
    yield Row(part="", check=_room(desk))
    for name in names:
        for check in _tenant(desk, name, now):
            yield Row(part=name, check=check)
    for name in () if only else desk.loaded.config.sinks:
        for check in delivering.look(desk, name):
            yield Row(part=f"sinks.{name}", check=check)


def _room(desk: Desk) -> Check:
    """Return the check of the store: opened for writing, and the free space of its disk."""
    free = shutil.disk_usage(desk.waiting_room).free
    title = say("doctor.store", place=desk.waiting_room)
    detail = say("doctor.free", gigabytes=f"{free / ROOM:.1f}")
    scant = free < ROOM
    return Check(
        id="machine.room",
        title=title,
        outcome=Outcome.WARN if scant else Outcome.PASS,
        detail=detail,
        hint=say("doctor.free_hint") if scant else None,
    )


def _tenant(desk: Desk, name: str, now: Callable[[], datetime]) -> Iterator[Check]:
    context = lent(desk)
    try:
        opened = _opened(name, partial(connected, desk, name, context))
        if isinstance(opened, Sequence):
            yield from opened
            return
        yield _row("settings", Outcome.PASS, None)
        blocked = False
        for address in dict.fromkeys(opened.addresses()):
            for check in looked_over(
                address,
                now(),
                ca_bundle=desk.ca_bundle,
                proxy=desk.loaded.config.network.proxy,
            ):
                blocked |= check.outcome is Outcome.FAIL and check.id != "network.clock"
                yield check
        if not blocked:
            yield from _inside(opened, name)
    finally:
        context.close()


def _inside(connector: Connector, name: str) -> Iterator[Check]:
    """Yield the sign-in, then the connector's own checks."""
    try:
        tenant = attempted(connector.tenant, name)
    except ConnectorError as error:
        yield _failed("sign_in", error)
        return
    yield _row("sign_in", Outcome.PASS, say("doctor.tenant", name=tenant.name, id=tenant.id))
    try:
        checks = attempted(connector.checks, name)
        while (check := attempted(lambda: next(checks, None), name)) is not None:
            yield check
    except ConnectorError as error:
        yield _failed("checks", error)


def _opened(name: str, connect: Callable[[], Connector]) -> Connector | Sequence[Check]:
    """Return the connector, or the failed checks that say why there is none."""
    try:
        return attempted(connect, name, let=(ConfigError,))
    except ConfigError as error:
        return [_row("settings", Outcome.FAIL, None, problem) for problem in error.problems]
    except ConnectorError as error:
        return [_failed("settings", error)]


def _failed(name: str, error: ConnectorError) -> Check:
    return _row(name, Outcome.FAIL, error.message, error.hint)


def _row(name: str, outcome: Outcome, detail: Message | None, hint: Message | None = None) -> Check:
    return Check(id=name, title=say(f"doctor.{name}"), outcome=outcome, detail=detail, hint=hint)
