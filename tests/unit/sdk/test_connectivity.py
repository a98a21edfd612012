"""What doctor sees between this machine and a service."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.http.connectivity import check_connectivity
from connectors.sdk.local_server import LocalCertificateAuthority, LocalHttpsServer, Response


@contextmanager
def served(folder: Path) -> Generator[tuple[str, str]]:
    authority = LocalCertificateAuthority(folder)
    with LocalHttpsServer(lambda _: Response(), authority) as service:
        yield service.url, str(authority.bundle)


@contextmanager
def proxy(answer: bytes) -> Generator[str]:
    """Something that answers every CONNECT with the same words."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line:
                    line.recv(4096)
                    line.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        yield f"http://somebody:secret@127.0.0.1:{listening.getsockname()[1]}"


def rows(address: str, *, off: float = 0, bundle: str = "", way: str = "") -> dict[str, Check]:
    now = datetime.now(UTC) + timedelta(seconds=off)
    return {c.id: c for c in check_connectivity(address, now, ca_bundle=bundle, proxy=way)}


def test_a_free_way_passes_every_row(tmp_path: Path) -> None:
    with served(tmp_path) as (address, bundle):
        seen = rows(address, bundle=bundle)
    assert list(seen) == ["network.dns", "network.tls", "network.clock"]
    assert {c.outcome for c in seen.values()} == {CheckOutcome.PASS}
    assert "trustme" in str(seen["network.tls"].detail)


@pytest.mark.parametrize(
    ("off", "outcome", "key"),
    [
        (20, CheckOutcome.PASS, ""),
        (90, CheckOutcome.WARN, "sdk.way_clock_fast"),
        (-90, CheckOutcome.WARN, "sdk.way_clock_slow"),
        (600, CheckOutcome.FAIL, "sdk.way_clock_fast"),
        (-600, CheckOutcome.FAIL, "sdk.way_clock_slow"),
    ],
)
def test_a_wrong_clock_is_told_and_from_minutes_on_fails(
    tmp_path: Path, off: float, outcome: CheckOutcome, key: str
) -> None:
    with served(tmp_path) as (address, bundle):
        clock = rows(address, off=off, bundle=bundle)["network.clock"]
    assert clock.outcome is outcome
    assert (clock.detail.key if clock.detail else "") == key
    assert (clock.hint is not None) == (outcome is not CheckOutcome.PASS)


def test_a_certificate_that_nobody_vouches_for_fails_with_the_place_to_put_it(
    tmp_path: Path,
) -> None:
    with served(tmp_path) as (address, _):
        row = rows(address)["network.tls"]
    assert row.outcome is CheckOutcome.FAIL
    assert row.hint is not None


def test_a_store_that_trusts_more_than_the_world_does_means_that_tls_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path) as (address, bundle):
        monkeypatch.setenv("SSL_CERT_FILE", bundle)  # this machine's store, for truststore
        row = rows(address)["network.tls"]
    assert row.outcome is CheckOutcome.WARN
    assert row.detail is not None
    assert row.detail.key == "sdk.way_inspected"


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "sdk.way_proxy_refused"),
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "sdk.way_proxy_login"),
    ],
)
def test_a_proxy_that_refuses_is_named_without_its_password(answer: bytes, key: str) -> None:
    with proxy(answer) as way:
        seen = rows("https://graph.example", way=way)
    row = seen["network.proxy"]
    assert row.outcome is CheckOutcome.FAIL
    assert row.detail is not None
    assert row.detail.key == key
    assert "secret" not in repr(seen)


def test_an_unknown_name_and_a_closed_port_are_two_things() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert rows("https://nobody.invalid")["network.dns"].outcome is CheckOutcome.FAIL
    closed = rows(f"https://127.0.0.1:{port}")["network.connect"]
    assert closed.outcome is CheckOutcome.FAIL
    assert closed.hint is not None
