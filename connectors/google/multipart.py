"""Encoding and decoding of batches: several HTTP requests in one `multipart/mixed` body.

`BatchHttpRequest` of Google's client library is not used: it ignores a replaced base address,
refreshes tokens by itself, and hides throttled parts from the shared transport.

Source: https://developers.google.com/drive/api/guides/performance (read 2026-08-15)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

# Parts in one batch. Each one counts as a request against the quota.
# Source: https://developers.google.com/drive/api/guides/performance (read 2026-08-15)
MAX_PARTS = 100
MIN_PARTS = 2  # requests from which on a batch saves a round trip
_BOUNDARY = "tojimari_batch"
CONTENT_TYPE = f'multipart/mixed; boundary="{_BOUNDARY}"'


@dataclass(frozen=True, slots=True)
class BatchPart:
    """The response to one request of a batch.

    Attributes:
        status: The HTTP status of this part.
        headers: The headers of this part, names in lower case.
        body: The body of this part.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any] | None:
        """Return the body as a JSON object; None if it is none."""
        try:
            answer = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return cast("dict[str, Any]", answer) if isinstance(answer, dict) else None


def encode_batch(addresses: Mapping[int, str]) -> bytes:
    """Return a batch body with a GET request for each URL.

    Args:
        addresses: URLs by number. The numbers identify the parts of the response.
    """
    parts: list[str] = []
    for number, address in addresses.items():
        url = urlsplit(address)
        parts.append(
            f"--{_BOUNDARY}\r\nContent-Type: application/http\r\n"
            f"Content-ID: <part-{number}>\r\n\r\n"
            f"GET {url.path}?{url.query} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        )
    return "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode()


def decode_batch(content_type: str, body: bytes) -> dict[int, BatchPart]:
    """Return the parts of a batch response by their numbers.

    Parts without a number or a status line are left out; the caller notices that they are missing.

    Args:
        content_type: The value of the Content-Type header, which names the boundary.
        body: The body of the response.
    """
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if found is None:
        return {}
    parts: dict[int, BatchPart] = {}
    for piece in body.split(b"--" + found[1].encode())[1:]:
        outer, _, inner = piece.partition(b"\r\n\r\n")
        number = re.search(rb"(?i)content-id:\s*<response-part-(\d+)>", outer)
        head, _, content = inner.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = re.match(r"HTTP/\d\S* (\d{3})", lines[0])
        if number and status:
            parts[int(number[1])] = BatchPart(
                int(status[1]), _parse_headers(lines[1:]), content.strip()
            )
    return parts


def _parse_headers(lines: Sequence[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
