"""Bearer tokens are fetched once, renewed in time, and dropped when refused."""

from concurrent.futures import ThreadPoolExecutor

from connectors.sdk.http import TokenCache
from connectors.sdk.testing import FakeClock


def test_a_token_is_fetched_once_for_all_threads_and_each_subject() -> None:
    fetched: list[str] = []

    def fetch(subject: str) -> tuple[str, float]:
        fetched.append(subject)
        return f"{subject}-{len(fetched)}", 3600.0

    tokens = TokenCache(fetch)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(tokens.get, ["a"] * 20)) == {"a-1"}
    assert tokens.get("b") == "b-2"
    assert fetched == ["a", "b"]


def test_a_token_is_renewed_before_it_dies_and_after_it_was_refused() -> None:
    time, numbers = FakeClock(), iter("1234")
    tokens = TokenCache(lambda _: (next(numbers), 3600.0), clock=time)
    assert tokens.get() == "1"
    time.sleep(3500)
    assert tokens.get() == "2"
    tokens.invalidate("1")  # somebody else's old token
    assert tokens.get() == "2"
    tokens.invalidate("2")
    assert tokens.get() == "3"
