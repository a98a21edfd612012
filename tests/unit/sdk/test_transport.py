"""The one way out: what it retries, how long it waits, what it refuses."""

import gzip
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from connectors.google.errors import is_rate_limited
from connectors.salesforce.errors import is_soap_fault
from connectors.sdk.errors import ConnectorError, QuotaExhausted, UnexpectedResponse, Unreachable
from connectors.sdk.http import Budget, HttpSession, ThrottlingTransport, UsageMeter, metered
from connectors.sdk.http.ordered_pool import OrderedThreadPool
from connectors.sdk.http.transport import (
    MAX_ANSWER_BYTES,
    MAX_SECONDS,
    is_throttled,
    retry_after,
)
from connectors.sdk.local_server import (
    LocalCertificateAuthority,
    LocalHttpsServer,
    Request,
    Response,
)
from connectors.sdk.testing import FakeClock

GOOGLE = {"error": {"errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded"}]}}
DENIED = {"error": {"errors": [{"domain": "global", "reason": "insufficientPermissions"}]}}


class House:
    """A server that answers from a list, then with its last answer, and a way to it."""

    def __init__(self, folder: Path) -> None:
        self.authority = LocalCertificateAuthority(folder)
        self.time = FakeClock()
        self.answers: list[Response] = [Response(body={"ok": True})]
        self.asked: list[tuple[float, Request]] = []

    def respond(self, request: Request) -> Response:
        self.asked.append((self.time(), request))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def http(self, **options: object) -> HttpSession:
        wanted: dict[str, object] = {
            "user_agent": "NONISV|tojimari|tojimari/test (gzip)",
            "ca_bundle": str(self.authority.bundle),
            "sleep": self.time.sleep,
            "clock": self.time,
        }
        http = HttpSession(ThrottlingTransport(**wanted | options))  # type: ignore[arg-type]
        http.set_vendor_rules(is_throttled=is_rate_limited, is_refusal=is_soap_fault)
        return http


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.parametrize(
    ("trouble", "waits"),
    [
        (Response(status=429, headers={"Retry-After": "7"}), (7, 7)),
        (Response(status=503, headers={"Retry-After": "7"}), (7, 7)),
        (Response(status=429, headers={"Retry-After": "2", "RateLimit-Reset": "9"}), (9, 9)),
        (Response(status=429), (1, 2)),
        (Response(status=403, body=GOOGLE), (1, 2)),
        (Response(status=500), (1, 2)),
        (Response(status=502, body=b"<html>", headers={"Content-Type": "text/html"}), (1, 2)),
        (Response(status=504), (1, 2)),
        (Response(cut="before"), (1, 2)),
        (Response(cut="middle", body=b"0123456789"), (1, 2)),
    ],
    ids=lambda v: str(v) if isinstance(v, tuple) else f"{v.status}{v.cut}{dict(v.headers)}",
)
def test_what_may_be_repeated_is_repeated_after_the_time_that_was_asked_for(
    house: House, trouble: Response, waits: tuple[float, float]
) -> None:
    house.answers = [trouble, Response(body={"ok": True})]
    with LocalHttpsServer(house.respond, house.authority) as service:
        begun = house.time()
        assert house.http().get(service.url).json() == {"ok": True}
    assert waits[0] <= house.time() - begun <= waits[1]
    assert len(house.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 423])
def test_a_refusal_is_the_connectors_to_understand(house: House, status: int) -> None:
    house.answers = [Response(status=status, body=DENIED)]
    with LocalHttpsServer(house.respond, house.authority) as service:
        assert house.http().get(service.url).status_code == status
    assert len(house.asked) == 1


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Response(status=429, headers={"Retry-After": "1"}), QuotaExhausted),
        (Response(status=500), UnexpectedResponse),
        (Response(cut="before"), Unreachable),
    ],
)
def test_retries_are_bounded_and_the_error_says_what_to_do(
    house: House, trouble: Response, error: type[ConnectorError]
) -> None:
    house.answers = [trouble]
    with (
        LocalHttpsServer(house.respond, house.authority) as service,
        pytest.raises(error) as caught,
    ):
        house.http().get(service.url)
    assert caught.value.hint is not None
    assert 4 <= len(house.asked) <= 10


def test_a_pause_longer_than_patience_ends_the_reading_at_once(house: House) -> None:
    house.answers = [Response(status=429, headers={"Retry-After": "86400"})]
    with LocalHttpsServer(house.respond, house.authority) as service, pytest.raises(QuotaExhausted):
        house.http().get(service.url)
    assert len(house.asked) == 1


def test_nobody_asks_during_a_pause_that_one_thread_was_told(house: House) -> None:
    house.answers = [Response(status=429, headers={"Retry-After": "60"}), Response(body={})]
    http = house.http()
    with LocalHttpsServer(house.respond, house.authority) as service:
        begun = house.time()
        http.get(service.url)
        http.get(service.url)
    times = [when - begun for when, _ in house.asked]
    assert times == [0, 60, 60]


