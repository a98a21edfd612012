"""What `doctor` tries of a sink, and `deliver --check` with an event that is called a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from agent.events import Batch
from agent.sinks.contract import PartlyTaken, SinkError
from connectors.sdk.checks import Check, Outcome
from connectors.sdk.message import say


def probed(name: str, what: str, attempt: Callable[[], object]) -> Check:
    """Try one thing: `way`, `health`, `sign_in`, `delivery`. What is said is the detail."""
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
    """The same check with its trouble."""
    return replace(
        check, outcome=Outcome.FAIL, detail=error.message, hint=error.hint or error.message
    )


def way(name: str, knock: Callable[[], object]) -> Iterator[Check]:
    """Whether the receiver can be reached at all; nothing is sent there."""
    yield probed(name, "way", knock)


def delivery(name: str, deliver: Callable[[Batch], None], test: Batch) -> Iterator[Check]:
    """The one check that every sink has."""
    yield probed(name, "delivery", lambda: deliver(test))
