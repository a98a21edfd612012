"""What goes wrong on the first morning: doctor names it in one row, with the next step."""

import json
import socket
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from agent.report.doctor_output import to_json
from agent.run.doctor import run_checks
from agent.run.session import open_session
from agent.text import Text
from connectors.google.demo.token_endpoint import DELEGATED
from connectors.m365.demo.routes import ALL_PERMISSIONS, FULL_CONTROL
from connectors.salesforce.demo.tables import PERMISSIONS
from connectors.sdk.local_server import LocalCertificateAuthority, LocalHttpsServer, Response

Serve = Callable[..., Any]
JAPANESE = range(0x3041, 0x30FF)


def rows(done: subprocess.CompletedProcess[str], check: str) -> list[dict[str, str]]:
    """Doctor's rows of one check, a connector each."""
    return [row for row in json.loads(done.stdout) if row["check"] == check]


LACKING = [
    *(("m365", name, name) for name in sorted(ALL_PERMISSIONS - {FULL_CONTROL})),
    *(("google", name, f"auth/{name}") for name in sorted(DELEGATED)),
    ("salesforce", "PermissionsViewSetup", "View Setup and Configuration"),
    ("salesforce", "PermissionsViewAllData", "View All Data"),
    ("salesforce", "PermissionsQueryAllFiles", "Query All Files"),
    ("salesforce", "PermissionsDistributeFromPersWksp", "Enable Creation of Content Deliveries"),
]


@pytest.mark.parametrize(("service", "missing", "named"), LACKING)
def test_a_tenant_that_lacks_one_permission_says_which_in_both_languages(
    serve: Serve, service: str, missing: str, named: str
) -> None:
    made_with: dict[str, Any] = {
        "m365": {},
        "google": {"delegated": DELEGATED - {missing}},
        "salesforce": {"permissions": set(PERMISSIONS) - {missing}},
    }[service]
    with serve(service, **made_with) as site:
        if service == "m365":
            site.tenants["m365"].granted -= {missing}
        desk = open_session(site.folder / "config.toml")
        seen = list(run_checks(desk))
        desk.engine.dispose()
    for language in ("en", "ja"):
        lines = to_json(seen, Text(language))
        names = {f"permission.{missing.removeprefix('Permissions')}", "sign_in"}
        row = next(r for r in lines if r["check"] in names and r["outcome"] != "pass")
        assert row["detail"]
        assert named in row["hint"]
        assert any(ord(letter) in JAPANESE for letter in row["hint"]) == (language == "ja")


@pytest.mark.parametrize(
    ("lang", "minutes", "said"),
    [
        ("en", -20, "seconds ahead of"),
        ("ja", -20, "秒進んでいます"),
        ("en", 20, "seconds behind"),
        ("ja", 20, "秒遅れています"),
    ],
)
def test_a_clock_that_is_twenty_minutes_off_is_told_by_every_service(
    serve: Serve, lang: str, minutes: int, said: str
) -> None:
    theirs = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    with serve() as site:
        for tenant in site.tenants.values():
            answer = tenant.respond

            def dated(request: Any, answer: Any = answer) -> Any:
                response = answer(request)
                return replace(response, headers={**response.headers, "Date": theirs})

            tenant.respond = dated
        done = site.run("doctor", "--json", "--lang", lang)
    clocks = rows(done, "network.clock")
    assert {row["part"] for row in clocks} == set(site.tables)
    assert done.returncode == 3
    for row in clocks:
        assert row["outcome"] == "fail"
        assert said in row["detail"]
        assert "w32tm /resync" in row["hint"] and "timedatectl" in row["hint"]


@pytest.mark.parametrize(
    ("lang", "happened", "step"),
    [
        ("en", "has expired or is not valid yet", "Create a new certificate"),
        ("ja", "有効期間外", "新しい証明書を作成"),
    ],
)
def test_an_app_certificate_that_is_over_is_a_failed_sign_in(
    serve: Serve, lang: str, happened: str, step: str
) -> None:
    over = {
        "error": "invalid_client",
        "error_description": "AADSTS1000502: The provided certificate is not within its window.",
    }
    with serve("m365") as site:
        site.fault = lambda request: (
            Response(status=401, body=over) if request.path.endswith("/token") else None
        )
        done = site.run("doctor", "--json", "--lang", lang)
    [row] = rows(done, "sign_in")
    assert (done.returncode, row["outcome"]) == (3, "fail")
    assert happened in row["detail"]
    assert step in row["hint"]


