"""Nothing that an outsider writes ends a frame, a field or the line; what is not closed in order
was not delivered."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from contextlib import contextmanager

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from agent.sinks import syslog
from agent.sinks.cef import cef_of
from agent.sinks.contract import SinkError, Unfit

from .conftest import CANARY, Purse, finding_batch, made

HEADER = re.compile(r"(?:[^|\\]|\\[|\\])*")
PAIR = re.compile(r"(\w+)=((?:[^\\=]|\\[\\=nr])*?)(?= \w+=|\Z)")


@contextmanager
def receiver(folder, *, mutual=False, rude=False):
    """Reads to the end; `rude` hangs up in the middle without a word."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        ca.configure_trust(context)
    (folder / "ca.pem").write_bytes(ca.cert_pem.bytes())
    me = ca.issue_cert("agent.example")
    pem = me.private_key_pem.bytes() + b"".join(b.bytes() for b in me.cert_chain_pems)
    got = []

    def serve(server):
        line, _ = server.accept()
        with line:
            try:
                secure = context.wrap_socket(line, server_side=True)
                if rude:
                    secure.recv(10)
                    return
                data = b""
                while some := secure.recv(65536):
                    data += some
                got.append(data)
                secure.unwrap().close()
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1], got, pem
        thread.join(10)


def opened(folder, port, **settings):
    table = {"type": "syslog", "host": "127.0.0.1", "port": port} | settings
    secrets = {"env:P": settings.pop("pem", b"")} if "pem" in settings else {}
    table.pop("pem", None)
    purse = Purse(secrets=secrets, ca_bundle=str(folder / "ca.pem"))
    return syslog.open(syslog.Settings.model_validate(table), purse)


def frames(data):
    """What a receiver makes of octet counting."""
    found = []
    while data:
        count, _, rest = data.partition(b" ")
        found.append(rest[: int(count)])
        assert len(found[-1]) == int(count)
        data = rest[int(count) :]
    return found


def fields(line):
    """Header and extension, as a parser of CEF reads them."""
    parts = []
    rest = line
    for _ in range(7):
        match = HEADER.match(rest)
        assert match
        parts.append(re.sub(r"\\([|\\])", r"\1", match[0]))
        assert rest[match.end()] == "|"
        rest = rest[match.end() + 1 :]
    pairs = dict(PAIR.findall(rest))
    assert " ".join(f"{k}={v}" for k, v in pairs.items()) == rest
    return parts, {
        k: re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], v) for k, v in pairs.items()
    }


def test_a_batch_is_one_connection_that_ends_in_order(tmp_path):
    with receiver(tmp_path) as (port, got, _):
        opened(tmp_path, port).deliver(finding_batch(3))
    (data,) = got
    assert len(frames(data)) == 3
    head, _, message = frames(data)[0].decode().partition(" - ")
    assert re.fullmatch(r"<163>1 2026-11-21T12:00:00\.000Z \S+ tojimari \d+ finding", head)
    parts, pairs = fields(message)
    assert parts[:3] == ["CEF:0", "tojimari", "tojimari"]
    assert parts[6] == "8"
    assert pairs["fname"] == "顧客名簿.xlsx"
    assert pairs["duser"] == "guest@partner.example"


def test_a_receiver_that_hangs_up_has_nothing(tmp_path):
    with receiver(tmp_path, rude=True) as (port, _, _), pytest.raises(SinkError):
        opened(tmp_path, port).deliver(finding_batch(400))


def test_who_must_show_a_certificate_shows_it(tmp_path):
    with receiver(tmp_path, mutual=True) as (port, got, pem):
        opened(tmp_path, port, client_certificate="env:P", pem=pem).deliver(finding_batch(1))
    assert got
    with receiver(tmp_path, mutual=True) as (port, got, _), pytest.raises(SinkError):
        opened(tmp_path, port).deliver(finding_batch(1))
    assert not got


@pytest.mark.parametrize("pem", [b"", b"no certificate", CANARY.encode()])
def test_a_certificate_that_is_none_is_told_before_anything_is_read(tmp_path, pem):
    with receiver(tmp_path) as (port, _, _):
        with pytest.raises(Unfit) as caught:
            opened(tmp_path, port, client_certificate="env:P", pem=pem)
        socket.create_connection(("127.0.0.1", port)).close()
    assert CANARY not in str(caught.value)


def test_a_certificate_of_another_name_is_not_trusted(tmp_path):
    with receiver(tmp_path) as (port, _, _):
        (tmp_path / "ca.pem").write_bytes(trustme.CA().cert_pem.bytes())
        with pytest.raises(SinkError) as caught:
            opened(tmp_path, port).deliver(finding_batch(1))
    assert caught.value.message.key == "sinks.tls"


ANY = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["a|b\\|c=d\n\r\x00\u2028e", "\\", "x\\=", " cs1=evil", "\ud83d", "=", "名=簿|"]
)


@given(ANY, ANY, ANY, ANY)
def test_any_text_in_any_field_stays_in_its_field(title, path, owner, principal):
    event = made(
        "tjm1:1", title=title, path=path, owner=owner, principals=(principal,), scope_title=title
    )
    line = cef_of(event, 8000)
    assert line == line.encode().decode()
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)
    parts, _ = fields(re.sub(r" (\w+)(?=\\=)", r" \1", line))
    assert len(parts) == 7


@given(st.integers(0, 9000), st.sampled_from("a名😀\\|="))
def test_no_line_is_longer_than_a_receiver_takes_and_none_ends_inside_a_sign(count, sign):
    event = made("tjm1:1", title=sign * count, path=sign * count, principals=(sign * count + "x",))
    line = cef_of(event, 8000)
    assert len(line.encode()) <= 8000
    assert line.encode().decode() == line
    if count > 8000:
        assert line.endswith("cs6Label=truncated cs6=true")
