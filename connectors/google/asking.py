"""How a question is put to Google: in whose name, alone or with others, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from googleapiclient.discovery import (
    build,  # pyright: ignore[reportUnknownVariableType] -- the library carries no types
)
from googleapiclient.errors import HttpError

from connectors.google import batch
from connectors.google.auth import SignIn
from connectors.google.batch import Part
from connectors.google.refusal import refusal_of, slowed_down
from connectors.google.transport import SpokenFor
from connectors.sdk.errors import ConnectorError, UnexpectedResponse
from connectors.sdk.http import Http
from connectors.sdk.http.batch_retry import send_batch
from connectors.sdk.http.courier import BROKEN
from connectors.sdk.message import say

Permissions = tuple[str, ...]


class Asking:
    """Requests of Google's client library, sent as one of the tenant's users."""

    def __init__(self, http: Http, sign_in: SignIn, batch_url: str) -> None:
        self._http = http
        self._sign_in = sign_in
        self._batch_url = batch_url

    def ask(self, request: Any, user: str, permissions: Permissions) -> Any:
        """The answer to one request. Raises what Google's refusal means."""
        try:
            answer = request.execute(http=self._spoken_for(user, permissions))
        except HttpError as error:
            refused: Any = error
            raise self._refusal(
                refused.status_code, refused.content, user, permissions
            ) from None  # the cause would carry the address
        if not isinstance(answer, dict):
            raise UnexpectedResponse(say("google.garbled"), hint=say("google.garbled_hint"))
        return cast("dict[str, Any]", answer)

    def ask_all(
        self, requests: Sequence[Any], user: str, permissions: Permissions
    ) -> list[dict[str, Any] | ConnectorError]:
        """The answers to at most `batch.MOST` reads in their order; what was refused, as an error.

        Google refuses each part on its own, behind the back of the courier: what was told to wait
        is asked again here, and all threads wait for it.
        """
        answers = send_batch(
            lambda left: self._parts({n: requests[n].uri for n in left}, user, permissions),
            len(requests),
            http=self._http,
            host=self._batch_url.split("/")[2],
            is_throttled=slowed_down,
            is_broken=lambda part: part.status in BROKEN,
        )
        return [self._told(part, user, permissions) for part in answers]

    def _parts(
        self, addresses: dict[int, str], user: str, permissions: Permissions
    ) -> dict[int, Part]:
        response, content = self._spoken_for(user, permissions).request(
            self._batch_url, "POST", batch.body_of(addresses), {"Content-Type": batch.KIND}
        )
        if response.status != 200:
            raise self._refusal(response.status, content, user, permissions)
        parts = batch.parts_of(response.get("content-type", ""), content)
        if parts.keys() != addresses.keys():
            raise UnexpectedResponse(say("google.garbled"), hint=say("google.garbled_hint"))
        return parts

    def _told(
        self, part: Part, user: str, permissions: Permissions
    ) -> dict[str, Any] | ConnectorError:
        if part.status == 200:
            return part.json()
        return self._refusal(part.status, part.body, user, permissions)

    def _spoken_for(self, user: str, permissions: Permissions) -> SpokenFor:
        return SpokenFor(
            self._http,
            bearer=lambda: self._sign_in.token(user, permissions),
            renew=lambda token: self._sign_in.drop(token, user, permissions),
        )

    def _refusal(
        self, status: int, content: bytes, user: str, permissions: Permissions
    ) -> ConnectorError:
        return refusal_of(
            status,
            content,
            user=user,
            permission=" ".join(permissions),
            client_id=self._sign_in.client_id,
        )


def built(api: str, version: str, base: str) -> Any:
    """A service from the discovery document that the library carries: no call, no credentials."""
    make = cast("Any", build)
    return make(
        api,
        version,
        http=object(),  # every request brings its own
        static_discovery=True,
        cache_discovery=False,
        client_options={"api_endpoint": base} if base else None,
    )


def followed(page: Callable[[str | None], Any], key: str) -> Iterator[Any]:
    """All entries of all pages; a short or empty page is not the end, a missing token is."""
    for answer in pages(page):
        yield from answer.get(key, [])


def pages(page: Callable[[str | None], Any], token: str | None = None) -> Iterator[Any]:
    """All pages, from the first or from a token on."""
    while True:
        answer = page(token)
        yield answer
        last, token = token, answer.get("nextPageToken")
        if not token:
            return
        if token == last:
            raise UnexpectedResponse(say("google.page_loop"), hint=say("google.run_again"))
