"""Emptying the outbox: each batch once a process, each sink on its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from agent.sinks.contract import Batch, Sink, SinkError


class Outbox(Protocol):
    """What waits for delivery. Every change is durable when the call returns."""

    def batches(self, sink: str, limit: int, /) -> Iterator[Batch]:
        """What waits for this sink, oldest first; a batch is frozen before it is handed out."""
        ...

    def delivered(self, sink: str, batch_id: str, /) -> None:
        """The receiver has it."""
        ...

    def refused(self, sink: str, batch_id: str, error: str, /) -> None:
        """An attempt failed; the batch stays, under the same id."""
        ...

    def pending(self, sink: str, /) -> int:
        """How many events still wait for this sink."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one sink's share, in events; `error` is why it stopped."""

    delivered: int
    pending: int
    error: SinkError | None = None


def drain(outbox: Outbox, sinks: Iterable[Sink]) -> dict[str, Delivery]:
    """Offer every waiting batch once.

    The first failure stops its sink, because what comes later must not arrive before; the rest
    waits for the next process. A crash between sending and marking sends the same batch again.
    """
    return {sink.name: _emptied(outbox, sink) for sink in sinks}


def _emptied(outbox: Outbox, sink: Sink) -> Delivery:
    taken = 0
    trouble = None
    for batch in outbox.batches(sink.name, sink.limit):
        try:
            sink.deliver(batch)
        except SinkError as error:
            outbox.refused(sink.name, batch.id, str(error))
            trouble = error
            break
        outbox.delivered(sink.name, batch.id)
        taken += len(batch.events)
    return Delivery(delivered=taken, pending=outbox.pending(sink.name), error=trouble)
