"""A real receiver over HTTPS, which verifies, refuses, points elsewhere and hangs up."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
import traceback
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from agent.sinks import webhook
from agent.sinks.interface import FailureKind, SinkError
from agent.text import Text
from connectors.sdk.local_server import LocalCertificateAuthority, LocalHttpsServer, Response

from .conftest import BATCH, CANARY, KEYS, Purse


class Receiver:
    """Answers as it is told, and keeps what it got."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.got = []

    def respond(self, request):
        self.got.append(request)
        return self.answers.pop(0) if self.answers else Response(status=204)


@contextmanager
def receiving(authority, *answers, purse=None, **settings):
    receiver = Receiver(*answers)
    with LocalHttpsServer(receiver.respond, authority) as service:
        table = {
            "type": "webhook",
            "url": f"{service.url}/hook/{CANARY}?sig={CANARY}",
            "secret": "env:S",
            "ca_bundle": str(authority.bundle),
        }
        sink = webhook.create(webhook.Settings.model_validate(table | settings), purse or Purse())
        yield sink, receiver


def headers_of(request):
    return {k: v for k, v in request.headers.items() if k.startswith("webhook-")}


def told(error):
    """Everything that a reader or a log could see of it."""
    text = Text("en")
    return "".join(
        (*traceback.format_exception(error), text.render(error.message), text.render(error.hint))
    )


def test_the_signature_is_verified_by_the_receiver(authority):
    with receiving(authority) as (sink, receiver):
        sink.deliver(BATCH)
    (request,) = receiver.got
    message = Verifier(KEYS[0]).verify(request.body, headers_of(request))
    assert list(message) == ["type", "timestamp", "data"]
    assert message["type"] == "tojimari.findings.v1"
    assert message["timestamp"] == "2026-11-21T12:00:00+00:00"
    assert message["data"]["run_id"] == "k3f9"
    assert message["data"]["events"][0] == BATCH.events[0]
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == BATCH.id
    with pytest.raises(WebhookVerificationError):
        Verifier(KEYS[1]).verify(request.body, headers_of(request))


def test_a_clock_in_another_zone_signs_the_same_moment(authority):
    tokyo = datetime.now(timezone(timedelta(hours=9)))
    with receiving(authority, purse=Purse(clock=tokyo)) as (sink, receiver):
        sink.deliver(BATCH)
    Verifier(KEYS[0]).verify(receiver.got[0].body, headers_of(receiver.got[0]))


def test_while_secrets_change_each_of_them_verifies(authority):
    purse = Purse(secrets={"env:S": f"{KEYS[0]} {KEYS[1]}\n".encode()})
    with receiving(authority, purse=purse) as (sink, receiver):
        sink.deliver(BATCH)
    (request,) = receiver.got
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    for key in KEYS[:2]:
        Verifier(key).verify(request.body, headers_of(request))


def test_a_retry_is_the_same_to_the_byte_with_a_new_time(authority):
    now = datetime.now(UTC)
    purse = Purse(clock=now)
    with receiving(authority, Response(status=503), purse=purse) as (sink, receiver):
        with pytest.raises(SinkError):
            sink.deliver(BATCH)
        purse.clock = now + timedelta(minutes=4)
        sink.deliver(replace(BATCH, events=json.loads(json.dumps(BATCH.events))))
    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    waited = int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"])
    assert waited == 240


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_a_receipt(authority, status):
    with receiving(authority, Response(status=status)) as (sink, receiver):
        sink.deliver(BATCH)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_receiver_is_asked_once_and_tried_again_another_time(authority, status):
    busy = Response(status=status, headers={"Retry-After": "1"}, body=CANARY.encode())
    with receiving(authority, busy) as (sink, receiver), pytest.raises(SinkError) as caught:
        sink.deliver(BATCH)
    assert len(receiver.got) == 1
    assert caught.value.kind is FailureKind.TRANSIENT
    assert f"HTTP {status}" in told(caught.value)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "cannot parse"),
        (401, "Check the secret and the headers of [sinks.siem]"),
        (403, "Check the secret and the headers of [sinks.siem]"),
        (404, "Check the path in the url of [sinks.siem]"),
        (410, "has removed this endpoint"),
        (413, "too large"),
    ],
)
def test_a_refusal_is_final_and_says_what_to_check(authority, status, advice):
    refusal = Response(status=status, body={"echo": CANARY})
    with receiving(authority, refusal) as (sink, _), pytest.raises(SinkError) as caught:
        sink.deliver(BATCH)
    assert caught.value.kind is not FailureKind.TRANSIENT
    assert advice in told(caught.value)
    assert CANARY not in told(caught.value)
    assert CANARY not in caught.value.receiver_message  # it was the address, too


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(authority, status):
    moved = Response(status=status, headers={"Location": f"/elsewhere/{CANARY}"})
    with receiving(authority, moved) as (sink, receiver), pytest.raises(SinkError) as caught:
        sink.deliver(BATCH)
    assert len(receiver.got) == 1
    assert caught.value.kind is not FailureKind.TRANSIENT
    assert CANARY not in told(caught.value)


def test_a_receiver_that_hangs_up_has_not_taken_it(authority):
    with receiving(authority, Response(cut="before")) as (sink, _):
        with pytest.raises(SinkError) as caught:
            sink.deliver(BATCH)
        sink.deliver(BATCH)  # the next process finds it well
    assert caught.value.kind is FailureKind.CONNECTION_LOST
    assert "127.0.0.1" in told(caught.value)
    assert not_told(caught.value)


