"""What must never leave, planted everywhere and looked for in everything that leaves."""

from __future__ import annotations

import gzip
import json
import re
import socketserver
import threading
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import trustme

from agent.sinks.config import sink_types
from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.local_server import (
    LocalCertificateAuthority,
    LocalHttpsServer,
    Request,
    Response,
)
from tests.unit.sinks.conftest import KEYS

Serve = Callable[..., Any]
PLANTED = {
    name: f"planted{name}0d5f9c"
    for name in ("path", "query", "header", "hec", "client", "key", "password", "entra")
}
HOSTILE = "=1+1 <evil onload=x> \x1b[31m\u202egpj.exe\x07"
"""What an outsider calls a file: a formula, markup, a terminal's command, a turned direction."""
COMMANDING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Gossip:
    """Receivers of every kind, who say everything they know about us when they refuse."""

    bodies: list[bytes] = field(default_factory=list[bytes])
    met: set[str] = field(default_factory=set[str])

    def respond(self, request: Request) -> Response:
        room = request.path.split("/")[1]
        if request.path.endswith("openid-configuration"):
            base = f"{request.base}/entra/tenant"
            names = ("token_endpoint", "authorization_endpoint", "issuer")
            return Response(body={name: f"{base}/{name}" for name in names})
        if request.path.endswith("/token_endpoint"):
            granted = {"access_token": PLANTED["entra"], "expires_in": 3600, "token_type": "Bearer"}
            return Response(body=granted)
        body = request.body
        self.bodies.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        if room == "stubborn" or room not in self.met:
            self.met.add(room)
            known = {**request.headers, "path": request.path, "query": dict(request.query)}
            told = {"text": "Invalid: " + json.dumps(known), "code": 9, "error": known}
            return Response(status=503 if room != "stubborn" else 400, body=told)
        if room == "elastic":
            count = len(self.bodies[-1].splitlines()) // 2
            return Response(body={"errors": False, "items": [{"create": {"status": 201}}] * count})
        return Response(body={"text": "Success", "code": 0})


@contextmanager
def syslog(authority: LocalCertificateAuthority, bodies: list[bytes]) -> Generator[int]:
    """A receiver that reads to the end."""

    class Reading(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                suppress(OSError),
                authority.server_context().wrap_socket(self.request, server_side=True) as line,
            ):
                while some := line.recv(65536):
                    bodies.append(some)
                line.unwrap()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Reading) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def tables(url: str, port: int, pem: str) -> dict[str, dict[str, Any]]:
    """A sink of every kind, and one that is never content; values of secrets, to be kept."""
    return {
        "webhook": {
            "url": f"{url}/hook/{PLANTED['path']}?sig={PLANTED['query']}",
            "secret": KEYS[0],
            "headers": {"X-Api-Key": PLANTED["header"]},
            "send": ["changes", "snapshot", "heartbeat"],
        },
        "splunk_hec": {"url": f"{url}/hec", "token": PLANTED["hec"]},
        "sentinel": {
            "endpoint": f"{url}/sentinel",
            "rule_id": "dcr-1",
            "tenant_id": "tenant",
            "client_id": "app",
            "client_secret": PLANTED["client"],
            "login_url": url,
        },
        "elastic": {"url": f"{url}/elastic", "username": "u", "password": PLANTED["password"]},
        "syslog": {"host": "127.0.0.1", "port": port, "client_certificate": pem},
        "jsonl": {"path": "drop-jsonl", "format": "flat"},
        "csv": {"path": "drop-csv"},
        "stubborn": {
            "type": "webhook",
            "url": f"{url}/stubborn/{PLANTED['path']}?sig={PLANTED['query']}",
            "headers": {"Authorization": f"Bearer {PLANTED['key']}"},
        },
    }


def kept(folder: Path, table: dict[str, Any], name: str) -> dict[str, Any]:
    """The table with references where secrets stood; the secrets in files of their own."""

    def reference(key: str, value: str) -> str:
        place = folder / "secrets" / f"{name}-{key}"
        place.parent.mkdir(mode=0o700, exist_ok=True)
        place.write_text(value, encoding="utf-8")
        place.chmod(0o600)
        return f"file:secrets/{place.name}"

    secret = {"secret", "token", "client_secret", "password", "client_certificate"}
    made = {k: reference(k, v) if k in secret else v for k, v in table.items()}
    if "headers" in table:
        made["headers"] = {k: reference(k, v) for k, v in table["headers"].items()}
    return {"type": name} | ({"retry_seconds": 20} if name != "csv" else {}) | made


def hostile(body: object) -> Any:
    """The tenant's answer, in which an outsider has renamed a file."""
    quoted = json.dumps(HOSTILE)[1:-1]
    plain = json.dumps(body)
    for name in ("顧客名簿", "Price list", "求人"):
        plain = plain.replace(json.dumps(name)[1:-1], quoted)
    return json.loads(plain)


