"""Google's client library over the session that everything else uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httplib2

from connectors.sdk.http import Http

Bearer = Callable[[], str]


class SpokenFor:
    """An `httplib2.Http` look-alike that speaks for one user.

    A token that Google refuses is renewed once. The one refusal that no token cures (the user's
    Drive is switched off) comes as a 401, too, and is not worth a second call.
    """

    def __init__(self, http: Http, bearer: Bearer, renew: Callable[[str], None]) -> None:
        self._http = http
        self._bearer = bearer
        self._renew = renew

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> tuple[httplib2.Response, bytes]:
        """Send one request and answer in httplib2's shape."""
        token = self._bearer()
        answer = self._send(uri, method, body, headers, token)
        if answer.status_code == 401 and b"Active session is invalid" not in answer.content:
            self._renew(token)
            answer = self._send(uri, method, body, headers, self._bearer())
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
        # the client's own User-Agent goes: the courier names us
        named = {k: v for k, v in (headers or {}).items() if k.lower() != "user-agent"}
        # a redirect would carry the token to another host
        return self._http.request(
            method,
            uri,
            data=body,
            headers=named | {"Authorization": f"Bearer {token}"},
            allow_redirects=False,
        )
