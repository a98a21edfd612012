"""Nothing that an outsider writes ends a frame, a field or the line; what is not closed in order
was not delivered."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sinks import syslog
from agent.sinks.cef import to_cef
from agent.sinks.interface import InvalidSecret, SinkError

from .conftest import CANARY, Purse, finding_batch, made


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
    return syslog.create(syslog.Settings.model_validate(table), purse)


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
    """Header and extension, as the CEF specification has them read.

    Bars divide the header, equals signs follow a name and end the value before it; what a
    backslash stands before means itself, or the end of a line.
    """
    *header, extension = divided(line, "|", 7)
    assert len(header) == 7
    first, *chunks = divided(extension, "=")
    names = [first]
    values = []
    for chunk in chunks[:-1]:
        value, _, name = chunk.rpartition(" ")
        values.append(value)
        names.append(name)
    values.append(chunks[-1])
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"\w+", name, re.ASCII) for name in names)
    return [*map(meant, header)], dict(zip(names, map(meant, values), strict=True))


def divided(text, sign, most=-1):
    """The pieces between signs that no backslash stands before; after `most` of them, the rest."""
    pieces = [""]
    signs = iter(text)
    for letter in signs:
        if len(pieces) > most > 0:
            return [*pieces[:-1], letter + "".join(signs)]
        if letter == sign:
            pieces.append("")
        else:
            pieces[-1] += letter + (next(signs) if letter == "\\" else "")
    return pieces


def meant(text):
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)


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
        with pytest.raises(InvalidSecret) as caught:
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


def told(text):
    """What a field tells of a text: every break as one, what is no sign of a text as a mark."""
    broken = re.sub("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return re.sub("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "?", broken)


@given(ANY, ANY, ANY, ANY)
def test_any_text_in_any_field_comes_back_from_it(title, path, owner, principal):
    event = made(
        "tjm1:1", title=title, path=path, owner=owner, principals=(principal,), scope_title=title
    )
    line = to_cef(event, 100_000)
    assert line.encode().decode() == line
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)
    parts, pairs = fields(line)
    assert parts[:3] == ["CEF:0", "tojimari", "tojimari"]
    assert parts[4] == "EXT-001"
    sent = {"fname": title, "filePath": path, "suser": owner, "duser": principal, "cs4": title}
    for name, text in sent.items():
        if text:
            assert pairs[name] == told(text), name


@settings(max_examples=15)
@given(st.lists(ANY, min_size=1, max_size=40))
def test_frames_are_counted_so_that_no_text_ends_one(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("syslog")
    events = tuple(made(f"tjm1:{n}", title=t, path=t) for n, t in enumerate(texts))
    batch = replace(finding_batch(1), events=events, ids=tuple(map(str, range(len(texts)))))
    with receiver(folder) as (port, got, _):
        opened(folder, port).deliver(batch)
    read = [frame.decode().split(" ", 7) for frame in frames(got[0])]
    for number, (text, parts) in enumerate(zip(texts, read, strict=True)):
        assert (parts[0], parts[3], parts[5:7]) == ("<163>1", "tojimari", ["finding", "-"])
        _, pairs = fields(parts[7])
        assert pairs["externalId"] == f"tjm1:{number}"
        assert pairs.get("filePath", "") == told(text)


@given(st.integers(0, 9000), st.sampled_from("a名😀\\|="))
def test_no_line_is_longer_than_a_receiver_takes_and_none_ends_inside_a_sign(count, sign):
    event = made("tjm1:1", title=sign * count, path=sign * count, principals=(sign * count + "x",))
    line = to_cef(event, 8000)
    assert len(line.encode()) <= 8000
    assert line.encode().decode() == line
    if count > 8000:
        assert line.endswith("cs6Label=truncated cs6=true")
