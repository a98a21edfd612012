"""Nothing lost, nothing held back by another, nothing tried for ever."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from agent.sinks.delivery import (
    MAX_CONSECUTIVE_REJECTS,
    RetryClock,
    deliver_pending,
    describe_error,
)
from agent.sinks.interface import FailureKind, PartialDelivery, SinkError
from agent.store import schema
from agent.store.outbox import SqlOutbox, enqueue
from agent.text import Text
from connectors.sdk.message import say

from .conftest import FROZEN


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self):
        self.now = 0.0
        self.waits = []

    def times(self):
        return RetryClock(clock=lambda: self.now, sleep=self.sleep, jitter=lambda: 1.0)

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


def filled(count, *sinks):
    engine = create_engine("sqlite://", poolclass=StaticPool)
    schema.metadata.create_all(engine)
    with engine.begin() as db:
        for sink in sinks or ("a",):
            enqueue(db, sink, "r", [(f"e{n}", json.dumps({"n": n})) for n in range(count)])
    return SqlOutbox(engine, lambda: FROZEN)


@dataclass
class Receiver:
    """Takes events; `answers` come first, then `poison` is refused wherever it is."""

    name: str = "a"
    max_events: int = 4
    max_bytes: int = 10**6
    retry_seconds: float = 60.0
    answers: tuple[Exception | None, ...] = ()
    poison: frozenset[str] = frozenset()
    most: int = 10**6

    def __post_init__(self):
        self.got = []
        self.offered = []
        self._answers = list(self.answers)

    def deliver(self, batch):
        self.offered.append(batch)
        if self._answers and (answer := self._answers.pop(0)):
            raise answer
        if len(batch.ids) > self.most:
            raise fault(FailureKind.SIZE)
        if self.poison & set(batch.ids):
            raise fault(FailureKind.CONTENT)
        self.got += batch.ids

    def probe(self):
        raise AssertionError("nobody asked for a look")

    def check(self, test):
        raise AssertionError("nobody asked for a check")


def fault(kind, wait=None):
    return SinkError(
        say("sinks.busy", host="h", status=503), kind=kind, retry_after=wait, receiver_message="no!"
    )


def ids(*numbers):
    return [f"e{n}" for n in numbers]


def test_everything_is_delivered_in_order_and_counted_in_events():
    box, receivers = filled(10, "a", "b"), [Receiver("a"), Receiver("b", max_events=3)]
    done = deliver_pending(box, receivers, Clock().times())
    assert [r.got for r in receivers] == [ids(*range(10))] * 2
    assert [len(b.ids) for b in receivers[1].offered] == [3, 3, 3, 1]
    assert (done["a"].delivered, done["a"].pending, done["a"].error) == (10, 0, None)


def test_a_busy_receiver_is_asked_again_with_the_same_batch_as_late_as_it_says():
    clock, receiver = (
        Clock(),
        Receiver(answers=(fault(FailureKind.TRANSIENT, 7.0), fault(FailureKind.TRANSIENT))),
    )
    done = deliver_pending(filled(4), [receiver], clock.times())
    assert clock.waits == [8.0, 2.0]  # never before the time that was named
    assert len({b.id for b in receiver.offered}) == 1
    assert (done["a"].delivered, done["a"].pending) == (4, 0)


def test_patience_ends_and_what_is_left_waits_for_the_next_process():
    clock, box = Clock(), filled(4)
    receiver = Receiver(answers=(fault(FailureKind.TRANSIENT),) * 99)
    done = deliver_pending(box, [receiver], clock.times())
    assert clock.now <= 60
    assert (done["a"].delivered, done["a"].pending) == (0, 4)
    assert str(done["a"].error) == "sinks.busy host='h' status='503'"
    assert box.queue_status()[0].attempts == len(receiver.offered)
    later = Receiver()
    assert deliver_pending(box, [later], Clock().times())["a"].pending == 0
    assert later.offered[0].id == receiver.offered[0].id


def test_a_time_beyond_the_patience_is_not_waited_for():
    clock = Clock()
    deliver_pending(
        filled(1), [Receiver(answers=(fault(FailureKind.TRANSIENT, 3600.0),))], clock.times()
    )
    assert clock.waits == []


def test_while_one_sink_waits_the_others_go_on():
    clock, box = Clock(), filled(9, "a", "b")
    when = []

    class Watch(Receiver):
        def deliver(self, batch):
            super().deliver(batch)
            when.append((self.name, clock.now))

    slow = Watch("a", max_events=9, answers=(fault(FailureKind.TRANSIENT),) * 3)
    deliver_pending(box, [slow, Watch("b")], clock.times())
    assert when == [("b", 0.0)] * 3 + [("a", 7.0)]


def test_what_only_an_administrator_can_mend_is_tried_once():
    receiver = Receiver(answers=(fault(FailureKind.CONFIGURATION),))
    done = deliver_pending(filled(9), [receiver], Clock().times())
    assert (len(receiver.offered), done["a"].pending) == (1, 9)


def test_poison_is_found_put_aside_with_its_words_and_the_rest_arrives_in_order():
    box, receiver = filled(20), Receiver(max_events=10, poison=frozenset(ids(3, 15)))
    done = deliver_pending(box, [receiver], Clock().times())
    assert receiver.got == [e for e in ids(*range(20)) if e not in ids(3, 15)]
    assert (done["a"].delivered, done["a"].dead, done["a"].pending) == (18, 2, 0)
    assert done["a"].error is None
    said = describe_error(Text("en"), box.queue_status()[0].error)
    assert said == "h is not accepting events at the moment (HTTP 503). no!"


def test_a_receiver_that_takes_nothing_at_all_is_not_believed():
    box, receiver = filled(40), Receiver(poison=frozenset(ids(*range(40))))
    done = deliver_pending(box, [receiver], Clock().times())
    assert (done["a"].dead, done["a"].pending, box.queue_status()[0].dead) == (0, 40, 0)
    assert "sinks.takes_nothing" in str(done["a"].error)
    assert len(receiver.offered) < 4 * MAX_CONSECUTIVE_REJECTS


def test_too_much_at_once_shrinks_what_follows():
    receiver = Receiver(max_events=100, most=10)
    done = deliver_pending(filled(900), [receiver], Clock().times())
    assert receiver.got == ids(*range(900))
    assert done["a"].dead == 0
    later = [b for b in receiver.offered if b.ids[0] not in ids(*range(100))]
    assert all(3 <= len(b.ids) <= 10 for b in later[:-1])


def test_a_line_that_breaks_twice_under_a_batch_may_have_carried_too_much():
    clock = Clock()
    receiver = Receiver(
        max_events=8,
        answers=(fault(FailureKind.CONNECTION_LOST), fault(FailureKind.CONNECTION_LOST)),
    )
    done = deliver_pending(filled(8), [receiver], clock.times())
    assert [len(b.ids) for b in receiver.offered] == [8, 8, 4, 4]
    assert clock.waits == [1.0, 1.0]
    assert (done["a"].delivered, done["a"].dead) == (8, 0)


def test_event_by_event_the_taken_are_done_the_busy_wait_and_the_poison_is_put_aside():
    box = filled(4)
    partly = PartialDelivery({1: fault(FailureKind.CONTENT), 2: fault(FailureKind.TRANSIENT)})
    receiver = Receiver(answers=(partly,))
    done = deliver_pending(box, [receiver], Clock().times())
    assert receiver.got == ["e2"]
    assert (done["a"].delivered, done["a"].dead, done["a"].pending) == (3, 1, 0)


def test_a_missing_right_on_one_event_stops_the_sink_and_buries_nothing():
    box = filled(4)
    receiver = Receiver(answers=(PartialDelivery({0: fault(FailureKind.CONFIGURATION)}),))
    done = deliver_pending(box, [receiver], Clock().times())
    assert (done["a"].delivered, done["a"].dead, done["a"].pending) == (3, 0, 1)


def test_a_bug_is_not_taken_for_a_refusal():
    box = filled(1)
    with pytest.raises(ZeroDivisionError):
        deliver_pending(box, [Receiver(answers=(ZeroDivisionError(),))], Clock().times())
    assert box.pending_count("a") == 1


FAULTS = st.sampled_from(
    [
        None,
        FailureKind.TRANSIENT,
        FailureKind.CONNECTION_LOST,
        FailureKind.SIZE,
        FailureKind.CONTENT,
        FailureKind.CONFIGURATION,
    ]
)


@given(
    st.lists(FAULTS, max_size=12),
    st.sets(st.integers(0, 19), max_size=4),
    st.integers(1, 8),
    st.integers(1, 6),
)
def test_whatever_a_receiver_answers_no_event_is_lost(answers, poison, limit, most):
    box = filled(20)
    receiver = Receiver(
        max_events=limit,
        most=most,
        answers=tuple(a and fault(a) for a in answers),
        poison=frozenset(ids(*poison)),
    )
    done = deliver_pending(box, [receiver], Clock().times())["a"]
    dead = sum(left.dead for left in box.queue_status())
    assert done.delivered == len(receiver.got) == len(set(receiver.got))
    assert done.delivered + done.pending + dead == 20
    assert dead == done.dead
    assert (done.pending == 0) == (done.error is None)
