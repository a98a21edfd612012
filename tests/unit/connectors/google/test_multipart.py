"""Batches: what is asked together comes back in its place, or is missed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.google.demo.batch import batch_response
from connectors.google.demo.responses import error
from connectors.google.demo.scenario import SALES
from connectors.google.multipart import CONTENT_TYPE, decode_batch, encode_batch
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Status
from connectors.sdk.testing import ConnectorHarness, scan


def exchanged(addresses, respond):
    request = Request(
        method="POST",
        path="/batch/drive/v3",
        query={},
        headers={"content-type": CONTENT_TYPE, "authorization": "Bearer x"},
        body=encode_batch(addresses),
        base="https://127.0.0.1",
    )
    answer: Any = batch_response(request, respond)
    return decode_batch(answer.headers["Content-Type"], answer.body)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=100))
def test_every_part_comes_back_in_its_place_whatever_it_says(texts):
    addresses = {n: f"https://www.googleapis.com/drive/v3/{n}?fields=x" for n in range(len(texts))}

    def respond(request):
        number = int(request.path.rpartition("/")[2])
        return Response(body={"text": texts[number]}, headers={"Retry-After": str(number)})

    parts = exchanged(addresses, respond)
    bodies: Any = {n: part.json() for n, part in parts.items()}
    assert {n: body["text"] for n, body in bodies.items()} == dict(enumerate(texts))
    assert all(part.headers["retry-after"] == str(n) for n, part in parts.items())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b"<html>"),
        ("multipart/mixed; boundary=b", b""),
        ("multipart/mixed; boundary=b", b"--b\r\nContent-ID: <response-part-0>\r\n\r\nnonsense"),
        ("multipart/mixed; boundary=b", b"--b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n--b--"),
    ],
)
def test_what_is_no_answer_is_no_part(kind, body):
    assert decode_batch(kind, body) == {}


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


def sales(opened) -> Any:
    connector, lent = opened.connector()
    connector.tenant()
    scope = next(s for s in connector.scopes() if s.id == f"drive:{SALES}")
    return scan(connector, lent, scope)[-1], lent


def at_parts(stage, fault):
    respond = stage.tenant.respond
    stage.tenant.respond = lambda request: fault(request) or respond(request)


@pytest.mark.parametrize(
    ("refusal", "key"),
    [
        (error(403, "userRateLimitExceeded", "slower"), "sdk.throttled"),
        (error(429, "rateLimitExceeded", "slower"), "sdk.throttled"),
        (error(500, "backendError", "x"), "google.acls_unread"),
        (error(403, "domainPolicy", "x"), "google.drive_apps_off"),
    ],
)
def test_parts_that_stay_refused_are_unread_and_never_look_empty(stage, refusal, key):
    def fault(request):
        part = request.path.endswith("/permissions") and "user-agent" not in request.headers
        return refusal if part else None

    at_parts(stage, fault)
    with stage.open() as opened:
        coverage, _ = sales(opened)
    assert (coverage.status, coverage.reason.key) == (Status.PARTIAL, key)


def test_parts_that_are_told_to_wait_are_asked_again_and_nobody_else_is(stage):
    asked: dict[str, int] = {}

    def fault(request):
        if request.path.endswith("/permissions") and "user-agent" not in request.headers:
            asked[request.path] = asked.get(request.path, 0) + 1
            if request.path == next(iter(asked)) and asked[request.path] < 3:
                return error(403, "userRateLimitExceeded", "slower")
        return None

    at_parts(stage, fault)
    with stage.open() as opened:
        coverage, lent = sales(opened)
    assert coverage.status is Status.COMPLETE
    assert sorted(asked.values())[-2:] == [1, 3]
    assert lent.time.seconds > 1001  # somebody waited


def test_an_answer_that_misses_a_part_is_not_taken_for_an_empty_one(stage):
    empty = Response(body=b"--b--", headers={"Content-Type": "multipart/mixed; boundary=b"})
    with stage.open() as opened:
        stage.inject_fault(lambda r, _: empty if r.path == "/batch/drive/v3" else None)
        coverage, _ = sales(opened)
    assert (coverage.status, coverage.reason.key) == (Status.PARTIAL, "google.garbled")
