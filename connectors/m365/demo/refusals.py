"""The error responses of Graph."""

from __future__ import annotations

from connectors.sdk.loopback import Response


def refusal(status: int, code: str, message: str = "", **headers: str) -> Response:
    """Return an error response in the form of Graph."""
    inner = {"date": "2026-11-21T03:00:00", "request-id": "0", "client-request-id": "0"}
    body = {"error": {"code": code, "message": message or code, "innerError": inner}}
    return Response(status=status, body=body, headers=headers)


INVALID = refusal(400, "invalidRequest", "Invalid request.")
NOT_FOUND = refusal(404, "itemNotFound", "The resource could not be found.")
RESYNC = refusal(410, "resyncChangesApplyDifferences", "Resync required.")