def test_a_pause_for_a_part_of_a_batch_holds_everybody_and_pauses_do_not_add_up(
    house: House,
) -> None:
    http = house.http()
    with LocalHttpsServer(house.respond, house.authority) as service:
        begun = house.time()
        http.pause_all(30)
        http.pause_all(10)
        http.get(service.url)
        http.get(service.url)
    assert [when - begun for when, _ in house.asked] == [30, 30]
    assert http.meter.refused == 2


def test_a_known_quota_is_kept_ahead_instead_of_bounced_off(house: House) -> None:
    http = house.http()
    http.set_rate_limit(60, lambda _: 5.0)
    with LocalHttpsServer(house.respond, house.authority) as service:
        begun = house.time()
        for _ in range(20):
            http.get(service.url)
    spent = house.time() - begun
    assert 93 <= spent <= 95  # 100 units at one a second, six seconds' worth at once
    assert http.meter.units == 100
    assert http.meter.refused == 0


def test_a_budget_of_calls_and_of_minutes_ends_the_reading_resumably(house: House) -> None:
    with LocalHttpsServer(house.respond, house.authority) as service:
        http = house.http(budget=Budget(calls=2))
        http.get(service.url)
        http.get(service.url)
        with pytest.raises(QuotaExhausted, match=r"sdk\.calls_spent"):
            http.get(service.url)
        late = house.http(budget=Budget(seconds=30, clock=house.time))
        late.get(service.url)
        house.time.sleep(31)
        with pytest.raises(QuotaExhausted, match=r"sdk\.minutes_spent"):
            late.get(service.url)


def test_a_pause_that_would_outlast_the_run_is_not_begun(house: House) -> None:
    house.answers = [Response(status=429, headers={"Retry-After": "600"})]
    http = house.http(budget=Budget(seconds=60, clock=house.time))
    with LocalHttpsServer(house.respond, house.authority) as service:
        begun = house.time()
        with pytest.raises(QuotaExhausted, match=r"sdk\.minutes_spent"):
            http.get(service.url)
    assert house.time() == begun


def test_calls_count_for_the_tenant_and_for_the_scope_that_asked(house: House) -> None:
    http, scope = house.http(), UsageMeter()
    with LocalHttpsServer(house.respond, house.authority) as service:
        http.get(service.url)
        with metered(scope):
            http.get(service.url)
    assert (http.meter.calls, scope.calls) == (2, 1)


def test_every_request_introduces_itself_whatever_the_library_says(house: House) -> None:
    with LocalHttpsServer(house.respond, house.authority) as service:
        house.http().get(service.url, headers={"User-Agent": "python-msal"})
    assert house.asked[0][1].headers["user-agent"].startswith("NONISV|tojimari|")


