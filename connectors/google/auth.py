"""Speaking for the people of a domain: the service account signs, Google answers with a token.

The exchange is a JWT bearer grant of our own rather than google-auth's `refresh`: that one retries
by itself and asks a second host for a "regional access boundary", while the only retry here is
the courier's.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, cast

from google.auth import crypt, jwt

from connectors.google import permissions as app
from connectors.google.refusal import token_refusal_of
from connectors.google.settings import Settings
from connectors.sdk.contract import Context
from connectors.sdk.errors import SignInError, UnexpectedResponse
from connectors.sdk.http import Tokens
from connectors.sdk.message import say

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = 3600  # seconds; the most that Google allows


class Delegation:
    """Tokens of the domain-wide delegation, one for each user and set of permissions."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._reference = settings.service_account
        self._to_grant = app.to_grant(list_drives=not settings.shared_drives)
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
        return str(self._key["client_id"])

    @cached_property
    def _key(self) -> dict[str, Any]:
        try:
            key = json.loads(self._context.secret(self._reference))
            signer = cast("Any", crypt.RSASigner).from_service_account_info(key)
            wanted = {n: str(key[n]) for n in ("client_email", "client_id", "token_uri")}
        except (ValueError, KeyError, TypeError) as error:
            raise SignInError(
                say("google.key_unreadable"), hint=say("google.key_unreadable_hint")
            ) from error
        return wanted | {"signer": signer}

    def _fetch(self, subject: str) -> tuple[str, float]:
        user, *permissions = subject.split(" ")
        now = int(self._context.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self._key["client_email"],
            "sub": user,
            "scope": " ".join(app.ROOT + p for p in permissions),
            "aud": self._key["token_uri"],
            "iat": now,
            "exp": now + _LIFE,
        }
        assertion = jwt.encode(self._key["signer"], claims).decode()  # pyright: ignore[reportUnknownMemberType]
        answer = self._context.http.post(
            self._key["token_uri"],
            data={"grant_type": _GRANT, "assertion": assertion},
            allow_redirects=False,
        )
        if answer.status_code != 200:
            raise token_refusal_of(
                answer.content, user=user, client_id=self.client_id, to_grant=self._to_grant
            )
        try:
            body = answer.json()
            return str(body["access_token"]), float(body["expires_in"])
        except (ValueError, KeyError, TypeError) as error:
            raise UnexpectedResponse(
                say("google.token_garbled"), hint=say("google.garbled_hint")
            ) from error


def _subject(user: str, permissions: tuple[str, ...]) -> str:
    return " ".join((user, *permissions))
