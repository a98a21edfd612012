"""Parts of a batch: each is throttled alone, and waits as long as it was asked to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from connectors.sdk.errors import QuotaExhausted
from connectors.sdk.http import HttpSession, ThrottlingTransport
from connectors.sdk.http.batch_retry import send_batch
from connectors.sdk.http.transport import MAX_ATTEMPTS, MAX_RETRY_AFTER
from connectors.sdk.testing import FakeClock

NOW = datetime(2026, 10, 21, 7, 27, tzinfo=UTC)


@dataclass
class Part:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(
    answers: Sequence[Sequence[Part]],
) -> tuple[list[Part], list[list[int]], float, HttpSession]:
    """Send a batch that is answered from a list; what came back, what was sent, how long."""
    time = FakeClock()
    http = HttpSession(
        ThrottlingTransport(user_agent="t", sleep=time.sleep, clock=time, now=lambda: NOW)
    )
    sent: list[list[int]] = []

    def send(numbers: Sequence[int]) -> dict[int, Part]:
        http.transport._acquire_slot(_request())
        row = answers[min(len(sent), len(answers) - 1)]
        sent.append(list(numbers))
        return dict(zip(numbers, row, strict=True))

    begun = time()
    parts = send_batch(
        send,
        len(answers[0]),
        http=http,
        host="graph.example",
        is_throttled=lambda part: part.status == 429,
        is_broken=lambda part: part.status == 503,
    )
    return parts, sent, time() - begun, http


def _request():
    import requests

    return requests.Request("POST", "https://graph.example/$batch").prepare()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "7"}, 7),
        ({"Retry-After": format_datetime(NOW.replace(minute=28), usegmt=True)}, 60),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60),
        ({"Retry-After": "Wed, 21 Oct 2026 07:00:00 GMT"}, 1),  # a date that has passed
        ({"Retry-After": "soon"}, 1),
        ({"RateLimit-Reset": "9"}, 9),
        ({}, 1),
    ],
)
def test_a_throttled_part_waits_for_the_time_it_was_given_in_seconds_or_as_a_date(headers, seconds):
    parts, sent, waited, http = ask([[Part(200), Part(429, headers)], [Part(200)]])
    assert [part.status for part in parts] == [200, 200]
    assert sent == [[0, 1], [1]]
    assert waited == pytest.approx(seconds)
    assert http.meter.refused == 1


def test_the_longest_pause_of_all_parts_counts():
    first = [Part(429, {"Retry-After": "3"}), Part(503, {"Retry-After": "8"})]
    _, sent, waited, _ = ask([first, [Part(200), Part(200)]])
    assert sent == [[0, 1], [0, 1]]
    assert waited == pytest.approx(8)


def test_a_part_that_stays_broken_costs_only_itself():
    parts, sent, _, _ = ask([[Part(200), Part(503)], [Part(503)]])
    assert [part.status for part in parts] == [200, 503]
    assert len(sent) == MAX_ATTEMPTS


def test_a_part_that_stays_throttled_ends_the_batch_resumably():
    with pytest.raises(QuotaExhausted):
        ask([[Part(429)], [Part(429)]])


def test_a_pause_longer_than_a_run_waits_is_not_waited_for():
    with pytest.raises(QuotaExhausted):
        ask([[Part(429, {"Retry-After": str(MAX_RETRY_AFTER + 1)})]])
