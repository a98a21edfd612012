"""Emptying the outbox: what is taken, tried again, divided or put aside.

A sink that has to wait lets the others go on. The first failure that waiting does not mend stops
its sink for this process, because what comes later must not arrive before.
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
"""Seconds between two attempts, where the receiver names no time."""

STREAK: Final = 10
"""So many events refused for good with none taken between: the receiver is set up wrongly."""


class Outbox(Protocol):
    """What waits for delivery. Every change is durable when the call returns."""

    def next(self, sink: str, limit: int, size: int, /) -> Batch | None:
        """What waits longest, frozen before it is handed out; None when nothing waits."""
        ...

    def delivered(self, sink: str, batch_id: str, /) -> None:
        """The receiver has it."""
        ...

    def refused(self, sink: str, batch_id: str, error: str, /) -> None:
        """An attempt failed; the batch stays, under the same id."""
        ...

    def divided(self, sink: str, batch_id: str, ids: Collection[str], /) -> tuple[str, str]:
        """Make two batches of one: these events, and the rest. Their new ids."""
        ...

    def buried(self, sink: str, event_id: str, error: str, /) -> None:
        """The receiver will never take this event; it is put aside with its words."""
        ...

    def revived(self, sink: str, ids: Collection[str], /) -> int:
        """Put events that were put aside back into the queue, in their place."""
        ...

    def pending(self, sink: str, /) -> int:
        """How many events still wait for this sink."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one sink's share, in events; `error` is why it stopped.

    `dead` were put aside in this process, because the receiver will never take them.
    """

    delivered: int
    pending: int
    dead: int = 0
    error: SinkError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The clock that waits; `chance` spreads many agents over time."""

    clock: Callable[[], float]
    sleep: Callable[[float], object]
    chance: Callable[[], float] = random.random


def drain(outbox: Outbox, sinks: Iterable[Sink], times: Times) -> dict[str, Delivery]:
    """Offer everything that waits. A crash between sending and marking sends the same again."""
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
    """One sink's share of the outbox."""

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
        """Yield the seconds to wait before going on."""
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
        """How long to wait before the next attempt; None where waiting helps nobody, or the
        patience of this process would not last."""
        if trouble.fault not in (Fault.MOMENT, Fault.CUT):
            return None
        spread = 0.5 + self.times.chance() / 2
        own = min(LONGEST, 2.0**self.attempt) * spread
        self.attempt += 1
        wait = own if trouble.wait is None else trouble.wait + spread
        return wait if self.times.clock() + wait <= self.until else None

    def _met(self, batch: Batch, refusal: SinkError) -> SinkError | None:
        """Record a refusal; None where the sink goes on at once, with less."""
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
        """Event by event: taken, put aside, or to be offered again."""
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
        """Put one event aside. Who takes nothing at all gets everything back into the queue."""
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
    """Why something waits or was put aside, in the reader's language; then the receiver's words."""
    packed_, _, words = stored.partition("\n")
    if not packed_.startswith("["):
        return stored  # of an older version
    return f"{text.of(unpacked(packed_))} {words}".strip()


def _told(error: SinkError) -> str:
    return f"{packed(error.message)}\n{error.words}"
