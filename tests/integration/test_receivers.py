"""What real receivers take, refuse and keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.events import Batch
from agent.sinks import elastic, splunk_hec, syslog, webhook
from agent.sinks.interface import FailureKind, SinkError
from tests.unit.sinks.conftest import KEYS, Purse, finding_batch

from .receivers import House, found, free_port, lines_of, running, tenzir

pytestmark = pytest.mark.integration


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def purse(house: House, **secrets: bytes) -> Any:
    held = {f"env:{name}": value for name, value in secrets.items()}
    return Purse(secrets=held, ca_bundle=str(house.folder / "ca.pem"))


def hec(url: str, house: House, token: bytes = b"token-1", **more: Any) -> splunk_hec.SplunkHec:
    table = {"type": "splunk_hec", "url": url, "token": "env:T", "ack_seconds": 0} | more
    return splunk_hec.create(splunk_hec.Settings.model_validate(table), purse(house, T=token))


def hook(url: str, house: House, **more: Any) -> webhook.Webhook:
    table = {"type": "webhook", "url": url, "secret": "env:S"} | more
    settings = webhook.Settings.model_validate(table)
    return webhook.create(settings, purse(house, S=KEYS[0].encode()))


def refusal(sink: Any, events: Batch) -> SinkError:
    with pytest.raises(SinkError) as caught:
        sink.deliver(events)
    return caught.value


def test_a_hec_over_tls_takes_compressed_events_and_its_codes_are_understood(house: House) -> None:
    def pipeline(port: int) -> str:
        place = house.folder
        return (
            f'accept_splunk "127.0.0.1:{port}", hec_token="token-1", ack=true, '
            f"max_request_size=200000, "
            f'tls={{certfile: "{place}/cert.pem", keyfile: "{place}/key.pem"}}'
        )

    events = finding_batch(40)
    with tenzir(house, pipeline) as (port, kept):
        url = f"https://127.0.0.1:{port}"
        sink = hec(url, house)
        assert [c.outcome for c in sink.check(finding_batch(1, title="test"))] == ["pass", "pass"]
        sink.deliver(events)
        wrong = refusal(hec(url, house, b"token-2"), events)
        assert wrong.kind is FailureKind.CONFIGURATION
        assert "code='4'" in str(wrong)
        large = refusal(sink, finding_batch(4000))
        assert large.kind in (
            FailureKind.SIZE,
            FailureKind.CONNECTION_LOST,
        )  # it may hang up on who still speaks
        # it hands out ids and never confirms: a resend, never a loss
        unsure = refusal(hec(url, house, ack_seconds=1), finding_batch(1))
        assert unsure.kind is FailureKind.TRANSIENT
        assert unsure.message.key == "sinks.not_indexed"
    got = [line.get("event", line) for line in lines_of(kept, 42)]
    uids = {event["metadata"]["uid"] for event in got}
    assert set(events.ids) <= uids


def test_a_second_hec_agrees_with_the_first(house: House) -> None:
    def pipeline(port: int) -> str:
        return (
            f'from_fluent_bit "splunk", options={{listen: "127.0.0.1", port: {port}, '
            f'splunk_token: "token-1"}}'
        )

    with tenzir(house, pipeline) as (port, kept):
        url = f"http://127.0.0.1:{port}"
        hec(url, house).deliver(finding_batch(10))
        assert (
            refusal(hec(url, house, b"token-2"), finding_batch(1)).kind is FailureKind.CONFIGURATION
        )
        assert len(lines_of(kept, 10)) == 10


def test_a_bulk_receiver_takes_documents_with_their_time(house: House) -> None:
    with tenzir(house, lambda port: f'accept_opensearch "127.0.0.1:{port}"') as (port, kept):
        table = {"type": "elastic", "url": f"http://127.0.0.1:{port}", "api_key": "env:K"}
        sink = elastic.create(elastic.Settings.model_validate(table), purse(house, K=b"a2V5"))
        sink.deliver(finding_batch(1))
    (document,) = lines_of(kept, 1)
    assert document["@timestamp"].startswith("2026-11-21T12:00:00")
    assert document["finding_info"]["uid"].startswith("tjm1:")


def test_a_webhook_receiver_gets_the_message_and_a_busy_one_is_heard(house: House) -> None:
    def pipeline(port: int) -> str:
        busy = '{"/busy": {code: 503, content_type: "text/plain", body: "later"}}'
        return f'accept_http "127.0.0.1:{port}", responses={busy} {{ read_json }}'

    with tenzir(house, pipeline) as (port, kept):
        hook(f"http://127.0.0.1:{port}/hook", house).deliver(finding_batch(5))
        busy = refusal(hook(f"http://127.0.0.1:{port}/busy", house), finding_batch(1))
        assert (busy.kind, busy.receiver_message) == (FailureKind.TRANSIENT, "later")
    message = lines_of(kept, 1)[0]
    assert message["type"] == "tojimari.findings.v1"
    assert len(message["data"]["events"]) == 5


def test_a_syslog_daemon_that_asks_for_a_certificate_keeps_every_frame(house: House) -> None:
    port, place = free_port(), house.folder
    conf = f"""@version: 3.38
