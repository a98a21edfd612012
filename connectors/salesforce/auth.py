"""Sign-in to Salesforce: JWT bearer flow, client credentials flow, or a given access token.

simple-salesforce signs in only at `login|test.salesforce.com` and without a timeout, so the token
request is made here, at the organization's My Domain.

Sources:

Source: https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm&type=5 (read 2026-08-15)
Source: https://github.com/simple-salesforce/simple-salesforce/issues/814 (read 2026-08-15)
"""  # noqa: E501 -- an address

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt

from connectors.salesforce.settings import Settings
from connectors.sdk.errors import SignInError, UnexpectedResponse
from connectors.sdk.http import TokenCache
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import Message, say

# API versions whose field lists were compared with this code. Versions below 41.0 are retired or
# will be.
# Source: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/api_rest_eol.htm (read 2026-11-29)  # noqa: E501 -- an address
MIN_API_VERSION, MAX_API_VERSION = 60, 64

# Lifetime of a signed request: an `exp` claim later than that is refused.
# Source: https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm&type=5 (read 2026-08-15)  # noqa: E501 -- an address
ASSERTION_LIFETIME = timedelta(minutes=3)
# The domain of organizations on Alibaba Cloud.
# Source: not documented; assumed
_CHINA = "sfcrmproducts.cn"

# What `sf org display` writes in the place of a token since 2026-05-27.
# Source: https://github.com/forcedotcom/cli/issues/3560 (read 2026-11-30)
_REDACTED = "[REDACTED]"


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceSession:
    """A signed-in session of the audit user. `version` is the API version, such as `64.0`."""

    token: str
    instance_url: str
    version: str
    user_id: str


class SessionSource:
    """The session that all scopes share; it is renewed when Salesforce has ended it."""

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._sessions: dict[str, SalesforceSession] = {}
        self._tokens = TokenCache(
            self._provided_token if settings.access_token else self._fetch_token
        )

    def session(self) -> SalesforceSession:
        """Return a session that Salesforce has not refused yet, signing in where needed.

        Raises:
            SignInError: The credentials or the given token were refused, or there is no token
                endpoint.
            UnexpectedResponse: No supported API version, or an instance address without TLS.
        """
        return self._sessions[self._tokens.get()]

    def invalidate(self, session: SalesforceSession) -> None:
        """Discard a session that Salesforce has ended; the next `session()` signs in again."""
        self._tokens.invalidate(session.token)

    def _fetch_token(self, _: str) -> tuple[str, float]:
        """Sign in; return the token and infinity as its lifetime in seconds.

        Raise `UnexpectedResponse` if the instance address of the response has no TLS.
        """
        reply = self._token_reply()
        token, url = str(reply["access_token"]), str(reply["instance_url"]).rstrip("/")
        if urlsplit(url).scheme != "https":
            raise UnexpectedResponse(say("salesforce.instance"), hint=say("salesforce.login_url"))
        self._sessions[token] = SalesforceSession(
            token=token,
            instance_url=url,
            version=self._choose_api_version(url),
            user_id=str(reply.get("id", "")).rpartition("/")[2],
        )
        return token, math.inf  # the response names no lifetime; a 401 ends it

    def _provided_token(self, _: str) -> tuple[str, float]:
        """Return the configured access token and infinity as its lifetime in seconds.

        Raises:
            SignInError: The token was refused, or it has ended and there is no other.
        """
        token = self._context.secret(self._settings.access_token).decode().strip()
        if token in self._sessions:
            raise SignInError(say("salesforce.token"), hint=say("salesforce.token_hint"))
        if token.startswith(_REDACTED):
            raise SignInError(
                say("salesforce.redacted_token"), hint=say("salesforce.redacted_token_hint")
            )
        url = self._settings.login_url
        version = self._choose_api_version(url)
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
        self._sessions[token] = SalesforceSession(
            token=token, instance_url=url, version=version, user_id=identity.rpartition("/")[2]
        )
        return token, math.inf

    def _token_reply(self) -> dict[str, Any]:
        """Send the token request and return the JSON of the response.

        Raise `SignInError` if Salesforce refuses it or the address has no token endpoint.
        """
        response = self._context.http.post(
            f"{self._settings.login_url}/services/oauth2/token",
            data=self._token_request(),
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
            raise token_error(str(reply.get("error", "")), str(reply.get("error_description", "")))
        return reply

    def _token_request(self) -> dict[str, str]:
        """Return the form fields of the token request. Raise `SignInError` for an unusable key."""
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
            "aud": assertion_audience(s.login_url),
            "exp": int((self._context.now() + ASSERTION_LIFETIME).timestamp()),
        }
        key = self._context.secret(s.private_key)
        try:
            assertion = jwt.encode(claims, key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise SignInError(say("salesforce.key"), hint=say("salesforce.key_hint")) from None
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}

    def _choose_api_version(self, url: str) -> str:
        """Return the newest supported API version of the organization, such as `64.0`.

        Raise `UnexpectedResponse` if it offers none from `MIN_API_VERSION` to `MAX_API_VERSION`.
        """
        try:
            offered: Any = self._context.http.get(f"{url}/services/data").json()
            versions = [float(v["version"]) for v in offered]
        except (ValueError, TypeError, KeyError):
            versions = []
        known = [v for v in versions if MIN_API_VERSION <= v <= MAX_API_VERSION]
        if not known:
            raise UnexpectedResponse(
                say("salesforce.version", oldest=MIN_API_VERSION, newest=MAX_API_VERSION),
                hint=say("salesforce.version_hint"),
            )
        return f"{max(known):.1f}"


def assertion_audience(login_url: str) -> str:
    """Return the `aud` claim of a signed request for a login address.

    It is `https://login.salesforce.com`, or `https://test.salesforce.com` for a sandbox or a
    scratch organization; never the My Domain itself.

    Source: https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm&type=5 (read 2026-08-15)
    """  # noqa: E501 -- an address
    host = urlsplit(login_url).hostname or ""
    sandbox = "--" in host.split(".")[0] or host.startswith("test.")
    sandbox = sandbox or any(kind in host for kind in (".sandbox.", ".scratch."))
    kind = "test" if sandbox else "login"
    if host.endswith(f".{_CHINA}"):
        return f"https://{kind}.{_CHINA}"
    return f"https://{kind}.salesforce.com"


# Message names by error and part of its description; the more specific first.
# Source: not documented; assumed
_HINTS = {
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


def token_error(error: str, description: str) -> SignInError:
    """Return the error for a refused token request.

    The description of the response selects the hint; it is not repeated, as it may hold user names.
    """
    code = error if re.fullmatch(r"[a-z_]{1,40}", error) else "?"
    return SignInError(say("salesforce.refused", code=code), hint=_hint(error, description))


def _hint(error: str, description: str) -> Message:
    for (known, part), name in _HINTS.items():
        if known == error and part in description.casefold():
            return say(f"salesforce.{name}")
    return say("salesforce.refused_hint")
