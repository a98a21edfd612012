"""`doctor` looks at a sink: nothing is sent to a receiver, and nothing is written anywhere."""

from __future__ import annotations

import pytest

from agent.sinks import csv, jsonl, syslog, webhook
from connectors.sdk.checks import CheckOutcome
from connectors.sdk.local_server import LocalHttpsServer, Response

from .conftest import CANARY, Purse
from .test_syslog import receiver


@pytest.mark.parametrize("status", [200, 401, 404, 405])
def test_whoever_answers_at_all_is_there_and_is_told_no_secret(authority, status):
    asked = []

    def respond(request):
        asked.append(request)
        return Response(status=status)

    with LocalHttpsServer(respond, authority) as service:
        url = f"{service.url}/hook/{CANARY}?sig={CANARY}"
        table = {"type": "webhook", "url": url, "secret": "env:S"}
        table["ca_bundle"] = str(authority.bundle)
        (row,) = webhook.create(webhook.Settings.model_validate(table), Purse()).probe()
    assert (row.id, row.outcome) == ("sink.siem.way", CheckOutcome.PASS)
    (only,) = asked
    assert (only.method, only.path, only.query, only.body) == ("GET", "/", {}, b"")
    assert not {"authorization", "webhook-signature"} & only.headers.keys()


def test_a_receiver_whose_certificate_nobody_vouches_for_fails_with_the_next_step(authority):
    with LocalHttpsServer(lambda _: Response(), authority) as service:
        table = {"type": "webhook", "url": f"{service.url}/{CANARY}", "secret": "env:S"}
        (row,) = webhook.create(webhook.Settings.model_validate(table), Purse()).probe()
        assert service.requests == []
    assert row.outcome is CheckOutcome.FAIL
    assert str(row.hint) == "sinks.tls_hint"
    assert CANARY not in str(row)


def test_syslog_is_connected_to_and_told_nothing(tmp_path):
    with receiver(tmp_path) as (port, got, _):
        table = {"type": "syslog", "host": "127.0.0.1", "port": port}
        table["ca_bundle"] = str(tmp_path / "ca.pem")
        (row,) = syslog.create(syslog.Settings.model_validate(table), Purse()).probe()
    assert row.outcome is CheckOutcome.PASS
    assert got in ([], [b""])


@pytest.mark.parametrize("kind", [csv, jsonl])
def test_a_folder_is_asked_for_and_not_made(tmp_path, kind):
    def looked(place):
        name = kind.__name__.rpartition(".")[2]
        settings = kind.Settings.model_validate({"type": name, "path": str(place)})
        if kind is csv:
            return next(csv.probe(settings, Purse()))
        return next(kind.create(settings, Purse()).probe())

    assert looked(tmp_path / "not" / "there").outcome is CheckOutcome.PASS
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    row = looked(tmp_path / "file" / "below")
    assert (row.outcome, str(row.hint)) == (CheckOutcome.FAIL, "sinks.drop_hint")
