"""Put the events of a run into the outbox: changes of findings, snapshots and the heartbeat."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from agent import __version__
from agent.classify.finding import TrackedFinding
from agent.report.pseudonyms import Pseudonymizer
from agent.report.summary import Summary
from agent.run import deliver, report
from agent.run.session import Session
from agent.sinks import ocsf
from agent.sinks.config import QueuedSinkConfig
from agent.sinks.heartbeat import HeartbeatData, scan_event
from agent.store import findings
from agent.store.fact_batch import CHUNK_SIZE
from agent.store.finding_lifecycle import EventBuilder
from agent.store.outbox import enqueue


@dataclass(frozen=True, slots=True)
class EventPublisher:
    """Makes the events of one run, with names or pseudonyms as each sink is configured.

    Attributes:
        pseudonymizer: Replaces names for every sink, if the run was asked to; None otherwise.
    """

    session: Session
    run_id: str
    now: datetime
    pseudonymizer: Pseudonymizer | None = None

    def event_builders(self) -> dict[str, EventBuilder]:
        """Return, for each sink that receives changes, what makes the event of a change."""
        wanted = deliver.subscribed_sinks(self.session, "changes")
        return {
            name: self._event_builder(self._pseudonymizer(table)) for name, table in wanted.items()
        }

    def snapshot(self, tenants: Sequence[int]) -> None:
        """Queue an event of every open finding for the sinks that receive snapshots.

        Args:
            tenants: Keys of the tenants.
        """
        for name, table in deliver.subscribed_sinks(self.session, "snapshot").items():
            compose = self._event_builder(self._pseudonymizer(table), snapshot=True)
            stand = findings.list_findings(self.session.engine, tenants, self.run_id)
            while some := list(islice(stand, CHUNK_SIZE)):
                with self.session.engine.begin() as db:
                    enqueue(db, name, self.run_id, [compose(kept, False) for kept in some])

    def heartbeat(self, data: HeartbeatData, sentence: str) -> None:
        """Queue the event that the run took place, for the sinks that receive heartbeats.

        Args:
            data: The figures of the run.
            sentence: The headline of the run.
        """
        for name, table in deliver.subscribed_sinks(self.session, "heartbeat").items():
            mask = self._pseudonymizer(table)
            shown = _pseudonymized(data, mask) if mask else data
            event = scan_event(shown, sentence, run_id=self.run_id, version=__version__)
            with self.session.engine.begin() as db:
                enqueue(db, name, self.run_id, [_outbox_entry(event)])

    def _pseudonymizer(self, table: QueuedSinkConfig) -> Pseudonymizer | None:
        return self.pseudonymizer or report.pseudonymizer(
            self.session, requested=table.redact_names
        )

    def _event_builder(self, mask: Pseudonymizer | None, *, snapshot: bool = False) -> EventBuilder:
        def compose(kept: TrackedFinding, worse: bool) -> tuple[str, str]:
            return _outbox_entry(
                ocsf.finding_event(
                    mask.finding(kept) if mask else kept,
                    kept.state,
                    self.session.text,
                    run_id=self.run_id,
                    now=self.now,
                    version=__version__,
                    worsened=worse,
                    snapshot=snapshot,
                )
            )

        return compose


def heartbeat_of(
    summary: Summary, *, begun: datetime, ended: datetime, paused: bool
) -> HeartbeatData:
    """Return the figures of a run for its heartbeat."""
    numbers = summary.numbers
    return HeartbeatData(
        started=begun,
        ended=ended,
        paused=paused,
        exit_code=int(summary.exit_code),
        items=sum(line.items for line in numbers.connectors),
        coverage=dict(numbers.statuses),
        unread=[(scope.connector, scope.title, scope.reason) for scope in numbers.unread],
        severities={level.word: count for level, count in numbers.severities.items()},
        states=dict(numbers.states),
        external_exposures=numbers.doors,
        urgent=numbers.tonight,
        not_opened=[line.name for line in numbers.connectors if line.problem],
    )


def _outbox_entry(event: Mapping[str, Any]) -> tuple[str, str]:
    return event["metadata"]["uid"], json.dumps(event, ensure_ascii=False)


def _pseudonymized(data: HeartbeatData, mask: Pseudonymizer) -> HeartbeatData:
    unread = [(name, mask.name(scope), "") for name, scope, _ in data.unread]
    return replace(data, unread=unread)
