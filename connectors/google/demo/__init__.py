"""Simulated Workspace of the invented company Example K.K., served as Google's HTTP APIs."""

from __future__ import annotations

from connectors.google.demo.responses import error
from connectors.google.demo.tenant import Tenant
from connectors.google.demo.token_endpoint import table
from connectors.sdk.local_server import Response

__all__ = ["DENIED", "THROTTLED", "Tenant", "table"]

DENIED = error(
    403,
    "insufficientPermissions",
    "Insufficient Permission: Request had insufficient authentication scopes.",
)
_SLOWER = error(403, "userRateLimitExceeded", "User Rate Limit Exceeded")
THROTTLED = Response(status=403, body=_SLOWER.body, headers={"Retry-After": "1"})
