"""The checks of a sink: `doctor` runs those without an event, `deliver --check` all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from agent.events import Batch
from agent.sinks.interface import PartialDelivery, SinkError
from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.message import say


def run_check(name: str, what: str, attempt: Callable[[], object]) -> Check:
    """Run one check of a sink and return its result; a `SinkError` is a failed check.

    Args:
        name: The name of the sink.
        what: `way`, `health`, `sign_in` or `delivery`.
        attempt: What is called; its result is ignored.
    """
    check = Check(
        id=f"sink.{name}.{what}",
        title=say(f"sinks.check_{what}", name=name),
        outcome=CheckOutcome.PASS,
    )
    try:
        attempt()
    except SinkError as error:
        return failed(check, error)
    except PartialDelivery as partly:
        return failed(check, next(iter(partly.failures.values())))
    return check


def failed(check: Check, error: SinkError) -> Check:
    """Return the check as failed, with the message and the hint of the error."""
    return replace(
        check, outcome=CheckOutcome.FAIL, detail=error.message, hint=error.hint or error.message
    )


def connectivity_check(name: str, probe: Callable[[], object]) -> Iterator[Check]:
    """Yield the check that the receiver can be reached; `probe` sends no event."""
    yield run_check(name, "way", probe)


def delivery_check(name: str, deliver: Callable[[Batch], None], test: Batch) -> Iterator[Check]:
    """Yield the check that a test event can be delivered."""
    yield run_check(name, "delivery", lambda: deliver(test))
