"""Microsoft Sentinel: the Logs Ingestion API of Azure Monitor, with a separate app registration.

The app needs one role, *Monitoring Metrics Publisher*, on the data collection rule. Azure Monitor
drops columns that the rule does not declare, without an error; so rule, table and rows are made
from the same columns: `agent.sinks.sentinel_template`.

Sources:
    Source: https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
    (read 2026-08-15)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any, Final, Literal, Protocol, Self
from uuid import UUID

import requests
from pydantic import Field, model_validator

from agent.events import Batch
from agent.sinks.checks import connectivity_check, delivery_check, run_check
from agent.sinks.config import BaseUrl, TlsSinkConfig
from agent.sinks.https_client import TIMEOUT, HttpsClient, connection_error, new_session
from agent.sinks.interface import FailureKind, InvalidSecret, SinkContext, SinkError
from agent.sinks.sentinel_template import STREAM, TIME, to_row
from connectors.sdk.checks import Check
from connectors.sdk.config import SecretRef, validation_error
from connectors.sdk.http.token_cache import TokenCache
from connectors.sdk.message import say

VERSION: Final = "2023-01-01"
CLOUDS: Final = {  # authority, scope of the token
    "global": ("https://login.microsoftonline.com", "https://monitor.azure.com/.default"),
    "usgov": ("https://login.microsoftonline.us", "https://monitor.azure.us/.default"),
    "china": ("https://login.partner.microsoftonline.cn", "https://monitor.azure.cn/.default"),
}
_CODE = re.compile(r"AADSTS\d+")
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


class Settings(TlsSinkConfig):
    """A data collection rule of Azure Monitor."""

    type: Literal["sentinel"]
    endpoint: BaseUrl = Field(
        description="Logs ingestion endpoint of the rule, or of a data collection endpoint",
        examples=["https://tojimari-abcd.japaneast-1.ingest.monitor.azure.com"],
    )
    rule_id: str = Field(
        pattern=r"^dcr-[0-9A-Za-z]+$",
        description="The rule's immutable id",
        examples=["dcr-00000000000000000000000000000000"],
    )
    stream: str = Field(
        default=STREAM, pattern=r"^Custom-\w+$", description="The stream that the rule declares"
    )
    tenant_id: str = Field(
        pattern=r"^[0-9A-Za-z.-]+$",
        description="The directory that the workspace belongs to",
        examples=["00000000-0000-0000-0000-000000000000"],
    )
    client_id: str = Field(
        description="An app registration of its own, not that of the audit",
        examples=["00000000-0000-0000-0000-000000000000"],
    )
    client_secret: SecretRef = Field(
        default="", description="Its secret. Either this or certificate"
    )
    certificate: SecretRef = Field(
        default="",
        description="A PEM with its private key and certificate. Either this or client_secret",
        examples=["file:sentinel.pem"],
    )
    cloud: Literal["global", "usgov", "china"] = Field(
        default="global", description="The national cloud of the workspace"
    )
    login_url: BaseUrl | Literal[""] = Field(
        default="", description="Sign in here instead of at the cloud's own address"
    )

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if bool(self.client_secret) == bool(self.certificate):
            raise validation_error("sinks.sentinel_credential")
        return self


class _App(Protocol):
    """The part of msal, which is untyped, that is used."""

    def acquire_token_for_client(self, scopes: list[str]) -> dict[str, Any] | None: ...

    def remove_tokens_for_client(self) -> None: ...


class Sentinel:
    """A data collection rule and the credential for it."""

    max_events = 1000
    max_bytes = 900_000
    """Bytes of OCSF events; the rows are shorter. A call takes 1 MB, compressed and uncompressed.

    Source: https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits
    (read 2026-11-30)
    """

    def __init__(
        self, settings: Settings, sink_context: SinkContext, credential: str | dict[str, str]
    ) -> None:
        self.name = sink_context.name
        self.retry_seconds = float(settings.retry_seconds)
        login, self._scope = CLOUDS[settings.cloud]
        login = settings.login_url or login
        self._login_host = login.partition("//")[2].partition("/")[0].partition(":")[0]
        self._http = new_session(login, settings, sink_context)
        self._authority = f"{login}/{settings.tenant_id}"
        self._client_id = settings.client_id
        self._credential = credential
        self._client = HttpsClient(settings.endpoint, settings, sink_context)
        stream = f"{settings.rule_id}/streams/{settings.stream}"
        self._path = f"/dataCollectionRules/{stream}?api-version={VERSION}"
        self._now = sink_context.now
        self._app: _App | None = None
        self._tokens = TokenCache(self._fetch_token)

    def deliver(self, batch: Batch) -> None:
        """Send a batch once.

        `TimeGenerated` is the time of sending: the service replaces a time that is more than two
        days old, and events may have waited longer.
        Source: https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns
        (read 2026-11-30)

        Raises:
            SinkError: The batch was not accepted, or the sign-in failed.
        """
        sent_at = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        rows = [{TIME: sent_at, **to_row(event)} for event in batch.events]
        body = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
        token = self._tokens.get()
        reply = self._client.post_gzip(
            body.encode("utf-8", "replace"),
            {
                "Authorization": f"Bearer {token}",
                "content-type": "application/json",
                "x-ms-client-request-id": str(UUID(batch.id)),
            },
            self._path,
        )
        if reply.ok:
            return
        if reply.status == 401:
            self._tokens.invalidate(token)
            if self._app is not None:
                self._app.remove_tokens_for_client()
        refusal = self._client.error_for(reply)
        if reply.status == 403:
            refusal.hint = say("sinks.role_missing", name=self.name)
        raise refusal

    def probe(self) -> Iterator[Check]:
        """Yield the checks of the connection and of the sign-in; the role shows only an event."""
        yield from connectivity_check(self.name, self._client.probe)
        yield run_check(self.name, "sign_in", self._tokens.get)

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the checks of the sign-in and, if it passed, of a test event."""
        signing_in = run_check(self.name, "sign_in", self._tokens.get)
        yield signing_in
        if signing_in.hint is None:
            yield from delivery_check(self.name, self.deliver, test)

    def _fetch_token(self, _subject: str) -> tuple[str, float]:
        try:
            self._app = self._app or self._new_app()
            answer = self._app.acquire_token_for_client(scopes=[self._scope]) or {}
        except (requests.RequestException, OSError) as error:
            raise connection_error(error, self._login_host) or error from None
        except ValueError:  # msal: no such directory, or no key
            raise self._sign_in_error("") from None
        if "access_token" not in answer:
            raise self._sign_in_error(str(answer.get("error_description", "")))
        return str(answer["access_token"]), float(answer.get("expires_in", 3600))

    def _new_app(self) -> _App:
        from msal import ConfidentialClientApplication

        app: Any = ConfidentialClientApplication(
            self._client_id,
            client_credential=self._credential,
            authority=self._authority,
            instance_discovery=False,  # the hosts are ours: no question to the public cloud
            http_client=_TimeoutSession(self._http),
        )
        return app

    def _sign_in_error(self, description: str) -> SinkError:
        code = _CODE.search(description)
        return SinkError(
            say("sinks.sign_in", name=self.name, code=code.group() if code else "?"),
            hint=say("sinks.sign_in_hint", name=self.name),
            kind=FailureKind.CONFIGURATION,
        )


