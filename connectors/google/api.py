"""Sends requests on behalf of a user, one at a time or in batches, and maps Google's errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from googleapiclient.discovery import (
    build,  # pyright: ignore[reportUnknownVariableType] -- the library carries no types
)
from googleapiclient.errors import HttpError

from connectors.google import multipart
from connectors.google.auth import TokenSource
from connectors.google.errors import is_part_throttled, map_error
from connectors.google.httplib2_adapter import ImpersonatedHttp
from connectors.google.multipart import BatchPart
from connectors.sdk.errors import ConnectorError, UnexpectedResponse
from connectors.sdk.http import HttpSession
from connectors.sdk.http.batch_retry import send_batch
from connectors.sdk.http.transport import SERVER_ERRORS
from connectors.sdk.message import say

AppPermissions = tuple[str, ...]


class GoogleApi:
    """Sends the requests of Google's client library with the token of one of the tenant's users.

    Args:
        http: The shared HTTP session.
        sign_in: Where access tokens come from.
        batch_url: The batch endpoint of the API; empty if no batches are sent.
    """

    def __init__(self, http: HttpSession, sign_in: TokenSource, batch_url: str) -> None:
        self._http = http
        self._sign_in = sign_in
        self._batch_url = batch_url

    def call(self, request: Any, user: str, permissions: AppPermissions) -> Any:
        """Send one request and return its JSON body.

        Args:
            request: A request object of Google's client library.
            user: The address of the user to act as.
            permissions: OAuth scopes without their common prefix.

        Raises:
            AccessDenied: Google refused the request or the token; subclasses say more.
            PageTokenExpired: The page token of the request is not accepted any more.
            UnexpectedResponse: The answer is no JSON object, or has a status that is not known.
        """
        try:
            answer = request.execute(http=self._http_as(user, permissions))
        except HttpError as error:
            refused: Any = error
            raise self._error(
                refused.status_code, refused.content, user, permissions
            ) from None  # the message of the cause contains the URL
        if not isinstance(answer, dict):
            raise UnexpectedResponse(say("google.garbled"), hint=say("google.garbled_hint"))
        return cast("dict[str, Any]", answer)

    def call_batch(
        self, requests: Sequence[Any], user: str, permissions: AppPermissions
    ) -> list[dict[str, Any] | ConnectorError]:
        """Send up to 100 reads as one batch; return a body or an error for each, in order.

        Google answers each part with a status of its own, which the shared transport cannot see.
        Parts that were throttled or failed with a server error are therefore repeated here, after a
        pause of all threads.

        Raises:
            QuotaExhausted: Parts are still throttled after the last attempt, or Google asks for a
                pause longer than a run may wait.
            ConnectorError: The batch as a whole was refused.
            UnexpectedResponse: The answer does not contain exactly the parts that were sent.
        """
        answers = send_batch(
            lambda pending: self._send_batch(
                {n: requests[n].uri for n in pending}, user, permissions
            ),
            len(requests),
            http=self._http,
            host=self._batch_url.split("/")[2],
            is_throttled=is_part_throttled,
            is_broken=lambda part: part.status in SERVER_ERRORS,
        )
        return [self._part_result(part, user, permissions) for part in answers]

    def _send_batch(
        self, addresses: dict[int, str], user: str, permissions: AppPermissions
    ) -> dict[int, BatchPart]:
        response, content = self._http_as(user, permissions).request(
            self._batch_url,
            "POST",
            multipart.encode_batch(addresses),
            {"Content-Type": multipart.CONTENT_TYPE},
        )
        if response.status != 200:
            raise self._error(response.status, content, user, permissions)
        parts = multipart.decode_batch(response.get("content-type", ""), content)
        if parts.keys() != addresses.keys():
            raise UnexpectedResponse(say("google.garbled"), hint=say("google.garbled_hint"))
        return parts

    def _part_result(
        self, part: BatchPart, user: str, permissions: AppPermissions
    ) -> dict[str, Any] | ConnectorError:
        if part.status == 200:
            return part.json()
        return self._error(part.status, part.body, user, permissions)

    def _http_as(self, user: str, permissions: AppPermissions) -> ImpersonatedHttp:
        return ImpersonatedHttp(
            self._http,
            token=lambda: self._sign_in.token(user, permissions),
            invalidate=lambda token: self._sign_in.invalidate(token, user, permissions),
        )

    def _error(
        self, status: int, content: bytes, user: str, permissions: AppPermissions
    ) -> ConnectorError:
        return map_error(
            status,
            content,
            user=user,
            permission=" ".join(permissions),
            client_id=self._sign_in.client_id,
        )


def build_service(api: str, version: str, base: str) -> Any:
    """Return a service of Google's client library. No request is sent, no credentials are needed.

    The discovery document is the one that the library carries.

    Args:
        api: The name of the API, for example `drive`.
        version: The version of the API.
        base: The URL to use in place of Google's, with the service path; empty for Google's.
    """
    make = cast("Any", build)
    return make(
        api,
        version,
        http=object(),  # `execute` of each request is given its own
        static_discovery=True,
        cache_discovery=False,
        client_options={"api_endpoint": base} if base else None,
    )


def iter_items(fetch_page: Callable[[str | None], Any], key: str) -> Iterator[Any]:
    """Yield the entries of all pages.

    A page may be short or empty before the end; only a missing `nextPageToken` ends the list.

    Args:
        fetch_page: Returns the page of a token; None asks for the first one.
        key: The field of a page that holds its entries.

    Raises:
        UnexpectedResponse: A page names itself as the next one.

    Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
    """
    for answer in iter_pages(fetch_page):
        yield from answer.get(key, [])


def iter_pages(fetch_page: Callable[[str | None], Any], token: str | None = None) -> Iterator[Any]:
    """Yield all pages, from the first one or from a token on.

    Raises:
        UnexpectedResponse: A page names itself as the next one.
    """
    while True:
        answer = fetch_page(token)
        yield answer
        last, token = token, answer.get("nextPageToken")
        if not token:
            return
        if token == last:
            raise UnexpectedResponse(say("google.page_loop"), hint=say("google.run_again"))
