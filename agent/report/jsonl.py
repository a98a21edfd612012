"""Findings and exposures as JSON lines with their types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import TrackedFinding
from agent.report.columns import schema_version
from agent.report.csv_rows import LIST_SEPARATOR, format_time
from agent.text import Text
from agent.text.findings import finding_fix, finding_reasons

_BREAKS = {code: f"\\u{code:04x}" for code in (0x7F, 0x85, 0x2028, 0x2029)}


def to_line(row: Mapping[str, Any]) -> str:
    """Return an object as one line; U+2028 and similar characters are escaped."""
    return json.dumps(row, ensure_ascii=False).translate(_BREAKS)


def finding_object(kept: TrackedFinding, text: Text) -> dict[str, Any]:
    """Return a finding for programs, with its sentences."""
    finding = kept.finding
    return asdict(finding) | {
        "severity": finding.severity.word,
        "confidence": finding.confidence.word,
        "state": kept.state,
        "rules": list(finding.rules),
        "reasons": finding_reasons(finding, text),
        "fix": finding_fix(finding, text),
        "first_seen": format_time(kept.first_seen),
        "last_seen": format_time(kept.last_seen),
        "changed_at": format_time(kept.changed_at),
        "occurrence": kept.occurrence,
        "waived_until": kept.waived_until,
        "waived_by": kept.waived_by,
    }


def exposure_object(row: ExposureRow) -> dict[str, Any]:
    """Return an exposure for programs; `rules` and `principal_domain` are lists."""
    lists = {name: _split(getattr(row, name)) for name in ("rules", "principal_domain")}
    return asdict(row) | lists


def with_run(row: Mapping[str, Any], run_id: str) -> dict[str, Any]:
    """Return the object with the id of the run and the version of the schema."""
    return {"schema_version": schema_version(), "run_id": run_id, **row}


def _split(joined: str) -> list[str]:
    return joined.split(LIST_SEPARATOR) if joined else []
