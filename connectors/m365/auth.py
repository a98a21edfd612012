"""Signing in to Entra as an application, and what its refusals mean."""

from __future__ import annotations

import re
from typing import Any, Protocol

from connectors.m365.settings import Settings
from connectors.sdk.contract import Context
from connectors.sdk.errors import SignInError
from connectors.sdk.http import Tokens
from connectors.sdk.message import say

_REFUSALS = {
    "7000215": "wrong_secret",
    "7000222": "expired_secret",
    "700016": "unknown_app",
    "90002": "unknown_tenant",
    "900023": "unknown_tenant",
    "1002012": "wrong_cloud",
    "500011": "wrong_cloud",
    "700027": "unknown_certificate",
    "700024": "wrong_clock",
    "7000112": "disabled_app",
}
"""Entra's error numbers (AADSTS...) by the sentence that says what to do."""

_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class _App(Protocol):
    """The part of msal, which is untyped, that is used."""

    def acquire_token_for_client(self, scopes: list[str]) -> dict[str, Any] | None: ...

    def remove_tokens_for_client(self) -> None: ...


class Auth:
    """App-only tokens for Graph, fetched once however many threads ask."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._app: _App | None = None
        self._tokens = Tokens(self._fetch)

    def token(self) -> str:
        """A live bearer token. Raises `SignInError`."""
        return self._tokens.get()

    def renew(self, token: str) -> None:
        """Graph refused this token before its time: the next one is a new one.

        msal keeps tokens of its own and would hand out the dead one again.
        """
        self._tokens.drop(token)
        if self._app is not None:
            self._app.remove_tokens_for_client()

    def _fetch(self, _subject: str) -> tuple[str, float]:
        self._app = self._app or self._signed_in()
        answer = self._app.acquire_token_for_client(scopes=[self._settings.audience]) or {}
        if "access_token" not in answer:
            raise refused(answer)
        return str(answer["access_token"]), float(answer.get("expires_in", 3600))

    def _signed_in(self) -> _App:
        from msal import ConfidentialClientApplication

        credential = self._credential()
        try:
            app: Any = ConfidentialClientApplication(
                self._settings.client_id,
                client_credential=credential,
                authority=self._settings.authority,
                # the hosts are ours: msal must not ask the public cloud about the others
                instance_discovery=False,
                http_client=self._context.http,
            )
        except ValueError as error:  # msal's word for "no such tenant", and for a broken key
            raise SignInError(
                say("m365.unknown_tenant"),
                hint=say("m365.unknown_tenant_hint"),
            ) from error
        return app

    def _credential(self) -> str | dict[str, str]:
        if self._settings.client_secret:
            return self._context.secret(self._settings.client_secret).decode().strip()
        return certificate_of(self._context.secret(self._settings.certificate))


def certificate_of(raw: bytes) -> dict[str, str]:
    """The key and the certificate of a PEM or PFX file, as msal takes them."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    try:
        pem = raw if b"-----BEGIN" in raw else _pem_of(raw)
        key, certificate = _KEY.search(pem), _CERTIFICATE.search(pem)
        if key is None or certificate is None:
            raise SignInError(say("m365.no_certificate"), hint=say("m365.no_certificate_hint"))
        usable = isinstance(serialization.load_pem_private_key(key[0], None), rsa.RSAPrivateKey)
        x509.load_pem_x509_certificate(certificate[0])
    except (ValueError, TypeError) as error:  # broken, or a password is asked for
        raise SignInError(
            say("m365.locked_certificate"), hint=say("m365.no_certificate_hint")
        ) from error
    if not usable:
        raise SignInError(say("m365.not_rsa"), hint=say("m365.not_rsa_hint"))
    return {"private_key": key[0].decode(), "public_certificate": certificate[0].decode()}


def _pem_of(pfx: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    key, certificate, _ = pkcs12.load_key_and_certificates(pfx, None)
    if key is None or certificate is None:
        return b""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def refused(answer: dict[str, Any]) -> SignInError:
    """The sentence for a refusal of Entra. Its own text stays behind: it can quote our request."""
    found = re.search(r"AADSTS(\d+)", str(answer.get("error_description", "")))
    number = found[1] if found else ""
    name = _REFUSALS.get(number)
    if name is None:
        code = f"AADSTS{number}" if number else str(answer.get("error", "?"))
        return SignInError(
            say("m365.sign_in_refused", code=code), hint=say("m365.sign_in_refused_hint")
        )
    return SignInError(say(f"m365.{name}"), hint=say(f"m365.{name}_hint"))
