import pytest
import requests

from connectors.sdk.errors import QuotaExhausted
from connectors.sdk.http.rate_limiter import DAY, RateLimiter
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