options {{ log-msg-size(65536); stats-freq(0); }};
source s {{ syslog(ip(127.0.0.1) port({port}) transport("tls") flags(no-parse, store-raw-message)
  tls(key-file("{place}/key.pem") cert-file("{place}/cert.pem") ca-file("{place}/ca.pem")
  peer-verify(required-trusted))); }};
destination d {{ file("{place}/kept" template("$RAWMSG\\n")); }};
log {{ source(s); destination(d); }};
"""
    (place / "conf").write_text(conf, encoding="utf-8")
    program = found("syslog-ng", "/usr/sbin/syslog-ng")
    state = [word for flag in ("R", "c", "p") for word in (f"-{flag}", f"{place}/{flag}")]
    words = [program, "-F", "-f", f"{place}/conf", *state, "--no-caps"]
    table = {"type": "syslog", "host": "127.0.0.1", "port": port}
    known = syslog.Settings.model_validate(table | {"client_certificate": "env:P"})
    unknown = syslog.Settings.model_validate(table)
    with running(words, port, place):
        sink = syslog.create(known, purse(house, P=house.client()))
        sink.deliver(finding_batch(500, title="a|b=c\nd"))
        sink.deliver(finding_batch(1, path="/長い" * 9000))
        refusal(syslog.create(unknown, purse(house)), finding_batch(1))
    kept = (place / "kept").read_text(encoding="utf-8").splitlines()
    assert len(kept) == 501
    assert all("CEF:0|tojimari|tojimari|" in line for line in kept)
    assert len(kept[500].encode()) <= 8192
    assert kept[500].endswith("cs6Label=truncated cs6=true")


def test_a_gateway_in_between_is_understood(house: House) -> None:
    port, inner, place = free_port(), free_port(), house.folder
    conf = f"""daemon off; pid {place}/pid; error_log {place}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;
  fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
  limit_req_zone $binary_remote_addr zone=slow:1m rate=1r/m;
  server {{ listen 127.0.0.1:{inner}; client_max_body_size 9m; return 204; }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {place}/cert.pem; ssl_certificate_key {place}/key.pem;
    client_max_body_size 20k;
    location /small {{ proxy_pass http://127.0.0.1:{inner}; }}
    location /slow {{
      limit_req zone=slow; limit_req_status 429; add_header Retry-After 17 always;
      proxy_pass http://127.0.0.1:{inner};
    }}
    location /dead {{ proxy_pass http://127.0.0.1:{free_port()}; }}
  }}
}}
"""
    (place / "nginx.conf").write_text(conf, encoding="utf-8")
    program = found("nginx", "/usr/sbin/nginx")
    base = f"https://127.0.0.1:{port}"
    with running([program, "-p", str(place), "-c", f"{place}/nginx.conf"], port, place):
        assert refusal(hook(f"{base}/small", house), finding_batch(100)).kind is FailureKind.SIZE
        hook(f"{base}/small", house).deliver(finding_batch(1))
        hook(f"{base}/slow", house).deliver(finding_batch(1))
        slow = refusal(hook(f"{base}/slow", house), finding_batch(1))
        assert (slow.kind, slow.retry_after) == (FailureKind.TRANSIENT, 17.0)
        assert refusal(hook(f"{base}/dead", house), finding_batch(1)).kind is FailureKind.TRANSIENT
