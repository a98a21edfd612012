"""Sign-in: one token request, signed with a key or with a client secret, or a token as it is.

simple-salesforce knows only `login|test.salesforce.com`, and it signs in without a timeout, so
the request is our own.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt

from connectors.salesforce.settings import Settings
from connectors.sdk.contract import Context
from connectors.sdk.errors import SignInError, UnexpectedResponse
from connectors.sdk.http import Tokens
from connectors.sdk.message import Message, say

OLDEST, NEWEST = 60, 64  # API versions whose field lists were compared with this code
LIFE = timedelta(minutes=3)  # of a signed request: the most that Salesforce accepts


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in audit user. `version` is the API version, as in `64.0`."""

    token: str
    instance_url: str
    version: str
    user_id: str


class SignIn:
    """The one session that all scopes share, fetched anew when Salesforce has ended it."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._sessions: dict[str, Session] = {}
        self._tokens = Tokens(self._taken if settings.access_token else self._fetch)

    def session(self) -> Session:
        """A session that Salesforce has not refused yet. Raises `SignInError`."""
        return self._sessions[self._tokens.get()]

    def drop(self, session: Session) -> None:
        """Salesforce has ended this session: the next call of `session` signs in again."""
        self._tokens.drop(session.token)

    def _fetch(self, _: str) -> tuple[str, float]:
        reply = self._token_reply()
        token, url = str(reply["access_token"]), str(reply["instance_url"]).rstrip("/")
        if urlsplit(url).scheme != "https":
            raise UnexpectedResponse(say("salesforce.instance"), hint=say("salesforce.login_url"))
        self._sessions[token] = Session(
            token=token,
            instance_url=url,
            version=self._version(url),
            user_id=str(reply.get("id", "")).rpartition("/")[2],
        )
        return token, math.inf  # Salesforce does not tell its life; a 401 does

    def _taken(self, _: str) -> tuple[str, float]:
        """The token that somebody brought along; there is no other once it has ended."""
        token = self._context.secret(self._settings.access_token).decode().strip()
        if token in self._sessions:
            raise SignInError(say("salesforce.token"), hint=say("salesforce.token_hint"))
        url = self._settings.login_url
        version = self._version(url)
        response = self._context.http.get(
            f"{url}/services/data/v{version}/", headers={"Authorization": f"Bearer {token}"}
        )
        if response.status_code == 401:
            raise SignInError(say("salesforce.token"), hint=say("salesforce.token_hint"))
        try:
            identity = str(response.json()["identity"])
        except (ValueError, TypeError, KeyError):
            raise SignInError(
                say("salesforce.no_token_endpoint", status=response.status_code),
                hint=say("salesforce.login_url"),
            ) from None
        self._sessions[token] = Session(
            token=token, instance_url=url, version=version, user_id=identity.rpartition("/")[2]
        )
        return token, math.inf

    def _token_reply(self) -> dict[str, Any]:
        response = self._context.http.post(
            f"{self._settings.login_url}/services/oauth2/token",
            data=self._proof(),
            headers={"Accept": "application/json"},
            allow_redirects=False,  # the body is a credential
        )
        try:
            reply: dict[str, Any] = dict(response.json())
        except (ValueError, TypeError):
            raise SignInError(
                say("salesforce.no_token_endpoint", status=response.status_code),
                hint=say("salesforce.login_url"),
            ) from None
        if response.status_code != 200 or "access_token" not in reply:
            raise refusal(str(reply.get("error", "")), str(reply.get("error_description", "")))
        return reply

    def _proof(self) -> dict[str, str]:
        s = self._settings
        if s.consumer_secret:
            return {
                "grant_type": "client_credentials",
                "client_id": s.consumer_key,
                "client_secret": self._context.secret(s.consumer_secret).decode().strip(),
            }
        claims = {
            "iss": s.consumer_key,
            "sub": s.username,
            "aud": audience(s.login_url),
            "exp": int((self._context.now() + LIFE).timestamp()),
        }
        key = self._context.secret(s.private_key)
        try:
            assertion = jwt.encode(claims, key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise SignInError(say("salesforce.key"), hint=say("salesforce.key_hint")) from None
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}

    def _version(self, url: str) -> str:
        try:
            offered: Any = self._context.http.get(f"{url}/services/data").json()
            versions = [float(v["version"]) for v in offered]
        except (ValueError, TypeError, KeyError):
            versions = []
        known = [v for v in versions if OLDEST <= v <= NEWEST]
        if not known:
            raise UnexpectedResponse(
                say("salesforce.version", oldest=OLDEST, newest=NEWEST),
                hint=say("salesforce.version_hint"),
            )
        return f"{max(known):.1f}"


def audience(login_url: str) -> str:
    """Whom a signed request addresses: it is never the My Domain itself."""
    host = urlsplit(login_url).hostname or ""
    sandbox = "--" in host.split(".")[0] or ".sandbox." in host or host == "test.salesforce.com"
    return f"https://{'test' if sandbox else 'login'}.salesforce.com"


_HINTS = {  # (error, what its description holds), the more special first
    ("invalid_grant", "approved"): "not_approved",
    ("invalid_grant", "domain"): "my_domain",
    ("invalid_grant", "client credentials"): "run_as",
    ("invalid_grant", ""): "grant_hint",
    ("invalid_client_id", ""): "consumer_key",
    ("invalid_client", ""): "consumer_secret",
    ("invalid_app_access", ""): "not_approved",
    ("inactive_user", ""): "grant_hint",
    ("inactive_org", ""): "login_url",
}


def refusal(error: str, description: str) -> SignInError:
    """The sentence for a refused token request; the description itself is not repeated."""
    code = error if re.fullmatch(r"[a-z_]{1,40}", error) else "?"
    return SignInError(say("salesforce.refused", code=code), hint=_hint(error, description))


def _hint(error: str, description: str) -> Message:
    for (known, part), name in _HINTS.items():
        if known == error and part in description.casefold():
            return say(f"salesforce.{name}")
    return say("salesforce.refused_hint")
