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
from agent.sinks.interface import FailureKind, PartialDelivery, Sink, SinkError
from agent.text import Text, decode_message, encode_message
from connectors.sdk.message import say

MAX_BACKOFF: Final = 60.0
"""The longest delay in seconds between two attempts, where the receiver asks for none."""

MAX_CONSECUTIVE_REJECTS: Final = 10
"""After this number of events refused in a row, the receiver or the sink is misconfigured."""


class Outbox(Protocol):
    """The queue of events for each sink. Every change is durable when the call returns."""

    def next_batch(self, sink: str, limit: int, size: int, /) -> Batch | None:
        """Return the oldest batch of a sink; None if its queue is empty.

        A new batch of at most `limit` events and about `size` bytes is stored first, so that a
        retry after a crash sends the same one.
        """
        ...

    def mark_delivered(self, sink: str, batch_id: str, /) -> None:
        """Record that the receiver accepted a batch."""
        ...

    def record_failure(self, sink: str, batch_id: str, error: str, /) -> None:
        """Record a failed attempt; the batch stays in the queue under the same id."""
        ...

    def split(self, sink: str, batch_id: str, ids: Collection[str], /) -> tuple[str, str]:
        """Split a batch into the events with these ids and the rest; return the two new ids."""
        ...

    def dead_letter(self, sink: str, event_id: str, error: str, /) -> None:
        """Move an event that the receiver will never accept to the dead letters, with the error."""
        ...

    def requeue(self, sink: str, ids: Collection[str], /) -> int:
        """Move dead letters back to their place in the queue; return how many."""
        ...

    def pending_count(self, sink: str, /) -> int:
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
class RetryClock:
    """The time, for delays between attempts.

    Attributes:
        clock: Monotonic seconds.
        sleep: Waits some seconds.
        jitter: A random number from 0 to 1, so that many agents do not retry at once.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], object]
    jitter: Callable[[], float] = random.random


def deliver_pending(
    outbox: Outbox, sinks: Iterable[Sink], times: RetryClock
) -> dict[str, Delivery]:
    """Send all pending events to their sinks and return the result of each sink by its name.

    A crash after sending and before recording it sends the same batch again in the next run.
    """
    done: dict[str, Delivery] = {}
    waiting = [
        (times.clock(), sink.name, _SinkDelivery(outbox, sink, times).run()) for sink in sinks
    ]
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
class _SinkDelivery:
    """The delivery to one sink."""

    outbox: Outbox
    sink: Sink
    times: RetryClock
    delivered: int = 0
    size: int = field(init=False)
    dead: int = 0
    refusals: list[str] = field(default_factory=list[str])  # put aside since the last one taken
    attempt: int = 0
    interrupted_batch: str = ""  # the batch that was on the line when it broke
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.sink.max_bytes
        self.deadline = self.times.clock() + self.sink.retry_seconds

    def run(self) -> Generator[float, None, Delivery]:
        """Deliver until the queue is empty or the sink stops; yield the seconds to wait."""
        name = self.sink.name
        error = None
        while error is None and (
            batch := self.outbox.next_batch(name, self.sink.max_events, self.size)
        ):
            try:
                self.sink.deliver(batch)
            except PartialDelivery as partly:
                trouble = self._handle_partial(batch, partly)
            except SinkError as refusal:
                trouble = self._handle_failure(batch, refusal)
            else:
                self.outbox.mark_delivered(name, batch.id)
                self._record_success(len(batch.events))
                trouble = None
            if trouble is not None and (wait := self._retry_delay(trouble)) is not None:
                yield wait
            else:
                error = trouble
        left = self.outbox.pending_count(name)
        return Delivery(delivered=self.delivered, pending=left, dead=self.dead, error=error)

    def _record_success(self, events: int) -> None:
        self.delivered += events
        self.attempt = 0
        self.refusals.clear()

    def _retry_delay(self, trouble: SinkError) -> float | None:
        """Return the seconds until the next attempt; None if there is none in this run.

        There is none for an error that a retry cannot help, or after the sink's `retry_seconds`.
        """
        if trouble.kind not in (FailureKind.TRANSIENT, FailureKind.CONNECTION_LOST):
            return None
        spread = 0.5 + self.times.jitter() / 2
        own = min(MAX_BACKOFF, 2.0**self.attempt) * spread
        self.attempt += 1
        wait = own if trouble.retry_after is None else trouble.retry_after + spread
        return wait if self.times.clock() + wait <= self.deadline else None

    def _handle_failure(self, batch: Batch, refusal: SinkError) -> SinkError | None:
        """Record a failed attempt; return None if the sink continues with a smaller batch."""
        name = self.sink.name
        self.outbox.record_failure(name, batch.id, _encode_error(refusal))
        single = len(batch.ids) == 1
        if refusal.kind in (FailureKind.SIZE, FailureKind.CONTENT):
            if single:
                return self._dead_letter(batch.ids[0], refusal)
            self._split(batch, shrink=refusal.kind is FailureKind.SIZE)
            return None
        if refusal.kind is FailureKind.CONNECTION_LOST and not single:
            if self.interrupted_batch == batch.id:
                self._split(batch, shrink=True)
            self.interrupted_batch = batch.id
        return refusal

    def _split(self, batch: Batch, *, shrink: bool) -> None:
        half = len(batch.ids) // 2
        self.outbox.split(self.sink.name, batch.id, batch.ids[:half])
        self.attempt = 0
        if shrink:
            self.size = min(self.size, batch.size // 2)

    def _handle_partial(self, batch: Batch, partly: PartialDelivery) -> SinkError | None:
        """Record each event of a partial delivery as delivered, dead or still pending."""
        name = self.sink.name
        left = {batch.ids[position]: error for position, error in partly.failures.items()}
        _, rest = self.outbox.split(name, batch.id, left)
        self.outbox.mark_delivered(name, rest)
        if taken := len(batch.ids) - len(left):
            self._record_success(taken)
        again = None
        for event_id, refusal in left.items():
            if refusal.kind not in (FailureKind.SIZE, FailureKind.CONTENT):
                again = again or refusal
            elif (trouble := self._dead_letter(event_id, refusal)) is not None:
                return trouble
        return again

    def _dead_letter(self, event_id: str, refusal: SinkError) -> SinkError | None:
        """Dead-letter an event; after `MAX_CONSECUTIVE_REJECTS` in a row move all of them back.

        Return an error if they were moved back, else None.
        """
        name = self.sink.name
        self.outbox.dead_letter(name, event_id, _encode_error(refusal))
        self.dead += 1
        self.refusals.append(event_id)
        if len(self.refusals) < MAX_CONSECUTIVE_REJECTS:
            return None
        self.outbox.requeue(name, self.refusals)
        self.dead -= len(self.refusals)
        return SinkError(
            say("sinks.takes_nothing", name=name, count=len(self.refusals)),
            hint=refusal.hint,
            kind=FailureKind.CONFIGURATION,
            receiver_message=refusal.receiver_message,
        )


def describe_error(text: Text, stored: str) -> str:
    """Return the stored error of an event in the language of `text`, then the receiver's answer."""
    packed_, _, words = stored.partition("\n")
    if not packed_.startswith("["):
        return stored  # of an older version
    return f"{text.render(decode_message(packed_))} {words}".strip()


def _encode_error(error: SinkError) -> str:
    return f"{encode_message(error.message)}\n{error.receiver_message}"
