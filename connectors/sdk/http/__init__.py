"""HTTP: every request of every vendor library goes through one transport for each tenant."""

from connectors.sdk.http.rate_limiter import RateLimiter
from connectors.sdk.http.session import HttpSession
from connectors.sdk.http.token_cache import TokenCache
from connectors.sdk.http.transport import ThrottlingTransport
from connectors.sdk.http.usage import Budget, UsageMeter, metered

__all__ = [
    "Budget",
    "HttpSession",
    "RateLimiter",
    "ThrottlingTransport",
    "TokenCache",
    "UsageMeter",
    "metered",
]