@contextmanager
def proxy(refusal: bytes = b"", *, to: str = "") -> Generator[str]:
    """A proxy that refuses every CONNECT with these words, or leads all of them elsewhere."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(line: socket.socket) -> None:
            with line, suppress(OSError):
                line.recv(4096)
                if refusal:
                    line.sendall(refusal)
                    return
                line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with socket.create_connection(("127.0.0.1", urlsplit(to).port or 0)) as far:
                    back = threading.Thread(target=pump, args=(far, line), daemon=True)
                    back.start()
                    pump(line, far)
                    back.join(30)

        def run() -> None:
            with suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    threading.Thread(target=serve, args=(line,), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()
        yield f"http://somebody:hunter2@127.0.0.1:{listening.getsockname()[1]}"


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize(
    ("lang", "refusal", "said", "step"),
    [
        ("en", b"HTTP/1.1 403 Forbidden\r\n\r\n", "refused the connection", "CONNECT"),
        ("ja", b"HTTP/1.1 403 Forbidden\r\n\r\n", "接続を拒否しました", "CONNECT を許可"),
        ("en", b"HTTP/1.1 407 Who?\r\n\r\n", "requires authentication (407)", "name:password@"),
        ("ja", b"HTTP/1.1 407 Who?\r\n\r\n", "認証が必要です（407）", "名前:パスワード@"),
    ],
)
def test_a_proxy_that_blocks_is_named_without_its_password_and_nothing_goes_through(
    serve: Serve, lang: str, refusal: bytes, said: str, step: str
) -> None:
    with serve() as site, proxy(refusal) as way:
        site.write(network={"proxy": way})
        done = site.run("doctor", "--json", "--lang", lang)
        assert site.asked == []
    blocked = rows(done, "network.proxy")
    assert done.returncode == 3
    assert {row["part"] for row in blocked} == set(site.tables)
    for row in blocked:
        assert row["outcome"] == "fail"
        assert said in row["detail"]
        assert step in row["hint"]
    assert rows(done, "sign_in") == []
    assert "hunter2" not in done.stdout + done.stderr


@contextmanager
def inspected(site: Any) -> Generator[str]:
    """A proxy that opens TLS and shows a certificate of its own; its bundle is `theirs/ca.pem`."""
    (site.folder / "theirs").mkdir()
    own = LocalCertificateAuthority(site.folder / "theirs")
    with LocalHttpsServer(site.tenants["m365"].respond, own) as opened, proxy(to=opened.url) as way:
        yield way


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "If a proxy inspects TLS"), ("ja", "プロキシが TLS を検査")]
)
def test_a_proxy_that_opens_tls_and_is_not_trusted_gets_no_secret(
    serve: Serve, lang: str, said: str
) -> None:
    with serve("m365") as site, inspected(site) as way:
        site.write(network={"proxy": way})
        done = site.run("doctor", "--json", "--lang", lang)
    [row] = rows(done, "network.tls")
    assert (done.returncode, row["outcome"]) == (3, "fail")
    assert said in row["hint"] and "ca_bundle" in row["hint"]
    assert rows(done, "sign_in") == []


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "inspects TLS on purpose"), ("ja", "検査から除外する")]
)
def test_a_proxy_that_opens_tls_and_is_trusted_by_the_machine_is_a_warning(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    with serve("m365") as site, inspected(site) as way:
        site.write(network={"proxy": way, "ca_bundle": ""})
        monkeypatch.setenv("SSL_CERT_FILE", str(site.folder / "theirs" / "ca.pem"))
        done = site.run("doctor", "--json", "--lang", lang)
    [row] = rows(done, "network.tls")
    assert (done.returncode, row["outcome"]) == (0, "warn"), done.stdout
    assert "trustme" in row["detail"]
    assert said in row["hint"]
    assert rows(done, "sign_in")[0]["outcome"] == "pass"
