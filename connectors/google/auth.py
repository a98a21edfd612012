"""Speaking for the people of a domain: the service account signs, Google answers with a token.

The exchange is a JWT bearer grant of our own rather than google-auth's `refresh`: that one retries
by itself and asks a second host for a "regional access boundary", while the only retry here is
the courier's.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, Protocol, cast

from google.auth import crypt, jwt

from connectors.google import permissions as app
from connectors.google.keyless import Lender
from connectors.google.refusal import token_refusal_of
from connectors.google.settings import Settings
from connectors.sdk.contract import Context
from connectors.sdk.errors import ConnectorError, SignInError, UnexpectedResponse
from connectors.sdk.http import Tokens
from connectors.sdk.message import say

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = 3600  # seconds; the most that Google allows
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 -- an address


class SignIn(Protocol):
    """How this program comes to speak for somebody."""

    def token(self, user: str, permissions: tuple[str, ...]) -> str:
        """A live token. Raises `AccessDenied` when Google does not let us speak for this user."""
        ...

    def drop(self, token: str, user: str, permissions: tuple[str, ...]) -> None:
        """Forget a token that was refused or is not needed any more."""
        ...

    @property
    def client_id(self) -> str:
        """By what the Admin console knows us."""
        ...


class Signature(Protocol):
    """What the service account's word is worth: a key of its own, or Google's loan."""

    mail: str
    client_id: str
    token_uri: str

    def signed(self, claims: dict[str, Any]) -> str:
        """The claims as a JWT."""
        ...


class Delegation:
    """Tokens of the domain-wide delegation, one for each user and set of permissions."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._tokens = Tokens(self._fetch)

    def token(self, user: str, permissions: tuple[str, ...]) -> str:
        """A live token. Raises `AccessDenied` when Google does not let us speak for this user."""
        return self._tokens.get(_subject(user, permissions))

    def drop(self, token: str, user: str, permissions: tuple[str, ...]) -> None:
        """Forget a token that was refused or is not needed any more."""
        self._tokens.drop(token, _subject(user, permissions))

    @property
    def client_id(self) -> str:
        """The number by which the Admin console knows this service account."""
        return self._signature.client_id

    @cached_property
    def _signature(self) -> Signature:
        raw = self._context.secret(self._settings.service_account)
        try:
            found = json.loads(raw)
            if found["type"] == "service_account" and not self._settings.impersonate:
                return _Key(found)
            if self._settings.impersonate:
                return Lender(found, self._settings, self._context.http)
        except (ValueError, KeyError, TypeError) as error:
            raise SignInError(
                say("google.key_unreadable"), hint=say("google.key_unreadable_hint")
            ) from error
        raise SignInError(say("google.no_key"), hint=say("google.no_key_hint"))

    def _fetch(self, subject: str) -> tuple[str, float]:
        user, *permissions = subject.split(" ")
        now = int(self._context.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self._signature.mail,
            "sub": user,
            "scope": " ".join(app.ROOT + p for p in permissions),
            "aud": self._signature.token_uri,
            "iat": now,
            "exp": now + _LIFE,
        }
        answer = self._context.http.post(
            self._signature.token_uri,
            data={"grant_type": _GRANT, "assertion": self._signature.signed(claims)},
            allow_redirects=False,
        )
        if answer.status_code != 200:
            raise self._refusal(answer.content, user, tuple(permissions))
        return token_of(answer)

    def _refusal(self, body: bytes, user: str, permissions: tuple[str, ...]) -> ConnectorError:
        return token_refusal_of(
            body,
            user=user,
            client_id=self.client_id,
            missing=app.to_paste((permissions,)),
            to_grant=app.to_paste(self._settings.wanted),
        )


class _Key:
    """The private key of the service account, from the file that the console hands out."""

    def __init__(self, found: dict[str, Any]) -> None:
        self._signer = cast("Any", crypt.RSASigner).from_service_account_info(found)
        self.mail = str(found["client_email"])
        self.client_id = str(found["client_id"])
        self.token_uri = str(found["token_uri"])

    def signed(self, claims: dict[str, Any]) -> str:
        """The claims as a JWT."""
        return jwt.encode(self._signer, claims).decode()  # pyright: ignore[reportUnknownMemberType]


def token_of(answer: Any) -> tuple[str, float]:
    """The token of an answer, and the seconds that it lives."""
    try:
        body = answer.json()
        return str(body["access_token"]), float(body["expires_in"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnexpectedResponse(
            say("google.token_garbled"), hint=say("google.garbled_hint")
        ) from error


def _subject(user: str, permissions: tuple[str, ...]) -> str:
    return " ".join((user, *permissions))
