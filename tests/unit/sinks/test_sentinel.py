"""Azure's Logs Ingestion API: a strict stub, which Microsoft's own client confirms."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.monitor.ingestion import LogsIngestionClient

from agent.sinks import sentinel
from agent.sinks.flat_event import COLUMNS
from agent.sinks.interface import FailureKind, SinkError
from agent.sinks.sentinel_template import columns, template, to_row
from connectors.sdk.local_server import LocalHttpsServer, Response

from .conftest import CANARY, Purse, finding_batch, made

RULE = "dcr-00000000000000000000000000000000"
STREAM = "Custom-Tojimari_CL"
MIB = 1 << 20
COMMAS = 4096  # Microsoft's client counts rows and not what stands between them
RESERVED = {"_ResourceId", "id", "_SubscriptionId", "TenantId", "Type", "UniqueId", "Title"}
CHECKS = {
    "string": lambda v: isinstance(v, str),
    "datetime": lambda v: datetime.fromisoformat(v).tzinfo is not None,
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "dynamic": lambda v: isinstance(v, list | dict),
}


class Azure:
    """Entra's token endpoint and the ingestion endpoint, both as strict as documented."""

    def __init__(self):
        self.rows = []
        self.calls = 0
        self.largest = 0
        self.answers = []
        self.scopes = []
        self.refuse = ""
        self.url = ""
        self.types = {c["name"]: c["type"] for c in columns()}

    def respond(self, request):
        if request.path.endswith("openid-configuration"):
            login = f"{request.base}/tenant/oauth2/v2.0"
            return Response(
                body={
                    "token_endpoint": f"{login}/token",
                    "authorization_endpoint": f"{login}/authorize",
                    "issuer": f"{request.base}/tenant/v2.0",
                }
            )
        if request.path.endswith("/token"):
            form = request.form()
            self.scopes.append(form["scope"])
            if self.refuse:
                told = f"{self.refuse}: no. Trace"
                return Response(
                    status=401, body={"error": "invalid_client", "error_description": told}
                )
            return Response(
                body={"access_token": "good", "expires_in": 3600, "token_type": "Bearer"}
            )
        return self.ingest(request)

    def ingest(self, request):
        self.calls += 1
        if self.answers:
            return self.answers.pop(0)
        assert request.method == "POST"
        assert request.path == f"/dataCollectionRules/{RULE}/streams/{STREAM}"
        assert request.query == {"api-version": "2023-01-01"}
        assert request.headers["content-type"] == "application/json"
        if request.headers["authorization"] != "Bearer good":
            return Response(status=401)
        body = request.body
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.largest = max(self.largest, len(body), len(request.body))
        if self.largest > MIB + COMMAS:
            return Response(status=413)
        rows = json.loads(body)
        assert isinstance(rows, list)
        self.rows += rows
        return Response(status=204)

    def check(self):
        """A column that is not declared would be dropped, one of a wrong type be empty."""
        for row in self.rows:
            assert row.keys() <= self.types.keys()
            assert all(CHECKS[self.types[name]](value) for name, value in row.items())


@pytest.fixture
def azure(authority):
    stub = Azure()
    with LocalHttpsServer(stub.respond, authority) as service:
        stub.url = service.url
        yield stub


def opened(azure, authority, **settings):
    table = {
        "type": "sentinel",
        "endpoint": azure.url,
        "rule_id": RULE,
        "tenant_id": "tenant",
        "client_id": "app",
        "client_secret": "env:S",
        "login_url": azure.url,
    }
    purse = Purse(secrets={"env:S": CANARY.encode()}, ca_bundle=str(authority.bundle))
    return sentinel.create(sentinel.Settings.model_validate(table | settings), purse)


def test_rows_fit_the_declared_columns_and_are_dated_by_their_sending(azure, authority):
    opened(azure, authority).deliver(finding_batch(3))
    azure.check()
    assert len(azure.rows) == 3
    assert azure.scopes[0].split()[0] == "https://monitor.azure.com/.default"
    sent = datetime.fromisoformat(azure.rows[0]["TimeGenerated"])
    assert datetime.now(UTC) - sent < timedelta(minutes=5)
    assert azure.rows[0]["EventTime"] == "2026-11-21T12:00:00.000+00:00"


def test_microsofts_own_client_is_content_with_the_stub(azure, authority):
    class Credential:
        def get_token(self, *scopes, **_):
            assert scopes == ("https://monitor.azure.com/.default",)
            return AccessToken("good", 2**31)

    client = LogsIngestionClient(
        azure.url, Credential(), connection_verify=str(authority.bundle), retry_backoff_factor=0
    )
    azure.answers = [Response(status=429, headers={"Retry-After": "0"})]
    rows: Any = [
        {"TimeGenerated": "2026-11-21T12:00:00+00:00"} | to_row(made(str(n))) for n in range(2500)
    ]
    client.upload(RULE, STREAM, rows)
    azure.check()
    assert len(azure.rows) == 2500
    assert azure.calls > 2
    azure.answers = [Response(status=403, body={"error": {"code": "AuthorizationFailed"}})]
    with pytest.raises(HttpResponseError):
        client.upload(RULE, STREAM, rows[:1])


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (403, FailureKind.CONFIGURATION),
        (413, FailureKind.SIZE),
        (429, FailureKind.TRANSIENT),
        (400, FailureKind.CONTENT),
    ],
)
def test_a_refusal_is_known_by_what_has_to_change(azure, authority, status, fault):
    azure.answers = [Response(status=status)]
    with pytest.raises(SinkError) as caught:
        opened(azure, authority).deliver(finding_batch(1))
    assert caught.value.kind is fault


def test_a_full_batch_stays_below_one_mebibyte(azure, authority):
    sink = opened(azure, authority)
    batch = finding_batch(sink.max_bytes // finding_batch(1).size)
    sink.deliver(batch)
    assert len(azure.rows) == len(batch.ids)
    assert azure.largest < 1_000_000


def test_a_sign_in_that_fails_is_named_by_its_number_and_shows_no_secret(azure, authority):
    azure.refuse = "AADSTS7000222"
    (told,) = opened(azure, authority).check(finding_batch(1))
    assert told.outcome == "fail"
    assert "AADSTS7000222" in str(told.detail)
    assert CANARY not in str(told)


def test_column_names_are_what_azure_allows():
    names = [c["name"] for c in columns()]
    assert len(names) == len(set(names)) == len(COLUMNS) + 1
    assert not RESERVED & set(names)
    assert all(re.fullmatch(r"[A-Za-z]\w{0,44}", name) for name in names)


def test_the_template_in_the_docs_is_the_one_of_the_command():
    page = Path(__file__).parents[3] / "docs/sinks/sentinel-template.json"
    assert json.loads(page.read_text(encoding="utf-8")) == template()
    declared = template()["resources"][1]["properties"]["streamDeclarations"][STREAM]["columns"]
    assert declared == template()["resources"][0]["properties"]["schema"]["columns"] == columns()
