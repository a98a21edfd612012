"""The error responses of Graph."""

from __future__ import annotations

from connectors.sdk.local_server import Response


def error_response(status: int, code: str, message: str = "", **headers: str) -> Response:
    """Return an error response in the form of Graph."""
    inner = {"date": "2026-11-21T03:00:00", "request-id": "0", "client-request-id": "0"}
    body = {"error": {"code": code, "message": message or code, "innerError": inner}}
    return Response(status=status, body=body, headers=headers)


INVALID = error_response(400, "invalidRequest", "Invalid request.")
NOT_FOUND = error_response(404, "itemNotFound", "The resource could not be found.")
RESYNC = error_response(410, "resyncChangesApplyDifferences", "Resync required.")
