"""Run a connector's scan of one scope and always end it with exactly one `Coverage` record."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from connectors.sdk.errors import (
    AccessDenied,
    ConnectorError,
    QuotaExhausted,
    UnexpectedResponse,
)
from connectors.sdk.http.usage import UsageMeter, metered
from connectors.sdk.interface import ScopeReader
from connectors.sdk.message import say
from connectors.sdk.records import CountedItems, Coverage, Item, Record, Scope, Started, Status

log = logging.getLogger(__name__)
T = TypeVar("T")


def guarded_scan(
    connector: ScopeReader,
    scope: Scope,
    cursor: str | None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Record]:
    """Yield the records of a scope: one `Started` first, one `Coverage` with its counts last.

    A `ConnectorError`, a bug of the connector and records in the wrong order end the scan with a
    coverage that is not complete. Nothing is raised.

    Args:
        cursor: The cursor of an earlier checkpoint; None for the beginning.
        clock: Returns seconds.
    """
    meter, begun, items, open_ = UsageMeter(), clock(), 0, False
    error: ConnectorError

    def closing(coverage: Coverage) -> Coverage:
        return replace(coverage, items=items, calls=meter.calls, seconds=clock() - begun)

    try:
        source = call_connector(lambda: connector.scan(scope, cursor), scope.id)
        while True:
            with metered(meter):  # not across a yield: the caller has a context of its own
                record = call_connector(lambda: next(source, None), scope.id)
            if record is None:
                log.error("scan of %s ended without coverage", scope.id)
                error = _bug("Coverage")
                break
            if not open_ and not isinstance(record, Started):
                log.error("scan of %s began without Started", scope.id)
                error = _bug("Started")
                break
            open_ = True
            if isinstance(record, Started):  # again: what was read until now does not count
                items = 0
            if isinstance(record, CountedItems):
                items += record.count
            items += isinstance(record, Item)
            if isinstance(record, Coverage):
                yield closing(record)
                return
            yield record
    except ConnectorError as stopped:
        error = stopped
    if not open_:
        yield Started(full=False, resumed=False)
    yield closing(_coverage_from_error(error, read=items > 0))


def call_connector(
    step: Callable[[], T], what: str, *, passthrough: tuple[type[Exception], ...] = ()
) -> T:
    """Return the result of a call into a connector.

    Raise `ConnectorError` as it comes, and `UnexpectedResponse` for a bug of the connector, whose
    traceback goes to the log: it must not stop other scopes and tenants.

    Args:
        step: The call.
        what: Names the call in the log.
        passthrough: Exceptions to raise unchanged.
    """
    try:
        return step()
    except (ConnectorError, *passthrough):
        raise
    except Exception as bug:
        log.exception("%s failed", what)
        raise _bug(type(bug).__name__) from bug


def _bug(kind: str) -> UnexpectedResponse:
    return UnexpectedResponse(say("sdk.bug", kind=kind), hint=say("sdk.bug_hint"))


def _coverage_from_error(error: ConnectorError, *, read: bool) -> Coverage:
    denied = isinstance(error, AccessDenied) and not read
    return Coverage(
        status=Status.DENIED if denied else Status.PARTIAL,
        reason=error.message,
        hint=error.hint,
        cut_off=isinstance(error, QuotaExhausted),
    )
