"""Splunk's own codes decide what is tried again, what is set up wrongly and what is poison."""

from __future__ import annotations

import gzip
import json
from contextlib import contextmanager

import pytest

from agent.sinks import splunk_hec
from agent.sinks.interface import FailureKind, SinkError
from connectors.sdk.local_server import LocalHttpsServer, Response

from .conftest import CANARY, Purse, finding_batch


@contextmanager
def collector(authority, *answers, **settings):
    seen, left = [], list(answers)

    def respond(request):
        seen.append(request)
        return left.pop(0) if left else said(0)

    with LocalHttpsServer(respond, authority) as service:
        table = {"type": "splunk_hec", "url": service.url, "token": "env:T"} | settings
        purse = Purse(secrets={"env:T": CANARY.encode()}, ca_bundle=str(authority.bundle))
        yield splunk_hec.create(splunk_hec.Settings.model_validate(table), purse), seen, purse


def said(code, status=200, **more):
    return Response(status=status, body={"text": "t", "code": code} | more)


def test_events_are_objects_one_after_the_other_with_their_own_time(authority):
    with collector(authority, index="audit") as (sink, seen, _):
        sink.deliver(finding_batch(3))
    (request,) = seen
    assert request.path == "/services/collector/event"
    assert request.headers["authorization"] == f"Splunk {CANARY}"
    assert len(request.headers["x-splunk-request-channel"]) == 36
    lines = gzip.decompress(request.body).decode().splitlines()
    first = json.loads(lines[0])
    assert len(lines) == 3
    assert (first["index"], first["source"], first["sourcetype"]) == (
        "audit", "tojimari", "tojimari:event",
    )  # fmt: skip
    assert first["time"] * 1000 == first["event"]["time"]


CODES = [
    *((code, FailureKind.TRANSIENT) for code in (8, 9, 18, 19, 20, 23, 26, 27)),
    *((code, FailureKind.CONFIGURATION) for code in (1, 2, 3, 4, 7, 10, 11, 14, 16, 21, 22)),
    *((code, FailureKind.CONTENT) for code in (5, 6, 12, 13, 15)),
]


@pytest.mark.parametrize(("code", "fault"), CODES)
def test_a_code_is_known_by_what_has_to_change(authority, code, fault):
    with collector(authority, said(code, 400)) as (sink, _, _), pytest.raises(SinkError) as caught:
        sink.deliver(finding_batch(1))
    assert caught.value.kind is fault
    assert caught.value.hint is not None


@pytest.mark.parametrize("code", [0, 24, 25])
def test_a_queue_that_fills_up_has_still_taken_the_events(authority, code):
    with collector(authority, said(code)) as (sink, _, _):
        sink.deliver(finding_batch(1))


@pytest.mark.parametrize(
    ("status", "fault"),
    [(413, FailureKind.SIZE), (502, FailureKind.TRANSIENT), (404, FailureKind.CONFIGURATION)],
)
def test_what_a_proxy_answers_is_known_by_its_status(authority, status, fault):
    page = Response(status=status, body=b"<html>", headers={"Retry-After": "9"})
    with collector(authority, page) as (sink, _, _), pytest.raises(SinkError) as caught:
        sink.deliver(finding_batch(1))
    assert caught.value.kind is fault
    assert caught.value.retry_after == (9.0 if fault is FailureKind.TRANSIENT else None)


def test_too_much_is_too_much_whatever_code_comes_with_it(authority):
    with collector(authority, said(6, 413)) as (sink, _, _), pytest.raises(SinkError) as caught:
        sink.deliver(finding_batch(1))
    assert caught.value.kind is FailureKind.SIZE


def test_an_event_is_delivered_when_the_indexer_has_it_and_not_before(authority):
    ack = 7_301_992_118
    pending = Response(body={"acks": {str(ack): False}})
    indexed = Response(body={"acks": {str(ack): True}})
    answers = (said(0, ackId=ack), pending, pending, indexed)
    with collector(authority, *answers) as (sink, seen, purse):
        sink.deliver(finding_batch(1))
    assert [r.path.rpartition("/")[2] for r in seen] == ["event", "ack", "ack", "ack"]
    assert seen[1].json() == {"acks": [ack]}
    assert len({r.headers["x-splunk-request-channel"] for r in seen}) == 1
    assert purse.waited == [0.5, 1.0]


def test_an_acknowledgement_that_never_comes_is_a_resend_and_can_be_done_without(authority):
    never = Response(body={"acks": {"1": False}})
    with collector(authority, said(0, ackId=1), *[never] * 99, ack_seconds=10) as (sink, _, purse):
        with pytest.raises(SinkError) as caught:
            sink.deliver(finding_batch(1))
        assert caught.value.kind is FailureKind.TRANSIENT
        assert sum(purse.waited) <= 10
    with collector(authority, said(0, ackId=1), ack_seconds=0) as (sink, seen, _):
        sink.deliver(finding_batch(1))
        assert len(seen) == 1


def test_the_check_asks_for_health_and_sends_one_event_that_says_it_is_a_test(authority):
    with collector(authority, said(17), said(4, 403)) as (sink, seen, _):
        health, delivery = sink.check(finding_batch(1))
    assert (health.outcome, delivery.outcome) == ("pass", "fail")
    assert delivery.hint is not None
    assert seen[0].method == "GET"


def test_what_splunk_says_is_kept_without_the_token(authority):
    answer = said(6, 400, text=f"bad \x1b[31m {CANARY} line")
    with collector(authority, answer) as (sink, _, _), pytest.raises(SinkError) as caught:
        sink.deliver(finding_batch(1))
    assert CANARY not in caught.value.receiver_message
    assert "\x1b" not in caught.value.receiver_message
    assert "bad" in caught.value.receiver_message
