"""Findings and exposures as JSON lines: typed, whole, and as their owners wrote them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import Kept
from agent.report.columns import schema_version
from agent.report.rows import BETWEEN, fix_of, moment, reasons_of
from agent.text import Text

_BREAKS = {code: f"\\u{code:04x}" for code in (0x7F, 0x85, 0x2028, 0x2029)}


def line(row: Mapping[str, Any]) -> str:
    """One line, also for a reader that takes U+2028 and its kin for a break."""
    return json.dumps(row, ensure_ascii=False).translate(_BREAKS)


def finding_object(kept: Kept, text: Text) -> dict[str, Any]:
    """A finding for a program, with its sentences."""
    finding = kept.finding
    return asdict(finding) | {
        "severity": finding.severity.word,
        "confidence": finding.confidence.word,
        "state": kept.state,
        "rules": list(finding.rules),
        "reasons": reasons_of(finding, text),
        "fix": fix_of(finding, text),
        "first_seen": moment(kept.first_seen),
        "last_seen": moment(kept.last_seen),
        "changed_at": moment(kept.changed_at),
        "occurrence": kept.occurrence,
        "waived_until": kept.waived_until,
        "waived_by": kept.waived_by,
    }


def exposure_object(row: ExposureRow) -> dict[str, Any]:
    """An exposure for a program; `rules` and `principal_domain` as lists."""
    lists = {name: _split(getattr(row, name)) for name in ("rules", "principal_domain")}
    return asdict(row) | lists


def placed(row: Mapping[str, Any], run_id: str) -> dict[str, Any]:
    """The same in a file: it says of which run it is, and in which form."""
    return {"schema_version": schema_version(), "run_id": run_id, **row}


def _split(joined: str) -> list[str]:
    return joined.split(BETWEEN) if joined else []
