"""Many reads in one round trip, in the form of Google's batches: HTTP inside of multipart/mixed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

MOST = 100  # parts that Drive takes
WORTH = 2  # reads from which on a batch saves anything
_BOUNDARY = "tojimari_batch"
KIND = f'multipart/mixed; boundary="{_BOUNDARY}"'


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one read of a batch."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object; empty where it is none."""
        try:
            answer = json.loads(self.body)
        except ValueError:
            return {}
        return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}


def body_of(addresses: Mapping[int, str]) -> bytes:
    """The reads as one body; the numbers come back with the answers."""
    parts: list[str] = []
    for number, address in addresses.items():
        url = urlsplit(address)
        parts.append(
            f"--{_BOUNDARY}\r\nContent-Type: application/http\r\n"
            f"Content-ID: <part-{number}>\r\n\r\n"
            f"GET {url.path}?{url.query} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        )
    return "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode()


def parts_of(kind: str, body: bytes) -> dict[int, Part]:
    """The answers by their numbers; what is no answer is left out, so that it is missed."""
    found = re.search(r'boundary="?([^";]+)"?', kind)
    if found is None:
        return {}
    parts: dict[int, Part] = {}
    for piece in body.split(b"--" + found[1].encode())[1:]:
        outer, _, inner = piece.partition(b"\r\n\r\n")
        number = re.search(rb"(?i)content-id:\s*<response-part-(\d+)>", outer)
        head, _, content = inner.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = re.match(r"HTTP/\d\S* (\d{3})", lines[0])
        if number and status:
            parts[int(number[1])] = Part(int(status[1]), _headers_of(lines[1:]), content.strip())
    return parts


def _headers_of(lines: Sequence[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
