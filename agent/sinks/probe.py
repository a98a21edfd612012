"""The checks of a sink: `doctor` runs those without an event, `deliver --check` all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from agent.events import Batch
from agent.sinks.contract import PartlyTaken, SinkError
from connectors.sdk.checks import Check, Outcome
from connectors.sdk.message import say


def probed(name: str, what: str, attempt: Callable[[], object]) -> Check:
    """Run one check of a sink and return its result; a `SinkError` is a failed check.

    Args:
        name: The name of the sink.
        what: `way`, `health`, `sign_in` or `delivery`.
        attempt: What is called; its result is ignored.
    """
    check = Check(
        id=f"sink.{name}.{what}",
        title=say(f"sinks.check_{what}", name=name),
        outcome=Outcome.PASS,
    )
    try:
        attempt()
    except SinkError as error:
        return failed(check, error)
    except PartlyTaken as partly:
        return failed(check, next(iter(partly.left.values())))
    return check


def failed(check: Check, error: SinkError) -> Check:
    """Return the check as failed, with the message and the hint of the error."""
    return replace(
        check, outcome=Outcome.FAIL, detail=error.message, hint=error.hint or error.message
    )


def way(name: str, knock: Callable[[], object]) -> Iterator[Check]:
    """Yield the check that the receiver can be reached; `knock` sends no event."""
    yield probed(name, "way", knock)


def delivery(name: str, deliver: Callable[[Batch], None], test: Batch) -> Iterator[Check]:
    """Yield the check that a test event can be delivered."""
    yield probed(name, "delivery", lambda: deliver(test))