def trouble(site: Any) -> Callable[[Request], Response | None]:
    """Every twentieth question is refused by a vendor who repeats our token."""
    asked: list[str] = []

    def answer(request: Request) -> Response | None:
        token = request.headers.get("authorization", "")
        if not token or "batch" in request.path:
            return None
        asked.append(token)
        if len(asked) % 20 == 0:
            told = f"not with {token} at {request.path}?{dict(request.query)}"
            if "/services/" in request.path:
                return Response(status=403, body=[{"errorCode": "NOPE", "message": told}])
            error = {"code": "accessDenied", "message": told, "errors": [{"message": told}]}
            return Response(status=403, body={"error": error})
        tenant = next(t for n, t in site.tenants.items() if request.base in str(site.tables[n]))
        said = tenant.respond(request)
        return said if isinstance(said.body, bytes) else Response(
            status=said.status, headers=said.headers, body=hostile(said.body)
        )  # fmt: skip

    return answer


def credentials(asked: list[Request]) -> Iterator[str]:
    """Every token and assertion that the connectors really sent."""
    for request in asked:
        yield request.headers.get("authorization", "").rpartition(" ")[2]
        if "token" in request.path and request.body:
            form = request.form()
            yield from (form.get(k, "") for k in ("client_secret", "assertion", "client_assertion"))


def contents(path: Path) -> Iterator[bytes]:
    """A file, and what lies in it where it is an archive."""
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())


class Tags(HTMLParser):
    """The names of all elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


def test_no_credential_and_no_command_of_an_outsider_leaves_by_any_way(serve: Serve) -> None:
    gossip = Gossip()
    ca = trustme.CA()
    me = ca.issue_cert("agent.example")
    pem = (me.private_key_pem.bytes() + me.cert_chain_pems[0].bytes()).decode()
    with (
        serve() as site,
        LocalHttpsServer(gossip.respond, site.authority) as receiver,
        syslog(site.authority, gossip.bodies) as port,
    ):
        sinks = {
            name: kept(site.folder, table, name)
            for name, table in tables(receiver.url, port, pem).items()
        }
        assert {table["type"] for table in sinks.values()} == sink_types().keys()
        site.write(sinks=sinks, report={"formats": ["html", "jsonl", "xlsx"]})
        given = {p for p in site.folder.rglob("*") if p.is_file()}
        secrets = {*PLANTED.values(), LINK_CANARY, *KEYS[0].split("_")[1:], *pem.splitlines()[1:-1]}
        for file in given - {site.folder / "ca.pem", site.folder / "config.toml"}:
            secrets |= {line for line in file.read_text().split() if len(line) > 24}
        site.fault = trouble(site)
        words = [
            "scan -v", "deliver -v", "deliver --status", "judge -v", "report -v --lang ja",
            "evidence -v", "fix -v", "plan -v", "doctor -v", "findings list", "deliver -v --again",
            *(f"deliver --check {name}" for name in sinks),
        ]  # fmt: skip
        said = {line: site.run(*line.split()) for line in words}
        secrets |= set(credentials(site.asked)) - {""}
    codes = {line: done.returncode for line, done in said.items()}
    assert set(codes.values()) <= {0, 3, 4, 5}, codes
    assert said["deliver --status"].returncode == 5  # the stubborn one's words are on record
    assert "Invalid" in said["deliver --status"].stdout + said["deliver --status"].stderr
    produced = {p for p in site.folder.rglob("*") if p.is_file()} - given
    suffixes = {p.suffix for p in produced}
    assert {".csv", ".jsonl", ".xlsx", ".html", ".json", ".ps1", ".log", ".db"} <= suffixes
    assert {p.parent.name for p in produced} >= {"drop-csv", "drop-jsonl", "state"}
    outputs = {line: (code.stdout + code.stderr).encode() for line, code in said.items()}
    left = outputs | {f"sent {n}": body for n, body in enumerate(gossip.bodies)}
    left |= {f"{p} {n}": b for p in produced for n, b in enumerate(contents(p))}
    leaks = {
        (where, secret)
        for where, body in left.items()
        for secret in secrets
        if secret.encode() in body
    }
    assert leaks == set()
    assert len(gossip.bodies) > 2 * len(sinks)
    assert any("evil onload" in body.decode("utf-8", "replace") for body in gossip.bodies)
    for where, body in left.items():
        if where in outputs or where.partition(" ")[0].endswith(".log"):
            assert not COMMANDING.search(body.decode()), where
    for page in (p for p in produced if p.suffix == ".html"):
        text = page.read_text(encoding="utf-8")
        assert "evil onload" in text
        assert "evil" not in Tags(text).found
    for file in (p for p in produced if p.suffix == ".csv"):
        assert not re.search(r'(?m)(?:^|,)"? *=1\+1', file.read_text(encoding="utf-8-sig"))
