"""A simulated organization behind Salesforce's own HTTP interface."""

from __future__ import annotations

from connectors.salesforce.demo.credentials import table
from connectors.salesforce.demo.tenant import Tenant
from connectors.sdk.local_server import Response

__all__ = ["DENIED", "THROTTLED", "Tenant", "table"]

DENIED = Response(
    status=403,
    body=[{"errorCode": "INSUFFICIENT_ACCESS", "message": "insufficient access rights"}],
)
THROTTLED = Response(
    status=503,
    body=[{"errorCode": "SERVER_UNAVAILABLE", "message": "Server is busy, try again later"}],
    headers={"Retry-After": "1"},
)
