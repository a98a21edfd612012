"""Simulated token endpoint: exchanges a signed JWT for the token of one user."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.google.demo.model import opaque_token
from connectors.google.demo.people import ADMIN, STAFF, Person
from connectors.google.permissions import (
    DIRECTORY,
    DRIVES,
    FILES,
    GROUP_SETTINGS,
    POLICIES,
    SCOPE_PREFIX,
    TRUSTED,
    UNITS,
)
from connectors.sdk.local_server import Request, Response

CLIENT_ID = "100200300400500600700"
EMAIL = "tojimari@example-audit.iam.gserviceaccount.com"
DELEGATED = frozenset((*DIRECTORY, *FILES, *DRIVES, *GROUP_SETTINGS, *POLICIES, *TRUSTED, *UNITS))
_SIGNING_KEY = b"example"


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """The user and the OAuth scopes of an access token."""

    mail: str
    permissions: frozenset[str]


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def table(url: str, folder: Path) -> dict[str, object]:
    """Write a key file to a folder; return the configuration that reads the tenant at `url`."""
    pem = _key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key = {
        "type": "service_account",
        "project_id": "example-audit",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "client_id": CLIENT_ID,
        "token_uri": f"{url}/token",
    }
    (folder / "service-account.json").write_text(json.dumps(key), encoding="utf-8")
    return {
        "service": "google",
        "service_account": "file:service-account.json",
        "admin_user": ADMIN,
        "api_url": url,
    }


def exchange(request: Request, people: dict[str, Person], delegated: frozenset[str]) -> Response:
    """Return a token for the user whom the JWT names, or an error."""
    form = request.form()
    if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
        return _token_error("unsupported_grant_type", "Invalid grant_type")
    try:
        claims: dict[str, Any] = jwt.decode(
            form.get("assertion", ""),
            _key().public_key(),
            algorithms=["RS256"],
            audience=f"{request.base}/token",
            issuer=EMAIL,
            options={"verify_exp": False, "verify_iat": False},  # the demo has no clock
        )
    except jwt.PyJWTError:
        return _token_error("invalid_grant", "Invalid JWT Signature.")
    if not 0 < claims["exp"] - claims["iat"] <= 3600:
        return _token_error(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
            "timeframe. Check your iat and exp values in the JWT claim.",
        )
    requested = frozenset(s.removeprefix(SCOPE_PREFIX) for s in claims["scope"].split())
    if not requested or not requested <= delegated:
        return _token_error(
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not "
            "authorized for any of the scopes requested.",
        )
    person = people.get(claims["sub"])
    if person is None:
        return _token_error("invalid_grant", "Invalid email or User ID")
    if person.token_error is not None:
        return _token_error(*person.token_error)
    return Response(
        body={
            "access_token": make_token(person.mail, *sorted(requested)),
            "expires_in": 3599,
            "token_type": "Bearer",
        }
    )


def make_token(mail: str, *permissions: str) -> str:
    """Return an access token for one user."""
    word = opaque_token([mail, permissions])
    return f"ya29.{word}.{_signature(word)}"


def parse_token(request: Request) -> TokenClaims | None:
    """Return the content of a request's access token; None if it is not valid."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    start, _, rest = token.partition(".")
    word, _, seal = rest.partition(".")
    if kind != "Bearer" or start != "ya29" or not hmac.compare_digest(seal, _signature(word)):
        return None
    mail, permissions = json.loads(urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    return TokenClaims(mail, frozenset(permissions))


def staff() -> dict[str, Person]:
    """Return the accounts of the scenario by address."""
    return {p.mail: p for p in STAFF}


def _signature(word: str) -> str:
    return hmac.new(_SIGNING_KEY, word.encode(), "sha256").hexdigest()[:16]


def _token_error(code: str, text: str) -> Response:
    return Response(
        status=401 if code == "unauthorized_client" else 400,
        body={"error": code, "error_description": text},
    )
