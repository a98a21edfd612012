"""Format an event as one line of CEF (Common Event Format), version 0.

In the header `\\` and `|` are escaped; in an extension `\\`, `=` and line breaks. Control
characters become `?`. So a file name, which an outsider may choose, cannot add a field or a line.

Source: https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.3/cef-implementation-standard/Content/CEF/Chapter%201%20What%20is%20CEF.htm
(read 2026-11-30)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from agent import __version__
from agent.events import Event
from agent.sinks.flat_event import flatten

CEF_SEVERITIES: Final = {0: 0, 1: 1, 2: 3, 3: 5, 4: 8, 5: 10}
"""OCSF severity -> CEF severity, which goes from 0 to 10."""
ACT_VALUES: Final = {
    "new": "created", "returned": "created", "changed": "changed", "resolved": "resolved",
    "waived": "waived",
}  # fmt: skip
TEXT_EXTENSIONS: Final = (  # extension -> column; labelled ones as CEF's custom strings
    ("externalId", "finding_id"),
    ("fname", "subject_name"),
    ("filePath", "item_path"),
    ("request", "item_url"),
    ("suser", "owner"),
)
CUSTOM_STRINGS: Final = (
    ("cs1", "exposure", "audience"),
    ("cs2", "role", "access"),
    ("cs3", "tenant", "source_tenant_id"),
    ("cs4", "site", "scope_title"),
)
MIN_VALUE_LENGTH: Final = 16  # characters; what is below is not cut
TRUNCATION_MARKER: Final = ("cs6Label=truncated", "cs6=true")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")


def to_cef(event: Event, max_bytes: int) -> str:
    """Return the event as a line of CEF.

    Args:
        event: An OCSF event.
        max_bytes: The largest length in bytes of UTF-8. In a longer line the longest values are
            halved until it fits, and `cs6Label=truncated` is added. Values of up to 16 characters
            are kept, so that a very small limit may be exceeded.
    """
    flat = flatten(event)
    title = _title(flat)
    pairs = dict(_extensions(event, flat))
    line = _format_line(flat, title, pairs, ())
    while len(line.encode()) > max_bytes:
        longest = max(pairs, key=lambda name: len(pairs[name]), default="")
        if longest and len(pairs[longest]) > max(MIN_VALUE_LENGTH, len(title)):
            pairs[longest] = pairs[longest][: len(pairs[longest]) // 2]
        elif len(title) > MIN_VALUE_LENGTH:
            title = title[: len(title) // 2]
        else:
            break  # only numbers are left
        line = _format_line(flat, title, pairs, TRUNCATION_MARKER)
    return line


def _format_line(
    flat: Mapping[str, Any], title: str, pairs: Mapping[str, str], more: tuple[str, ...]
) -> str:
    rule = str(flat.get("rule", "") or flat.get("transition", "") or "event")
    head = "|".join(map(_escape_header, ("tojimari", "tojimari", __version__, rule, title)))
    level = CEF_SEVERITIES.get(flat.get("severity_id", 0), 0)
    extension = " ".join(
        (*(f"{name}={_escape_extension(value)}" for name, value in pairs.items()), *more)
    )
    return f"CEF:0|{head}|{level}|{extension}"


def _title(flat: Mapping[str, Any]) -> str:
    return str(flat.get("finding_title") or flat.get("scan_detail") or "tojimari")


def _extensions(event: Event, flat: Mapping[str, Any]) -> list[tuple[str, str]]:
    word = str(flat.get("transition", ""))
    pairs = [("act", ACT_VALUES.get(word, word)), ("rt", str(event["time"]))]
    pairs += [("deviceExternalId", str(flat["event_id"])), ("cat", str(flat.get("service", "")))]
    pairs += [(name, str(flat[column])) for name, column in TEXT_EXTENSIONS if column in flat]
    if principals := flat.get("principals"):
        pairs.append(("duser", "; ".join(principals)))
    for name, label, column in CUSTOM_STRINGS:
        if column in flat:
            pairs += [(f"{name}Label", label), (name, str(flat[column]))]
    if reasons := flat.get("reasons"):
        pairs += [("cs5Label", "reason"), ("cs5", " ".join(reasons))]
    if (score := flat.get("score")) is not None:
        pairs += [("cn1Label", "score"), ("cn1", str(score))]
    for name, first, second in (
        ("start", "first_seen", "scan_started"),
        ("end", "last_seen", "scan_ended"),
    ):
        if when := flat.get(first) or flat.get(second):
            pairs.append((name, str(round(datetime.fromisoformat(when).timestamp() * 1000))))
    if said := flat.get("scan_detail"):
        pairs.append(("msg", str(said)))
    return [(name, value) for name, value in pairs if value]


def _escape_header(text: str) -> str:
    plain = _CONTROL.sub("?", _BREAK.sub(" ", text))
    return plain.replace("\\", "\\\\").replace("|", "\\|")


def _escape_extension(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("=", "\\=")
    return _CONTROL.sub("?", _BREAK.sub(r"\\n", escaped))
