"""HTTP: every request of every vendor library goes through one transport for each tenant."""

from connectors.sdk.http.courier import ThrottlingTransport
from connectors.sdk.http.meter import Budget, UsageMeter, metered
from connectors.sdk.http.pace import RateLimiter
from connectors.sdk.http.session import HttpSession
from connectors.sdk.http.tokens import TokenCache

__all__ = ["Budget", "ThrottlingTransport", "HttpSession", "UsageMeter", "RateLimiter", "TokenCache", "metered"]
