"""Adapter between Google's client library, which expects httplib2, and the shared HTTP session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httplib2

from connectors.sdk.http import HttpSession

TokenProvider = Callable[[], str]


def is_token_refused(status: int, content: bytes) -> bool:
    """Return True for an answer after which a new token may help."""
    return status == 401 and b"Active session is invalid" not in content


class ImpersonatedHttp:
    """Stand-in for `httplib2.Http` that sends requests with the access token of one user.

    After a 401 the token is renewed and the request sent once more. The 401 "Active session is
    invalid" is returned at once: it means that Drive is off for the user, and a new token would be
    refused alike.

    Source: https://github.com/GAM-team/GAM/wiki/GamUpdates (read 2026-11-29)
    """

    def __init__(
        self, http: HttpSession, token: TokenProvider, invalidate: Callable[[str], None]
    ) -> None:
        self._http = http
        self._token = token
        self._invalidate = invalidate
        self._used = ""

    def renew_token(self) -> None:
        """Let the next request fetch another token than the last one had."""
        self._invalidate(self._used)

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> tuple[httplib2.Response, bytes]:
        """Send one request; return its response in httplib2's form, and the body.

        Raises:
            ConnectorError: No token could be obtained, or the shared session gave up.
        """
        self._used = self._token()
        answer = self._send(uri, method, body, headers, self._used)
        if is_token_refused(answer.status_code, answer.content):
            self.renew_token()
            self._used = self._token()
            answer = self._send(uri, method, body, headers, self._used)
        shape = httplib2.Response(dict(answer.headers) | {"status": str(answer.status_code)})
        shape.reason = answer.reason
        return shape, answer.content

    def _send(
        self,
        uri: str,
        method: str,
        body: bytes | str | None,
        headers: Mapping[str, str] | None,
        token: str,
    ) -> Any:
        # the shared transport sets the User-Agent, not Google's client library
        kept_headers = {k: v for k, v in (headers or {}).items() if k.lower() != "user-agent"}
        # a redirect would send the token to another host
        return self._http.request(
            method,
            uri,
            data=body,
            headers=kept_headers | {"Authorization": f"Bearer {token}"},
            allow_redirects=False,
        )
