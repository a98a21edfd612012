"""Repeat the throttled parts of a batch: a vendor throttles each part of a batch on its own.

The transport sees one answer with status 200 and cannot know. Both Graph and Google's Drive
answer so.

Source: https://learn.microsoft.com/en-us/graph/throttling (read 2026-11-29)
Source: https://developers.google.com/drive/api/guides/handle-errors (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from requests.structures import CaseInsensitiveDict

from connectors.sdk.errors import QuotaExhausted
from connectors.sdk.http.session import HttpSession
from connectors.sdk.http.transport import MAX_ATTEMPTS, MAX_RETRY_AFTER, retry_after
from connectors.sdk.message import say


class Part(Protocol):
    """The answer to one request of a batch."""

    @property
    def status(self) -> int:
        """The HTTP status of this part."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of this part."""
        ...


P = TypeVar("P", bound=Part)


def send_batch(
    send: Callable[[Sequence[int]], Mapping[int, P]],
    count: int,
    *,
    http: HttpSession,
    host: str,
    is_throttled: Callable[[P], bool],
    is_broken: Callable[[P], bool],
) -> list[P]:
    """Return the answers to a batch of `count` requests, in the order of the requests.

    Parts that were throttled or that met a server error are sent again, up to `MAX_ATTEMPTS` times;
    before each attempt every thread of the tenant pauses for the longest `Retry-After` (seconds
    or date) of those parts, else for an exponential delay. A part that stays broken is returned.

    Args:
        send: Sends the requests of these numbers (0 to `count` - 1) and returns their answers.
        host: Named in the error.

    Raises:
        QuotaExhausted: A part stays throttled, or asks for a pause longer than `MAX_RETRY_AFTER`.
    """
    answers: dict[int, P] = {}
    left: list[int] = list(range(count))
    for attempt in range(MAX_ATTEMPTS):
        if attempt:
            waiting = [answers[number] for number in left]
            delay = _delay(waiting, http, attempt)
            if delay > MAX_RETRY_AFTER:
                raise _throttled(host)
            http.pause_all(delay, refused=sum(map(is_throttled, waiting)))
        answers |= send(left)
        left = [n for n in left if is_throttled(answers[n]) or is_broken(answers[n])]
        if not left:
            break
    if any(is_throttled(answers[number]) for number in left):
        raise _throttled(host)
    return [answers[number] for number in range(count)]


def _delay(parts: Sequence[Part], http: HttpSession, attempt: int) -> float:
    """Return the seconds to wait before an attempt; at least 1, also where a date has passed."""
    default = min(2.0 ** (attempt - 1), 32.0)
    delays = [
        retry_after(CaseInsensitiveDict(part.headers), http.transport.now(), default=0.0)
        for part in parts
    ]
    return max(delays) or default


def _throttled(host: str) -> QuotaExhausted:
    return QuotaExhausted(say("sdk.throttled", host=host), hint=say("sdk.resume_later"))
