"""The heartbeat: one OCSF 1.5.0 Scan Activity (6007) a run, with coverage and counts.

A receiver that gets no heartbeat for a day knows that no scan ran.

Source: https://github.com/ocsf/ocsf-schema/blob/main/events/application/scan_activity.json
(read 2026-08-15)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agent.sinks.ocsf import VERSION, event_id, filled, millis, product

CLASS: Final = 6007
COMPLETED: Final = (2, "Completed")
PAUSED: Final = (7, "Paused")  # a limit was reached; the next run continues this scan

Unread = tuple[str, str, str]
"""(connector, scope, reason) of a scope that should have been read and was not."""

MOST: Final = 100
"""The largest number of unread scopes that one event names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The result of a run.

    Attributes:
        begun: When the run started.
        ended: When it ended.
        paused: A limit of time or calls was reached; the next run continues.
        exit_code: The exit code of the run.
        items: Number of items in the scopes of this configuration.
        coverage: Number of scopes by coverage status.
        unread: The scopes that were not read completely, with reasons.
        severities: Number of open findings by severity.
        states: Number of findings by state.
        doors: Number of exposures to people outside.
        tonight: How many of them are urgent: critical, or high and open without sign-in.
        refused: Connectors whose sign-in failed.
    """

    begun: datetime
    ended: datetime
    paused: bool
    exit_code: int
    items: int
    coverage: Mapping[str, int]
    unread: Sequence[Unread]
    severities: Mapping[str, int]
    states: Mapping[str, int]
    doors: int
    tonight: int
    refused: Sequence[str] = ()


def scan_event(pulse: Pulse, sentence: str, *, run_id: str, version: str) -> dict[str, Any]:
    """Return the heartbeat event.

    Args:
        pulse: The result of the run.
        sentence: The result in one sentence, in the language of the run.
        run_id: The id of the run.
        version: The version of this program.
    """
    activity, word = PAUSED if pulse.paused else COMPLETED
    whole = not (pulse.unread or pulse.refused or pulse.paused)
    own = filled(
        exit_code=pulse.exit_code,
        coverage=dict(pulse.coverage),
        not_read=[
            {"connector": connector, "scope": scope, "reason": reason}
            for connector, scope, reason in pulse.unread[:MOST]
        ],
        not_read_count=len(pulse.unread),
        severities=dict(pulse.severities),
        states=dict(pulse.states),
        external_exposures=pulse.doors,
        urgent=pulse.tonight,
        doors=pulse.doors,
        tonight=pulse.tonight,
        not_opened=list(pulse.refused),
        transition="scan",
    )
    return {
        "activity_id": activity,
        "activity_name": word,
        "category_uid": CLASS // 1000,
        "class_uid": CLASS,
        "type_uid": CLASS * 100 + activity,
        "time": millis(pulse.ended),
        "severity_id": 1,
        "severity": "Informational",
        "status_id": 1 if whole else 2,  # what was not read is a failure, never a success
        "status": "Success" if whole else "Failure",
        "status_detail": sentence,
        "start_time": millis(pulse.begun),
        "end_time": millis(pulse.ended),
        "duration": millis(pulse.ended) - millis(pulse.begun),
        "total": pulse.items,
        "num_detections": sum(pulse.severities.values()),
        "num_resolutions": pulse.states.get("resolved", 0),
        "scan": {"uid": run_id, "type_id": 99, "type": "sharing permissions"},
        "metadata": {
            "version": VERSION,
            "uid": event_id(run_id, word, 1, str(millis(pulse.ended))),
            "correlation_uid": run_id,
            "product": product(version),
        },
        "unmapped": {"tojimari": own},
    }
