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

from agent.sinks.ocsf import VERSION, epoch_millis, event_id, product, without_empty

CLASS: Final = 6007
COMPLETED: Final = (2, "Completed")
PAUSED: Final = (7, "Paused")  # a limit was reached; the next run continues this scan

Unread = tuple[str, str, str]
"""(connector, scope, reason) of a scope that should have been read and was not."""

MAX_SCOPES: Final = 100
"""The largest number of unread scopes that one event names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatData:
    """The result of a run.

    Attributes:
        started: When the run started.
        ended: When it ended.
        paused: A limit of time or calls was reached; the next run continues.
        exit_code: The exit code of the run.
        items: Number of items in the scopes of this configuration.
        coverage: Number of scopes by coverage status.
        unread: The scopes that were not read completely, with reasons.
        severities: Number of open findings by severity.
        states: Number of findings by state.
        external_exposures: Number of exposures to people outside.
        urgent: How many of them are urgent: critical.
        not_opened: Connectors whose sign-in failed.
    """

    started: datetime
    ended: datetime
    paused: bool
    exit_code: int
    items: int
    coverage: Mapping[str, int]
    unread: Sequence[Unread]
    severities: Mapping[str, int]
    states: Mapping[str, int]
    external_exposures: int
    urgent: int
    not_opened: Sequence[str] = ()


def scan_event(
    heartbeat: HeartbeatData, verdict: str, *, run_id: str, version: str
) -> dict[str, Any]:
    """Return the heartbeat event.

    Args:
        heartbeat: The result of the run.
        verdict: The result in one sentence, in the language of the run.
        run_id: The id of the run.
        version: The version of this program.
    """
    activity, word = PAUSED if heartbeat.paused else COMPLETED
    whole = not (heartbeat.unread or heartbeat.not_opened or heartbeat.paused)
    own = without_empty(
        exit_code=heartbeat.exit_code,
        coverage=dict(heartbeat.coverage),
        not_read=[
            {"connector": connector, "scope": scope, "reason": reason}
            for connector, scope, reason in heartbeat.unread[:MAX_SCOPES]
        ],
        not_read_count=len(heartbeat.unread),
        severities=dict(heartbeat.severities),
        states=dict(heartbeat.states),
        external_exposures=heartbeat.external_exposures,
        urgent=heartbeat.urgent,
        doors=heartbeat.external_exposures,
        tonight=heartbeat.urgent,
        not_opened=list(heartbeat.not_opened),
        transition="scan",
    )
    return {
        "activity_id": activity,
        "activity_name": word,
        "category_uid": CLASS // 1000,
        "class_uid": CLASS,
        "type_uid": CLASS * 100 + activity,
        "time": epoch_millis(heartbeat.ended),
        "severity_id": 1,
        "severity": "Informational",
        "status_id": 1 if whole else 2,  # what was not read is a failure, never a success
        "status": "Success" if whole else "Failure",
        "status_detail": verdict,
        "start_time": epoch_millis(heartbeat.started),
        "end_time": epoch_millis(heartbeat.ended),
        "duration": epoch_millis(heartbeat.ended) - epoch_millis(heartbeat.started),
        "total": heartbeat.items,
        "num_detections": sum(heartbeat.severities.values()),
        "num_resolutions": heartbeat.states.get("resolved", 0),
        "scan": {"uid": run_id, "type_id": 99, "type": "sharing permissions"},
        "metadata": {
            "version": VERSION,
            "uid": event_id(run_id, word, 1, str(epoch_millis(heartbeat.ended))),
            "correlation_uid": run_id,
            "product": product(version),
        },
        "unmapped": {"tojimari": own},
    }