class _TimeoutSession:
    """The HTTP client of msal: the session, with a time limit and without redirects."""

    def __init__(self, http: requests.Session) -> None:
        self._http = http

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = TIMEOUT
        return self._http.get(url, allow_redirects=False, **kwargs)

    def post(self, url: str, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = TIMEOUT
        return self._http.post(url, allow_redirects=False, **kwargs)


def create(settings: Settings, sink_context: SinkContext) -> Sentinel:
    """Read the credential and return the sink.

    Raises:
        Unfit: The certificate is no PEM with key and certificate.
        SinkError: A secret or a certificate cannot be read.
    """
    if settings.client_secret:
        secret = sink_context.secret(settings.client_secret).decode("utf-8", "replace").strip()
        return Sentinel(settings, sink_context, secret)
    pem = sink_context.secret(settings.certificate).decode("ascii", "replace")
    parts = {match[1].rpartition(" ")[2]: match[0] for match in _PEM.finditer(pem)}
    if not {"KEY", "CERTIFICATE"} <= parts.keys():
        key = f"sinks.{sink_context.name}.certificate"
        raise InvalidSecret(
            say("sinks.client_certificate", name=key), hint=say("sinks.client_certificate_hint")
        )
    return Sentinel(
        settings,
        sink_context,
        {"private_key": parts["KEY"], **_msal_certificate(parts["CERTIFICATE"])},
    )


def _msal_certificate(certificate: str) -> dict[str, str]:
    """Return a certificate in the form that msal takes: with its SHA-1 thumbprint."""
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.x509 import load_pem_x509_certificate

    thumb = SHA1()  # noqa: S303 -- it names the certificate to Entra, and nothing rests on it
    print_ = load_pem_x509_certificate(certificate.encode()).fingerprint(thumb)
    return {"thumbprint": print_.hex(), "public_certificate": certificate}
