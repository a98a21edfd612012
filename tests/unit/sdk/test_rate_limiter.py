import pytest
import requests

from connectors.sdk.errors import QuotaExhausted
from connectors.sdk.http.rate_limiter import DAY, MAX_USERS, RateLimiter
from connectors.sdk.testing import FakeClock


def price(_: requests.PreparedRequest) -> float:
    return 1.0


def test_a_day_ends_before_the_tenant_does_and_the_next_goes_on() -> None:
    time = FakeClock()
    pace = RateLimiter(60, cost=price, per_day=10, clock=time)
    for _ in range(10):
        pace.acquire(1)
    with pytest.raises(QuotaExhausted):
        pace.acquire(1)
    time.sleep(DAY)
    assert pace.acquire(1) == 0.0


def test_a_user_has_a_quota_besides_that_of_the_tenant() -> None:
    time = FakeClock()
    pace = RateLimiter(600, cost=price, per_user=60, burst=0.0, clock=time)
    assert pace.acquire(1, "a") == 1.0
    assert pace.acquire(1, "a") == 2.0
    assert pace.acquire(1, "b") == 1.0  # another one waits for nobody
    assert pace.acquire(1) == pytest.approx(0.4)  # of nobody in particular: the tenant's pace


def test_many_users_wait_for_the_quota_of_the_tenant() -> None:
    time = FakeClock()
    pace = RateLimiter(60, cost=price, per_user=60, burst=0.0, clock=time)
    assert [pace.acquire(1, str(n)) for n in range(3)] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("size", [100.0, 10_000.0])  # a list, and a batch of a hundred
def test_no_minute_of_a_user_is_above_the_quota_whatever_the_requests_cost(size: float) -> None:
    time = FakeClock()
    pace = RateLimiter(900_000, cost=price, per_user=292_500, clock=time)
    sent: list[tuple[float, float]] = []
    while time.seconds < 1000.0 + 600:
        time.sleep(pace.acquire(size, "manager"))
        sent.append((time.seconds, size))
    for start in range(1000, 1540, 7):
        used = sum(units for when, units in sent if start <= when < start + 60)
        assert used <= 325_000


def test_users_who_owe_nothing_are_forgotten() -> None:
    time = FakeClock()
    pace = RateLimiter(60e6, cost=price, per_user=60, clock=time)
    for n in range(3 * MAX_USERS):
        time.sleep(1)
        pace.acquire(1, str(n))
    assert len(pace._users) <= MAX_USERS  # pyright: ignore[reportPrivateUsage]
