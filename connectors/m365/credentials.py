"""The credential of an application: a secret, a certificate, or a key that only signs.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from connectors.m365.settings import Settings
from connectors.sdk.errors import SignInError
from connectors.sdk.interface import ConnectorContext, Signer
from connectors.sdk.message import say

_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# Microsoft advises 5 to 10 minutes.
# Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials (read 2026-11-29)  # noqa: E501 -- an address
_ASSERTION_SECONDS = 600  # seconds until an assertion expires

Credential = str | dict[str, Any]


def credential_of(settings: Settings, context: ConnectorContext) -> Credential:
    """Return the value for msal's argument `client_credential`.

    Raises:
        SignInError: The secret or certificate cannot be found, opened or used.
    """
    if settings.client_secret:
        return context.secret(settings.client_secret).decode().strip()
    if settings.uses_cert_store:
        signer = context.signer(settings.certificate)
        audience = f"{settings.authority}/oauth2/v2.0/token"
        return {
            "client_assertion": client_assertion(signer, settings.client_id, audience, context.now)
        }
    return certificate_of(context.secret(settings.certificate), _password(settings, context))


def expiry_of(settings: Settings, context: ConnectorContext) -> datetime | None:
    """Return when the certificate expires, None for a client secret, which holds no date.

    Raises:
        SignInError: The certificate cannot be found, opened or used.
    """
    from cryptography import x509

    if not settings.certificate:
        return None
    if settings.uses_cert_store:
        der = context.signer(settings.certificate).certificate
        return x509.load_der_x509_certificate(der).not_valid_after_utc
    parsed = certificate_of(context.secret(settings.certificate), _password(settings, context))
    pem = str(parsed["public_certificate"]).encode()
    return x509.load_pem_x509_certificate(pem).not_valid_after_utc


def _password(settings: Settings, context: ConnectorContext) -> bytes | None:
    reference = settings.certificate_password
    return context.secret(reference).strip(b"\r\n") if reference else None


def certificate_of(raw: bytes, password: bytes | None = None) -> dict[str, Any]:
    """Return the key and the certificate of a PEM or PFX file in the form that msal expects.

    Raises:
        SignInError: The key or the certificate is missing, the file is broken, its password is
            missing or wrong, or the key is not RSA.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

    try:
        key, certificate = _key_and_certificate(raw, password)
        if not key or not certificate:
            raise SignInError(say("m365.no_certificate"), hint=say("m365.no_certificate_hint"))
        usable = _load_key(key, password)
        x509.load_pem_x509_certificate(certificate)
    except (ValueError, TypeError) as error:  # broken, or the password is missing or wrong
        raise SignInError(
            say("m365.locked_certificate"), hint=say("m365.locked_certificate_hint")
        ) from error
    if not isinstance(usable, rsa.RSAPrivateKey):
        raise SignInError(say("m365.not_rsa"), hint=say("m365.not_rsa_hint"))
    return {"private_key": _to_pem(usable).decode(), "public_certificate": certificate.decode()}


def _key_and_certificate(raw: bytes, password: bytes | None) -> tuple[bytes, bytes]:
    """Return the private key and the certificate as PEM; empty where there is none."""
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    if b"-----BEGIN" in raw:
        key, certificate = _KEY.search(raw), _CERTIFICATE.search(raw)
        return key[0] if key else b"", certificate[0] if certificate else b""
    private_key, public_certificate, _ = pkcs12.load_key_and_certificates(raw, password)
    if private_key is None or public_certificate is None:
        return b"", b""
    return _to_pem(private_key), public_certificate.public_bytes(Encoding.PEM)


def _load_key(key: bytes, password: bytes | None) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    locked = b"ENCRYPTED" in key  # the function refuses a password that it does not need
    return load_pem_private_key(key, password if locked else None)


def _to_pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def client_assertion(
    signer: Signer, client_id: str, audience: str, now: Callable[[], datetime]
) -> Callable[[], str]:
    """Return a function that makes client assertions (RFC 7523) with a key that cannot be read.

    Entra identifies the certificate by its SHA-256 thumbprint (`x5t#S256`) and accepts PS256.

    Args:
        signer: The key and its certificate.
        client_id: The id of the application.
        audience: The URL of the token endpoint.
        now: The clock.

    Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials (read 2026-11-29)
    """  # noqa: E501 -- an address
    header = {
        "alg": "PS256",
        "typ": "JWT",
        "x5t#S256": _base64url(sha256(signer.certificate).digest()),
    }

    def make() -> str:
        """Return a new signed assertion."""
        issued = int(now().astimezone(UTC).timestamp())
        claims = {
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": str(uuid4()),
            "nbf": issued,
            "exp": issued + _ASSERTION_SECONDS,
        }
        parts = (json.dumps(part).encode() for part in (header, claims))
        text = ".".join(map(_base64url, parts))
        return f"{text}.{_base64url(signer.sign(text.encode()))}"

    return make


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
