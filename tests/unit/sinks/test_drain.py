"""Each batch once, each sink on its own, nothing lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.sinks.contract import SinkError
from agent.sinks.drain import drain
from connectors.sdk.message import say

from .conftest import BATCH


class Box:
    """An outbox in memory."""

    def __init__(self, *ids):
        self.waiting = {name: list(ids) for name in ("a", "b")}
        self.log = []

    def batches(self, sink, limit, /):
        for batch_id in list(self.waiting[sink]):
            yield replace(BATCH, id=batch_id, events=BATCH.events[:limit])

    def delivered(self, sink, batch_id, /):
        self.waiting[sink].remove(batch_id)
        self.log.append((sink, batch_id, "delivered"))

    def refused(self, sink, batch_id, error, /):
        self.log.append((sink, batch_id, error))

    def pending(self, sink, /):
        return len(self.waiting[sink])


class Receiver:
    limit = 1

    def __init__(self, name, *, refuses=(), bug=False):
        self.name = name
        self.got = []
        self._refuses = refuses
        self._bug = bug

    def deliver(self, batch):
        if self._bug:
            raise ZeroDivisionError
        if batch.id in self._refuses:
            raise SinkError(say("sinks.busy", host="h", status=503))
        self.got.append(batch.id)


def test_everything_is_delivered_in_order_and_counted_in_events():
    box, a, b = Box("1", "2", "3"), Receiver("a"), Receiver("b")
    done = drain(box, [a, b])
    assert a.got == b.got == ["1", "2", "3"]
    assert (done["a"].delivered, done["a"].pending, done["a"].error) == (3, 0, None)


def test_the_first_failure_stops_its_sink_and_no_other():
    box, a, b = Box("1", "2", "3"), Receiver("a", refuses={"2"}), Receiver("b")
    done = drain(box, [a, b])
    assert (a.got, b.got) == (["1"], ["1", "2", "3"])
    assert (done["a"].delivered, done["a"].pending) == (1, 2)
    assert str(done["a"].error) == "sinks.busy host='h' status='503'"
    assert [entry for entry in box.log if entry[1] == "2" and entry[0] == "a"] == [
        ("a", "2", "sinks.busy host='h' status='503'")
    ]


def test_the_next_process_goes_on_where_the_last_one_stopped():
    box = Box("1", "2", "3")
    drain(box, [Receiver("a", refuses={"2"})])
    later = Receiver("a")
    assert drain(box, [later])["a"].pending == 0
    assert later.got == ["2", "3"]


def test_a_bug_is_not_taken_for_a_refusal():
    box = Box("1")
    with pytest.raises(ZeroDivisionError):
        drain(box, [Receiver("a", bug=True)])
    assert box.log == []
