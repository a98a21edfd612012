"""HTTP: every request of every vendor library goes through one transport for each tenant."""

from connectors.sdk.http.transport import ThrottlingTransport
from connectors.sdk.http.usage import Budget, UsageMeter, metered
from connectors.sdk.http.rate_limiter import RateLimiter
from connectors.sdk.http.session import HttpSession
from connectors.sdk.http.token_cache import TokenCache

__all__ = ["Budget", "ThrottlingTransport", "HttpSession", "UsageMeter", "RateLimiter", "TokenCache", "metered"]
