"""Deliver the pending events of the outbox: retry, split batches, dead-letter single events.

While one sink waits for its receiver, the others are served. A failure that a retry cannot help
stops its sink for this run: later events must not arrive before earlier ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from agent.events import Batch
from agent.sinks.contract import Fault, PartlyTaken, Sink, SinkError
from agent.text import Text, packed, unpacked
from connectors.sdk.message import say

LONGEST: Final = 60.0
"""The longest delay in seconds between two attempts, where the receiver asks for none."""

STREAK: Final = 10
"""After this number of events refused in a row, the receiver or the sink is misconfigured."""


class Outbox(Protocol):
    """The queue of events for each sink. Every change is durable when the call returns."""

    def next(self, sink: str, limit: int, size: int, /) -> Batch | None:
        """Return the oldest batch of a sink; None if its queue is empty.

        A new batch of at most `limit` events and about `size` bytes is stored first, so that a
        retry after a crash sends the same one.
        """
        ...

    def delivered(self, sink: str, batch_id: str, /) -> None:
        """Record that the receiver accepted a batch."""
        ...

    def refused(self, sink: str, batch_id: str, error: str, /) -> None:
        """Record a failed attempt; the batch stays in the queue under the same id."""
        ...

    def divided(self, sink: str, batch_id: str, ids: Collection[str], /) -> tuple[str, str]:
        """Split a batch into the events with these ids and the rest; return the two new ids."""
        ...

    def buried(self, sink: str, event_id: str, error: str, /) -> None:
        """Move an event that the receiver will never accept to the dead letters, with the error."""
        ...

    def revived(self, sink: str, ids: Collection[str], /) -> int:
        """Move dead letters back to their place in the queue; return how many."""
        ...

    def pending(self, sink: str, /) -> int:
        """Return the number of events in the queue of a sink."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The result of one sink in this run.

    Attributes:
        delivered: Events that the receiver accepted.
        pending: Events that are still in the queue.
        dead: Events that were dead-lettered in this run.
        error: Why the delivery stopped; None if it did not.
    """

    delivered: int
    pending: int
    dead: int = 0
    error: SinkError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The time, for delays between attempts.

    Attributes:
        clock: Monotonic seconds.
        sleep: Waits some seconds.
        chance: A random number from 0 to 1, so that many agents do not retry at once.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], object]
    chance: Callable[[], float] = random.random


def drain(outbox: Outbox, sinks: Iterable[Sink], times: Times) -> dict[str, Delivery]:
    """Send all pending events to their sinks and return the result of each sink by its name.

    A crash after sending and before recording it sends the same batch again in the next run.
    """
    done: dict[str, Delivery] = {}
    waiting = [(times.clock(), sink.name, _Emptying(outbox, sink, times).run()) for sink in sinks]
    while waiting:
        first = min(waiting, key=lambda entry: entry[0])
        waiting.remove(first)
        due, name, emptying = first
        if (delay := due - times.clock()) > 0:
            times.sleep(delay)
        try:
            waiting.append((times.clock() + next(emptying), name, emptying))
        except StopIteration as end:
            done[name] = end.value
    return done


@dataclass(slots=True)
class _Emptying:
    """The delivery to one sink."""

    outbox: Outbox
    sink: Sink
    times: Times
    taken: int = 0
    size: int = field(init=False)
    buried: int = 0
    refusals: list[str] = field(default_factory=list[str])  # put aside since the last one taken
    attempt: int = 0
    cut: str = ""  # the batch that was on the line when it broke
    until: float = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.sink.size
        self.until = self.times.clock() + self.sink.patience

    def run(self) -> Generator[float, None, Delivery]:
        """Deliver until the queue is empty or the sink stops; yield the seconds to wait."""
        name = self.sink.name
        error = None
        while error is None and (batch := self.outbox.next(name, self.sink.limit, self.size)):
            try:
                self.sink.deliver(batch)
            except PartlyTaken as partly:
                trouble = self._sorted(batch, partly)
            except SinkError as refusal:
                trouble = self._met(batch, refusal)
            else:
                self.outbox.delivered(name, batch.id)
                self._counted(len(batch.events))
                trouble = None
            if trouble is not None and (wait := self._pause(trouble)) is not None:
                yield wait
            else:
                error = trouble
        left = self.outbox.pending(name)
        return Delivery(delivered=self.taken, pending=left, dead=self.buried, error=error)

    def _counted(self, events: int) -> None:
        self.taken += events
        self.attempt = 0
        self.refusals.clear()

    def _pause(self, trouble: SinkError) -> float | None:
        """Return the seconds until the next attempt; None if there is none in this run.

        There is none for an error that a retry cannot help, or after the sink's `patience`.
        """
        if trouble.fault not in (Fault.MOMENT, Fault.CUT):
            return None
        spread = 0.5 + self.times.chance() / 2
        own = min(LONGEST, 2.0**self.attempt) * spread
        self.attempt += 1
        wait = own if trouble.wait is None else trouble.wait + spread
        return wait if self.times.clock() + wait <= self.until else None

    def _met(self, batch: Batch, refusal: SinkError) -> SinkError | None:
        """Record a failed attempt; return None if the sink continues with a smaller batch."""
        name = self.sink.name
        self.outbox.refused(name, batch.id, _told(refusal))
        single = len(batch.ids) == 1
        if refusal.fault in (Fault.SIZE, Fault.CONTENT):
            if single:
                return self._bury(batch.ids[0], refusal)
            self._divide(batch, shrink=refusal.fault is Fault.SIZE)
            return None
        if refusal.fault is Fault.CUT and not single:
            if self.cut == batch.id:
                self._divide(batch, shrink=True)
            self.cut = batch.id
        return refusal

    def _divide(self, batch: Batch, *, shrink: bool) -> None:
        half = len(batch.ids) // 2
        self.outbox.divided(self.sink.name, batch.id, batch.ids[:half])
        self.attempt = 0
        if shrink:
            self.size = min(self.size, batch.size // 2)

    def _sorted(self, batch: Batch, partly: PartlyTaken) -> SinkError | None:
        """Record each event of a partial delivery as delivered, dead or still pending."""
        name = self.sink.name
        left = {batch.ids[position]: error for position, error in partly.left.items()}
        _, rest = self.outbox.divided(name, batch.id, left)
        self.outbox.delivered(name, rest)
        if taken := len(batch.ids) - len(left):
            self._counted(taken)
        again = None
        for event_id, refusal in left.items():
            if refusal.fault not in (Fault.SIZE, Fault.CONTENT):
                again = again or refusal
            elif (trouble := self._bury(event_id, refusal)) is not None:
                return trouble
        return again

    def _bury(self, event_id: str, refusal: SinkError) -> SinkError | None:
        """Dead-letter an event; after `STREAK` in a row move them all back and return an error."""
        name = self.sink.name
        self.outbox.buried(name, event_id, _told(refusal))
        self.buried += 1
        self.refusals.append(event_id)
        if len(self.refusals) < STREAK:
            return None
        self.outbox.revived(name, self.refusals)
        self.buried -= len(self.refusals)
        return SinkError(
            say("sinks.takes_nothing", name=name, count=len(self.refusals)),
            hint=refusal.hint,
            fault=Fault.SETTING,
            words=refusal.words,
        )


def told(text: Text, stored: str) -> str:
    """Return the stored error of an event in the language of `text`, then the receiver's answer."""
    packed_, _, words = stored.partition("\n")
    if not packed_.startswith("["):
        return stored  # of an older version
    return f"{text.of(unpacked(packed_))} {words}".strip()


def _told(error: SinkError) -> str:
    return f"{packed(error.message)}\n{error.words}"