def test_a_stranger_with_a_certificate_gets_nothing(authority, tmp_path):
    stranger = LocalCertificateAuthority(tmp_path)
    for bundle in (str(stranger.bundle), ""):  # another authority; the operating system's store
        with receiving(authority, ca_bundle=bundle) as (sink, receiver):
            with pytest.raises(SinkError) as caught:
                sink.deliver(BATCH)
            assert receiver.got == []
        assert "certificate" in told(caught.value)
        assert not_told(caught.value)


def test_a_receiver_on_this_machine_may_do_without_tls(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    heard = []

    class Local(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append((self.rfile.read(int(self.headers["Content-Length"])), self.headers))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format, *args):
            """Stay quiet."""

    with HTTPServer(("127.0.0.1", 0), Local) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        settings = webhook.Settings(type="webhook", url=url, secret="env:S")
        webhook.create(settings, Purse(proxy="http://127.0.0.1:1")).deliver(BATCH)
        server.shutdown()
    ((body, headers),) = heard
    Verifier(KEYS[0]).verify(body, dict(headers))


def test_nobody_at_the_address_is_no_secret_either(authority):
    with receiving(authority) as (sink, _):
        pass
    with pytest.raises(SinkError) as caught:
        sink.deliver(BATCH)
    assert caught.value.kind is FailureKind.TRANSIENT
    assert not_told(caught.value)


def test_the_environment_is_not_trusted_with_certificates_or_passwords(
    authority, monkeypatch, tmp_path
):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login x password {CANARY}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with receiving(authority) as (sink, receiver):
        sink.deliver(BATCH)
    assert "authorization" not in receiver.got[0].headers


def test_extra_headers_come_from_the_secret_store(authority):
    purse = Purse(secrets={"env:S": KEYS[0].encode(), "env:T": b"Bearer abc\n"})
    headers = {"Authorization": "env:T"}
    with receiving(authority, purse=purse, headers=headers) as (sink, receiver):
        sink.deliver(BATCH)
    assert receiver.got[0].headers["authorization"] == "Bearer abc"
    assert receiver.got[0].headers["user-agent"] == "tojimari/test"


@pytest.mark.parametrize(
    "value",
    [b"", f"{CANARY}\r\nX-Evil: 1".encode(), f"{CANARY}鍵".encode(), b"\xff" + CANARY.encode()],
)
def test_a_value_that_is_no_header_is_named_and_not_shown(authority, value):
    purse = Purse(secrets={"env:S": KEYS[0].encode(), "env:T": value})
    with (
        pytest.raises(SinkError) as caught,
        receiving(authority, purse=purse, headers={"X-Key": "env:T"}),
    ):
        pass
    assert caught.value.kind is not FailureKind.TRANSIENT
    assert "sinks.siem.headers.X-Key" in told(caught.value)
    assert not_told(caught.value)


def whsec(count):
    return "whsec_" + base64.b64encode(b"k" * count).decode()


@pytest.mark.parametrize("count", [24, 64])
def test_a_secret_of_24_to_64_bytes_signs(authority, count):
    purse = Purse(secrets={"env:S": whsec(count).encode()})
    with receiving(authority, purse=purse) as (sink, _):
        sink.deliver(BATCH)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        " ",
        CANARY,
        f"whsec_{CANARY}",
        "whsec_not base64 at all!!",
        whsec(23),
        whsec(65),
        whsec(32).removeprefix("whsec_"),
        whsec(32).rstrip("="),
        whsec(32) + "\u3000" + CANARY,
        f"{whsec(32)} {CANARY}",
    ],
)
def test_a_weak_secret_is_refused_by_its_key_and_never_shown(authority, secret):
    purse = Purse(secrets={"env:S": secret.encode()})
    with pytest.raises(SinkError) as caught, receiving(authority, purse=purse):
        pass
    assert caught.value.kind is not FailureKind.TRANSIENT
    assert "sinks.siem.secret" in told(caught.value)
    assert "whsec_ followed by 24 to 64 random bytes" in told(caught.value)
    assert not_told(caught.value)


def test_certificates_that_are_none_are_named(authority, tmp_path):
    (tmp_path / "empty.pem").write_text("")
    for name in ("empty.pem", "missing.pem"):
        with (
            pytest.raises(SinkError) as caught,
            receiving(authority, ca_bundle=str(tmp_path / name)),
        ):
            pass
        assert caught.value.kind is not FailureKind.TRANSIENT
        assert name in told(caught.value)


class _Proxy(socketserver.StreamRequestHandler):
    asked: list[str] = []  # noqa: RUF012 -- the test clears it

    def handle(self):
        self.asked.append(self.rfile.readline().decode().strip())
        self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("where", ["sink", "network", "environment"])
def test_a_proxy_is_taken_where_it_is_named(monkeypatch, where):
    _Proxy.asked.clear()
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socketserver.TCPServer(("127.0.0.1", 0), _Proxy) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        proxy = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("https_proxy", proxy if where == "environment" else "http://127.0.0.1:1")
        settings = webhook.Settings(
            type="webhook",
            url=f"https://siem.example/{CANARY}",
            secret="env:S",
            proxy=proxy if where == "sink" else "",
        )
        sink = webhook.create(settings, Purse(proxy=proxy if where == "network" else ""))
        with pytest.raises(SinkError) as caught:
            sink.deliver(BATCH)
        server.shutdown()
    (asked,) = _Proxy.asked
    assert asked.startswith("CONNECT siem.example:443 ")
    assert not_told(caught.value)


def not_told(error):
    return not any(word in told(error) for word in (CANARY, *KEYS))
