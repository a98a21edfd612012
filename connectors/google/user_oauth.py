"""Sign-in of one user with a browser: OAuth for desktop apps, loopback redirect and PKCE.

Nothing is stored. Each run begins with a sign-in; the refresh token is kept in memory only.

Source: https://developers.google.com/identity/protocols/oauth2/native-app (read 2026-11-29)
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from functools import cached_property
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.google import permissions as app
from connectors.google.auth import parse_token_response
from connectors.google.settings import Settings
from connectors.sdk.errors import SignInError
from connectors.sdk.http import TokenCache
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say

_SIGN_IN_TIMEOUT = 300.0  # seconds that the user has to sign in


class UserOAuth:
    """Tokens of one user who signs in with a browser."""

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._refresh = ""
        self._tokens = TokenCache(self._fetch)

    def token(self, user: str, permissions: tuple[str, ...]) -> str:
        """Return a valid access token of the user. The first call opens the sign-in.

        Both arguments are ignored: there is one user, and one permission.

        Raises:
            SignInError: The OAuth client cannot be read, there is no terminal that can show the
                address, the user did not sign in within five minutes, or Google refused the code.
            UnexpectedResponse: The answer of the token endpoint contains no token.
        """
        del user, permissions  # there is one user, and one permission
        return self._tokens.get()

    def invalidate(self, token: str, user: str, permissions: tuple[str, ...]) -> None:
        """Remove the token from the cache, because Google rejected it."""
        del user, permissions
        self._tokens.invalidate(token)

    @property
    def account(self) -> str:
        """Empty: a person signs in, and no service account."""
        return ""

    @property
    def client_id(self) -> str:
        """The client id of the desktop app in the Google Cloud console.

        Raises:
            SignInError: The OAuth client cannot be read.
        """
        return str(self._client["client_id"])

    @cached_property
    def _client(self) -> dict[str, Any]:
        try:
            found = json.loads(self._context.secret(self._settings.oauth_client))["installed"]
            keys = ("client_id", "client_secret", "auth_uri", "token_uri")
            return {name: str(found[name]) for name in keys}
        except (ValueError, KeyError, TypeError) as error:
            raise SignInError(
                say("google.client_unreadable"), hint=say("google.client_unreadable_hint")
            ) from error

    def _fetch(self, _: str) -> tuple[str, float]:
        if self._refresh:
            return self._request_token(grant_type="refresh_token", refresh_token=self._refresh)
        code_verifier = secrets.token_urlsafe(48)
        with _RedirectServer() as server:
            query = {
                "client_id": self.client_id,
                "redirect_uri": server.address,
                "response_type": "code",
                "scope": app.SCOPE_PREFIX + app.FILES[0],
                "state": server.state,
                "code_challenge": _code_challenge(code_verifier),
                "code_challenge_method": "S256",
                "access_type": "offline",
                "login_hint": self._settings.admin_user,
            }
            address = f"{self._client['auth_uri']}?{urlencode(query)}"
            if not self._context.show_message(say("google.open_address", address=address)):
                raise SignInError(say("google.unattended"), hint=say("google.unattended_hint"))
            code = server.wait_for_code()
        if not code:
            raise SignInError(say("google.not_signed_in"), hint=say("google.not_signed_in_hint"))
        return self._request_token(
            grant_type="authorization_code",
            code=code,
            code_verifier=code_verifier,
            redirect_uri=server.address,
        )

    def _request_token(self, **form: str) -> tuple[str, float]:
        known = {n: self._client[n] for n in ("client_id", "client_secret")}
        answer = self._context.http.post(self._client["token_uri"], data=known | form)
        if answer.status_code != 200:
            raise SignInError(say("google.not_signed_in"), hint=say("google.not_signed_in_hint"))
        self._refresh = str(answer.json().get("refresh_token") or self._refresh)
        return parse_token_response(answer)


class _RedirectServer(HTTPServer):
    """HTTP server on 127.0.0.1 that receives the redirect of the browser.

    Only a request that carries the right `state` is accepted.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RedirectHandler)
        self.state = secrets.token_urlsafe(24)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.timeout = 0.5
        self.parameters: dict[str, str] | None = None

    def wait_for_code(self) -> str:
        """Return the authorization code; empty if the user refused, or the time ran out."""
        end = monotonic() + _SIGN_IN_TIMEOUT
        while self.parameters is None and monotonic() < end:
            self.handle_request()
        return (self.parameters or {}).get("code", "")


class _RedirectHandler(BaseHTTPRequestHandler):
    """Answers one request of the browser."""

    timeout = 5  # seconds: browsers open connections that they never use
    server: _RedirectServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        """Accept the code of a request whose `state` is right; answer 400 to any other."""
        parameters = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        ours = secrets.compare_digest(parameters.get("state", ""), self.server.state)
        if ours:
            self.server.parameters = parameters
        self.send_response(200 if ours else 400)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"tojimari: OK\n" if ours else b"tojimari: ?\n")

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the address contains the authorization code."""


def _code_challenge(code_verifier: str) -> str:
    return urlsafe_b64encode(sha256(code_verifier.encode()).digest()).decode().rstrip("=")
