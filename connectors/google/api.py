"""Sends requests on behalf of a user, one at a time or in batches, and maps Google's errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from googleapiclient.discovery import (
    build,  # pyright: ignore[reportUnknownVariableType] -- the library carries no types
)
from googleapiclient.errors import HttpError

from connectors.google import multipart
from connectors.google.auth import TokenSource
from connectors.google.errors import is_part_throttled, map_error
from connectors.google.httplib2_adapter import ImpersonatedHttp, is_token_refused
from connectors.google.multipart import BatchPart
from connectors.sdk.errors import ConnectorError, UnexpectedResponse
from connectors.sdk.http import HttpSession
from connectors.sdk.http.batch_retry import send_batch
from connectors.sdk.http.transport import SERVER_ERRORS
from connectors.sdk.message import say

AppPermissions = tuple[str, ...]
MAX_IDLE_PAGES = 1000  # pages without entries in a row, after which a listing is given up


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
            UnexpectedResponse: The answer is no JSON object, is an error in spite of its status, or
                has a status that is not known.
        """
        try:
            answer = request.execute(http=self._http_as(user, permissions))
        except HttpError as error:
            refused: Any = error
            raise self._error(
                refused.status_code, refused.content, user, permissions
            ) from None  # the message of the cause contains the URL
        except (ValueError, TypeError, RecursionError):
            # what Google's library makes of a body that is no object, or nested too deeply
            raise UnexpectedResponse(
                say("google.garbled"), hint=say("google.garbled_hint")
            ) from None
        return _success(answer)

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
        """Send a batch; parts whose token was refused are sent once more, with another token.

        Source: https://github.com/googleapis/google-api-python-client (read 2026-11-29)
        """
        http = self._http_as(user, permissions)
        parts = self._exchange_batch(http, addresses, user, permissions)
        refused = {n: addresses[n] for n, p in parts.items() if is_token_refused(p.status, p.body)}
        if refused:
            http.renew_token()
            parts |= self._exchange_batch(http, refused, user, permissions)
        return parts

    def _exchange_batch(
        self,
        http: ImpersonatedHttp,
        addresses: dict[int, str],
        user: str,
        permissions: AppPermissions,
    ) -> dict[int, BatchPart]:
        response, content = http.request(
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
            try:
                return _success(part.json())
            except UnexpectedResponse as unexpected:
                return unexpected
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


def _success(answer: Any) -> dict[str, Any]:
    """Return the body of an answer with status 200.

    Raises:
        UnexpectedResponse: It is no JSON object, or an error: a gateway may replace the status.
    """
    if not isinstance(answer, dict):
        raise UnexpectedResponse(say("google.garbled"), hint=say("google.garbled_hint"))
    if "error" in answer:
        raise unexpected_answer()
    return cast("dict[str, Any]", answer)


def unexpected_answer() -> UnexpectedResponse:
    """Return the error for an answer with status 200 that lacks what was requested."""
    return UnexpectedResponse(say("google.answer_lacks"), hint=say("google.garbled_hint"))


def checked_list(answer: Mapping[str, Any], key: str, *, kind: str = "") -> list[Any]:
    """Return the list in an answer.

    The absence of a list is no empty list: that would remove everything that was found before.

    Args:
        answer: A page.
        key: The field that holds the list.
        kind: The `kind` of the page where Google leaves out an empty list; it must have been asked
            for. Empty where Google sends an empty list.

    Raises:
        UnexpectedResponse: There is no list, or something else than objects is in it.
    """
    if kind and key not in answer and answer.get("kind") == kind:
        return []
    found: Any = answer.get(key)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):  # pyright: ignore[reportUnknownVariableType]
        raise unexpected_answer()
    return found  # pyright: ignore[reportUnknownVariableType]


def checked_text(answer: Mapping[str, Any], key: str) -> str:
    """Return the text in an answer.

    Raises:
        UnexpectedResponse: There is none, or it is empty.
    """
    found = answer.get(key)
    if not isinstance(found, str) or not found:
        raise unexpected_answer()
    return found


def iter_items(
    fetch_page: Callable[[str | None], Any], key: str, *, kind: str = ""
) -> Iterator[Any]:
    """Yield the entries of all pages.

    A page may be short or empty before the end; only a missing `nextPageToken` ends the list.

    Args:
        fetch_page: Returns the page of a token; None asks for the first one.
        key: The field of a page that holds its entries.
        kind: As for `checked_list`.

    Raises:
        UnexpectedResponse: A page has no list, or the pages do not end.

    Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
    """
    for answer in iter_pages(fetch_page, key):
        yield from checked_list(answer, key, kind=kind)


def iter_pages(
    fetch_page: Callable[[str | None], Any], key: str, token: str | None = None
) -> Iterator[Any]:
    """Yield all pages, from the first one or from a token on.

    Args:
        fetch_page: Returns the page of a token; None asks for the first one.
        key: The field of a page that holds its entries.
        token: The token of the first page to yield.

    Raises:
        UnexpectedResponse: The pages do not end.
    """
    guard = PageGuard(key)
    while True:
        answer = fetch_page(token)
        token = guard.next_token(answer)
        yield answer
        if not token:
            return


class PageGuard:
    """Notices a listing without an end: a page that comes again, or pages that bring nothing.

    Args:
        key: The field of a page that holds its entries.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._tokens: set[int] = set()
        self._last: Any = None
        self._idle = 0

    def new_entries(self, page: Mapping[str, Any]) -> list[Any]:
        """Return the entries of a page that were not on the page before it.

        A listing that changes while it is read may show its end again; it is called before
        `next_token`.
        """
        before = {entry.get("id") for entry in self._last or ()}
        return [entry for entry in page.get(self._key, ()) if entry.get("id") not in before]

    def next_token(self, page: Mapping[str, Any], field: str = "nextPageToken") -> str:
        """Return the token of the page after this one; empty for the last page.

        Args:
            page: The page that was fetched.
            field: The field that holds the token.

        Raises:
            UnexpectedResponse: The token is none or came before, the page repeats the entries of
                the one before it, or a thousand pages in a row had no entries.
        """
        token = page.get(field, "")
        if not isinstance(token, str):
            raise unexpected_answer()
        entries = page.get(self._key)
        repeated = bool(entries) and entries == self._last
        self._last = entries
        self._idle = 0 if entries else self._idle + 1
        if token and (hash(token) in self._tokens or repeated or self._idle >= MAX_IDLE_PAGES):
            raise UnexpectedResponse(say("google.page_loop"), hint=say("google.run_again"))
        self._tokens.add(hash(token))
        return token
