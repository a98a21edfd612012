"""Simulated batch endpoint: `multipart/mixed` in both directions, parts in any order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

from connectors.google.demo.responses import error
from connectors.sdk.local_server import Request, Response

_BOUNDARY = "batch_example"


def batch_response(request: Request, respond: Callable[[Request], Response]) -> Response:
    """Return the responses to all parts; the authorization of the batch holds for each."""
    found = re.search(r'boundary="?([^";]+)', request.headers.get("content-type", ""))
    pieces = request.body.decode().split(f"--{found[1]}")[1:-1] if found else []
    if not 0 < len(pieces) <= 100:
        return error(400, "badRequest", "Failed to parse batch request")
    parts = [_part(piece, request, respond) for piece in reversed(pieces)]
    body = "".join(f"--{_BOUNDARY}\r\n{part}\r\n" for part in parts) + f"--{_BOUNDARY}--\r\n"
    kind = f"multipart/mixed; boundary={_BOUNDARY}"
    return Response(body=body.encode(), headers={"Content-Type": kind})


def _part(piece: str, request: Request, respond: Callable[[Request], Response]) -> str:
    outer, _, inner = piece.strip().partition("\r\n\r\n")
    number = re.search(r"Content-ID: <(.+)>", outer)
    method, address, _ = inner.split("\r\n", 1)[0].split(" ")
    url = urlsplit(address)
    answer = respond(
        Request(
            method=method,
            path=unquote(url.path),
            query={k: v[0] for k, v in parse_qs(url.query, keep_blank_values=True).items()},
            headers={"authorization": request.headers.get("authorization", "")},
            body=b"",
            base=request.base,
        )
    )
    body = answer.body
    text = body.decode("latin-1") if isinstance(body, bytes) else json.dumps(body)
    headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    return (
        "Content-Type: application/http\r\n"
        f"Content-ID: <response-{number[1] if number else ''}>\r\n\r\n"
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"Content-Type: application/json\r\n{headers}\r\n{text}"
    )
