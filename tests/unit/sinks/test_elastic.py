"""`_bulk` answers 200 and means each event."""

from __future__ import annotations

import gzip
import json
from contextlib import contextmanager

import pytest
from pydantic import ValidationError

from agent.sinks import elastic
from agent.sinks.interface import FailureKind, PartialDelivery, SinkError
from connectors.sdk.local_server import LocalHttpsServer, Response

from .conftest import Purse, finding_batch

KEY = {"type": "elastic", "api_key": "env:K"}


@contextmanager
def cluster(authority, answer, **settings):
    seen = []

    def respond(request):
        seen.append(request)
        return answer if isinstance(answer, Response) else Response(body=answer)

    with LocalHttpsServer(respond, authority) as service:
        table = KEY | {"url": f"{service.url}/"} | settings
        purse = Purse(secrets={"env:K": b"a2V5\n"}, ca_bundle=str(authority.bundle))
        yield elastic.create(elastic.Settings.model_validate(table), purse), seen


def items(*statuses, **error):
    return {"errors": True, "items": [{"create": {"status": s} | error} for s in statuses]}


def test_an_event_is_created_under_its_own_id_in_the_data_stream(authority):
    batch = finding_batch(2)
    with cluster(authority, items(201, 201)) as (sink, seen):
        sink.deliver(batch)
    (request,) = seen
    assert request.path == "/logs-tojimari.findings-default/_bulk"
    assert request.headers["authorization"] == "ApiKey a2V5"
    lines = [json.loads(line) for line in gzip.decompress(request.body).splitlines()]
    assert [line["create"]["_id"] for line in lines[::2]] == list(batch.ids)
    assert lines[1]["@timestamp"] == "2026-11-21T12:00:00.000+00:00"
    assert lines[1]["class_uid"] == 2006


def test_what_is_there_already_counts_as_delivered(authority):
    with cluster(authority, items(201, 409)) as (sink, _):
        sink.deliver(finding_batch(2))


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (429, FailureKind.TRANSIENT), (503, FailureKind.TRANSIENT),
        (400, FailureKind.CONTENT), (413, FailureKind.CONTENT),
        (403, FailureKind.CONFIGURATION), (404, FailureKind.CONFIGURATION),
    ],
)  # fmt: skip
def test_each_event_has_an_answer_of_its_own(authority, status, fault):
    answer = items(201, status, 201, error={"type": "mapper_parsing_exception", "reason": "x"})
    with cluster(authority, answer) as (sink, _), pytest.raises(PartialDelivery) as caught:
        sink.deliver(finding_batch(3))
    assert list(caught.value.failures) == [1]
    assert caught.value.failures[1].kind is fault
    assert "mapper_parsing_exception" in caught.value.failures[1].receiver_message


@pytest.mark.parametrize(
    "answer",
    [
        {}, {"items": "all"}, {"items": []}, {"items": [{"index": {"status": 201}}] * 2},
        Response(body=b"<html>ok</html>"), {"items": [{"create": {"status": "201"}}] * 2},
    ],
)  # fmt: skip
def test_an_answer_of_another_kind_is_no_delivery(authority, answer):
    with cluster(authority, answer) as (sink, _), pytest.raises(SinkError) as caught:
        sink.deliver(finding_batch(2))
    assert caught.value.kind is FailureKind.CONFIGURATION


def test_a_cluster_without_keys_takes_a_user(authority):
    more = {"api_key": "", "username": "tojimari", "password": "env:K", "format": "flat"}
    with cluster(authority, items(201), **more) as (sink, seen):
        sink.deliver(finding_batch(1))
    assert seen[0].headers["authorization"] == "Basic dG9qaW1hcmk6YTJWNQ=="
    document = json.loads(gzip.decompress(seen[0].body).splitlines()[1])
    assert document["finding_type"] == "exposure"


def test_either_a_key_or_a_user_is_needed():
    for wrong in ({"api_key": ""}, {"username": "x", "password": "env:P"}):
        with pytest.raises(ValidationError):
            elastic.Settings.model_validate(KEY | {"url": "https://e.example"} | wrong)
