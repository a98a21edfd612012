"""Access tokens by domain-wide delegation: a signed JWT is exchanged for a token of one user.

The exchange is implemented here and not by google-auth's `refresh`. That method retries by itself
and looks up a "regional access boundary" on a second host; retries belong to the shared transport.

Source: https://developers.google.com/identity/protocols/oauth2/service-account (read 2026-11-29)
Source: https://github.com/googleapis/google-auth-library-python (read 2026-11-29)
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, Protocol, cast

from google.auth import crypt, jwt

from connectors.google import permissions as app
from connectors.google.errors import map_token_error
from connectors.google.iam_signer import IamSigner
from connectors.google.settings import Settings
from connectors.sdk.errors import ConnectorError, SignInError, UnexpectedResponse
from connectors.sdk.http import TokenCache
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say

_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Seconds; the token endpoint accepts no JWT that is valid for more than an hour.
# Source: https://developers.google.com/identity/protocols/oauth2/service-account (read 2026-11-29)
_LIFETIME = 3600
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 -- an address


class TokenSource(Protocol):
    """Source of access tokens for the users of a tenant."""

    def token(self, user: str, permissions: tuple[str, ...]) -> str:
        """Return a valid access token for a user and a set of permissions.

        Args:
            user: The address of the user to act as.
            permissions: OAuth scopes without their common prefix.

        Raises:
            AccessDenied: Google refuses to issue a token for this user or these permissions.
            SignInError: The credentials themselves cannot be used.
        """
        ...

    def invalidate(self, token: str, user: str, permissions: tuple[str, ...]) -> None:
        """Remove a token from the cache, because Google rejected it."""
        ...

    @property
    def client_id(self) -> str:
        """The id under which Google knows this application."""
        ...

    @property
    def account(self) -> str:
        """The address of the service account; empty if a person signed in."""
        ...


class JwtSigner(Protocol):
    """Something that signs JWTs as a service account: its private key, or the IAM API.

    Attributes:
        mail: The address of the service account.
        client_id: The id to authorise in the Admin console.
        token_uri: The token endpoint, which is the audience of the JWT as well.
    """

    mail: str
    client_id: str
    token_uri: str

    def sign(self, claims: dict[str, Any]) -> str:
        """Return the claims as a signed JWT.

        Raises:
            SignInError: The signature was refused.
        """
        ...


class DomainWideDelegation:
    """Tokens by domain-wide delegation, one for each pair of a user and a set of permissions.

    Tokens are cached until they expire or are rejected.
    """

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._tokens = TokenCache(self._fetch)

    def token(self, user: str, permissions: tuple[str, ...]) -> str:
        """Return a valid access token for a user and a set of permissions.

        Raises:
            AccountUnavailable: The account is suspended, archived or deleted.
            AccessDenied: Google refuses to issue the token for another reason.
            SignInError: The key or credentials file cannot be read, or IAM refused to sign.
            UnexpectedResponse: The answer of the token endpoint contains no token.
        """
        return self._tokens.get(_cache_key(user, permissions))

    def invalidate(self, token: str, user: str, permissions: tuple[str, ...]) -> None:
        """Remove a token from the cache, because Google rejected it."""
        self._tokens.invalidate(token, _cache_key(user, permissions))

    @property
    def client_id(self) -> str:
        """The numeric client id of the service account, as the Admin console shows it.

        Raises:
            SignInError: The key or credentials file cannot be read.
        """
        return self._signer.client_id

    @property
    def account(self) -> str:
        """The address of the service account.

        Raises:
            SignInError: The key or credentials file cannot be read.
        """
        return self._signer.mail

    @cached_property
    def _signer(self) -> JwtSigner:
        raw = self._context.secret(self._settings.service_account)
        try:
            found = json.loads(raw)
            if found["type"] == "service_account" and not self._settings.impersonate:
                return _KeySigner(found)
            if self._settings.impersonate:
                return IamSigner(found, self._settings, self._context.http)
        except (ValueError, KeyError, TypeError) as error:
            raise SignInError(
                say("google.key_unreadable"), hint=say("google.key_unreadable_hint")
            ) from error
        raise SignInError(say("google.no_key"), hint=say("google.no_key_hint"))

    def _fetch(self, subject: str) -> tuple[str, float]:
        user, *permissions = subject.split(" ")
        now = int(self._context.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self._signer.mail,
            "sub": user,
            "scope": " ".join(app.SCOPE_PREFIX + p for p in permissions),
            "aud": self._signer.token_uri,
            "iat": now,
            "exp": now + _LIFETIME,
        }
        answer = self._context.http.post(
            self._signer.token_uri,
            data={"grant_type": _GRANT_TYPE, "assertion": self._signer.sign(claims)},
            allow_redirects=False,
        )
        if answer.status_code != 200:
            raise self._error(answer.content, user, tuple(permissions))
        return parse_token_response(answer)

    def _error(self, body: bytes, user: str, permissions: tuple[str, ...]) -> ConnectorError:
        return map_token_error(
            body,
            user=user,
            client_id=self.client_id,
            missing=app.scope_list((permissions,)),
            to_grant=app.scope_list(self._settings.required_permissions),
        )


class _KeySigner:
    """Signs with the private key in the JSON file of the service account."""

    def __init__(self, found: dict[str, Any]) -> None:
        self._signer = cast("Any", crypt.RSASigner).from_service_account_info(found)
        self.mail = str(found["client_email"])
        self.client_id = str(found["client_id"])
        self.token_uri = str(found["token_uri"])

    def sign(self, claims: dict[str, Any]) -> str:
        """Return the claims as a signed JWT."""
        return jwt.encode(self._signer, claims).decode()  # pyright: ignore[reportUnknownMemberType]


def parse_token_response(answer: Any) -> tuple[str, float]:
    """Return the access token of a token response, and its lifetime in seconds.

    Raises:
        UnexpectedResponse: The response is no JSON, or one of the two values is missing.
    """
    try:
        body = answer.json()
        return str(body["access_token"]), float(body["expires_in"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnexpectedResponse(
            say("google.token_garbled"), hint=say("google.garbled_hint")
        ) from error


def _cache_key(user: str, permissions: tuple[str, ...]) -> str:
    return " ".join((user, *permissions))
