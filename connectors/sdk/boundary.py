"""Where the reading of a scope ends, whatever happens: the books are always closed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from connectors.sdk.contract import Connector
from connectors.sdk.errors import AccessDenied, ConnectorError, QuotaExhausted
from connectors.sdk.http.meter import Meter, metered
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Item, Record, Scope, Started, Status

log = logging.getLogger(__name__)


def account(
    connector: Connector,
    scope: Scope,
    cursor: str | None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Record]:
    """The records of a scope: one `Started` first, one `Coverage` last, with what it cost."""
    meter, begun, items, open_ = Meter(), clock(), 0, False

    def closing(coverage: Coverage) -> Coverage:
        return replace(coverage, items=items, calls=meter.calls, seconds=clock() - begun)

    source = connector.scan(scope, cursor)
    try:
        while True:
            with metered(meter):  # not across a yield: the caller has a context of its own
                record = next(source, None)
            if record is None:
                break
            open_ = open_ or isinstance(record, Started)
            items += isinstance(record, Item)
            if isinstance(record, Coverage):
                yield closing(record)
                return
            yield record
        error: Exception = AssertionError("a scan ended without a Coverage")
        log.error("scan of %s ended without coverage", scope.id)
    except ConnectorError as stopped:
        error = stopped
    except Exception as bug:  # the one boundary: a bug in a scope must not silence the others
        log.exception("scan of %s failed", scope.id)
        error = bug
    if not open_:
        yield Started(full=False, resumed=False)
    yield closing(_coverage_of(error, read=items > 0))


def _coverage_of(error: Exception, *, read: bool) -> Coverage:
    if isinstance(error, ConnectorError):
        denied = isinstance(error, AccessDenied) and not read
        status = Status.DENIED if denied else Status.PARTIAL
        return Coverage(
            status=status,
            reason=error.message,
            hint=error.hint,
            cut_off=isinstance(error, QuotaExhausted),
        )
    return Coverage(
        status=Status.PARTIAL,
        reason=say("sdk.bug", kind=type(error).__name__),
        hint=say("sdk.bug_hint"),
    )