def test_a_certificate_of_an_unknown_authority_is_refused_without_a_retry(
    house: House, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with LocalHttpsServer(house.respond, house.authority) as service:
        http = house.http(ca_bundle=str(LocalCertificateAuthority(other).bundle))
        with pytest.raises(Unreachable, match=r"sdk\.tls"):
            http.get(service.url)
    assert house.asked == []


def test_the_environment_cannot_replace_the_configured_bundle(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere.pem"))
    with LocalHttpsServer(house.respond, house.authority) as service:
        assert house.http().get(service.url).ok


def test_plain_http_has_no_way_out_and_the_error_names_only_the_host(house: House) -> None:
    with pytest.raises(UnexpectedResponse) as caught:
        house.http().get("http://127.0.0.1:9/login?token=hunter2")
    assert "hunter2" not in str(caught.value)


def test_no_redirect_is_followed(house: House) -> None:
    away = {"Location": "http://portal.example/?u=hunter2"}
    house.answers = [Response(status=302, headers=away)]
    with LocalHttpsServer(house.respond, house.authority) as service:
        assert house.http().get(service.url).status_code == 302
    assert len(house.asked) == 1


@pytest.mark.parametrize("asked", ["0", "Sat, 21 Nov 2020 03:00:00 GMT"])
def test_a_clock_that_is_fast_does_not_burn_all_tries_at_once(house: House, asked: str) -> None:
    house.answers = [Response(status=429, headers={"Retry-After": asked})]
    begun = house.time()
    with LocalHttpsServer(house.respond, house.authority) as service, pytest.raises(QuotaExhausted):
        house.http().get(service.url)
    assert house.time() - begun > 30


def test_who_comes_after_a_pause_beyond_patience_asks_nothing(house: House) -> None:
    house.answers = [Response(status=429, headers={"Retry-After": "86400"})]
    http = house.http()
    with LocalHttpsServer(house.respond, house.authority) as service:
        for _ in range(5):
            with pytest.raises(QuotaExhausted):
                http.get(service.url)
    assert len(house.asked) == 1


def test_a_dead_network_is_waited_for_once_and_forgiven_when_it_is_back(house: House) -> None:
    house.answers = [Response(cut="before")]
    http = house.http()
    with LocalHttpsServer(house.respond, house.authority) as service:
        for tries in (4, 5, 6):
            with pytest.raises(Unreachable):
                http.get(service.url)
            assert len(house.asked) == tries
        house.answers = [Response(body={})]
        http.get(service.url)
        house.answers = [Response(cut="before"), Response(body={})]
        assert http.get(service.url).ok


def test_a_handshake_that_is_cut_is_tried_again(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        met: list[int] = []

        def hang_up() -> None:
            for _ in range(2):
                line, _ = server.accept()
                line.recv(1)
                line.close()
                met.append(1)

        Thread(target=hang_up, daemon=True).start()
        host, port = server.getsockname()
        http = house.http(budget=Budget(calls=2))
        with pytest.raises(QuotaExhausted):
            http.get(f"https://{host}:{port}/")
    assert len(met) == 2


def test_a_proxy_of_the_configuration_is_asked_for_every_request(house: House) -> None:
    with pytest.raises(Unreachable):  # nobody listens there: the request went to the proxy
        house.http(proxy="http://127.0.0.1:9").get("https://graph.example/")


def test_a_proxy_of_the_environment_is_used_unless_the_host_is_excepted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with LocalHttpsServer(house.respond, house.authority) as service:
        assert house.http().get(service.url).ok
        with pytest.raises(Unreachable):
            house.http().get("https://graph.example/")


NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("Sat, 21 Nov 2026 03:01:30 GMT", 90.0),
        ("Sat, 21 Nov 2026 02:00:00 GMT", 0.0),
        ("soon", 5.0),
        ("", 5.0),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float) -> None:
    assert retry_after({"Retry-After": value}, NOW, default=5.0) == seconds


@pytest.mark.parametrize(
    ("status", "headers", "body", "slow"),
    [
        (429, {}, b"", True),
        (503, {"Retry-After": "1"}, b"", True),
        (503, {}, b"", False),
        (403, {}, b'{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}', True),
        (403, {}, b'{"error":{"details":[{"reason":"RATE_LIMIT_EXCEEDED"}]}}', True),
        (403, {}, b'{"error":{"errors":[{"reason":"insufficientFilePermissions"}]}}', False),
        (403, {}, b'[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]', False),
        (200, {}, b'"rateLimitExceeded"', False),
    ],
)
def test_a_slow_down_is_told_from_a_refusal(
    status: int, headers: dict[str, str], body: bytes, slow: bool
) -> None:
    answer = requests.Response()
    answer.status_code = status
    answer.headers.update(headers)
    answer._content = body
    assert is_rate_limited(answer) is slow
    assert is_throttled(answer) is (slow and status != 403)


def test_lanes_keep_the_order_and_end_at_the_first_error() -> None:
    lanes = OrderedThreadPool(3)
    assert list(lanes.map(lambda n: n * n, range(20))) == [n * n for n in range(20)]

    def fails_at_five(n: int) -> int:
        if n == 5:
            raise ValueError(n)
        return n

    taken: list[int] = []
    with pytest.raises(ValueError, match="5"):
        taken.extend(lanes.map(fails_at_five, range(100)))
    lanes.close()


def test_lanes_ask_only_a_few_ahead_of_an_endless_source() -> None:
    lanes = OrderedThreadPool(4)
    answers = lanes.map(lambda n: n, count())
    assert [next(answers) for _ in range(10)] == list(range(10))
    answers.close()  # type: ignore[attr-defined]
    lanes.close()


def test_an_answer_that_unpacks_to_more_than_fits_ends_with_a_sentence(house: House) -> None:
    small = gzip.compress(bytes(MAX_ANSWER_BYTES + 1))
    assert len(small) < 1 << 20
    house.answers = [Response(body=small, headers={"Content-Encoding": "gzip"})]
    http = house.http()
    with (
        LocalHttpsServer(house.respond, house.authority) as server,
        pytest.raises(UnexpectedResponse) as stopped,
    ):
        http.get(server.url)
    assert stopped.value.message.key == "sdk.too_large"
    assert http.meter.calls == 1  # it would not be smaller the second time


def test_an_answer_that_fits_arrives_whole(house: House) -> None:
    whole = bytes(range(256)) * 4096
    packed = Response(body=gzip.compress(whole), headers={"Content-Encoding": "gzip"})
    house.answers = [packed, Response(body=whole)]
    http = house.http()
    with LocalHttpsServer(house.respond, house.authority) as server:
        assert http.get(server.url).content == whole
        assert http.get(server.url).content == whole


class Dripping:
    """A response whose body never ends."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock

    def iter_content(self, _size: int) -> Iterator[bytes]:
        while True:
            self.clock.sleep(1.0)
            yield b"x"

    def close(self) -> None:
        """Nothing is open."""


def test_an_answer_that_drips_for_longer_than_patience_is_given_up(house: House) -> None:
    drip: Any = Dripping(house.time)
    with pytest.raises(requests.exceptions.Timeout):
        house.http().transport._read_body(drip, "x")
    budget = Budget(seconds=20, clock=house.time)
    with pytest.raises(QuotaExhausted):
        house.http(budget=budget).transport._read_body(drip, "x")
    assert house.time.seconds < 1000 + MAX_SECONDS + 30
