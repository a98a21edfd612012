"""Put the events of a run into the outbox: changes of findings, snapshots and the heartbeat."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from agent import __version__
from agent.classify.finding import Kept
from agent.report.masking import Mask
from agent.report.summary import Summary
from agent.run import delivering, reporting
from agent.run.desk import Desk
from agent.sinks import ocsf
from agent.sinks.heartbeat import Pulse, scan_event
from agent.sinks.settings import Taking
from agent.store import findings
from agent.store.batch import CHUNK
from agent.store.ledger import Compose
from agent.store.outbox import post


@dataclass(frozen=True, slots=True)
class Announcer:
    """Makes the events of one run, with names or pseudonyms as each sink is configured.

    Attributes:
        mask: Replaces names for every sink, if the run was asked to; None otherwise.
    """

    desk: Desk
    run_id: str
    now: datetime
    mask: Mask | None = None

    def composers(self) -> dict[str, Compose]:
        """Return, for each sink that receives changes, what makes the event of a change."""
        wanted = delivering.takers(self.desk, "changes")
        return {name: self._composer(self._mask(table)) for name, table in wanted.items()}

    def snapshot(self, tenants: Sequence[int]) -> None:
        """Queue an event of every open finding for the sinks that receive snapshots.

        Args:
            tenants: Keys of the tenants.
        """
        for name, table in delivering.takers(self.desk, "snapshot").items():
            compose = self._composer(self._mask(table), snapshot=True)
            stand = findings.kept(self.desk.engine, tenants, self.run_id)
            while some := list(islice(stand, CHUNK)):
                with self.desk.engine.begin() as db:
                    post(db, name, self.run_id, [compose(kept, False) for kept in some])

    def heartbeat(self, pulse: Pulse, sentence: str) -> None:
        """Queue the event that the run took place, for the sinks that receive heartbeats.

        Args:
            pulse: The figures of the run.
            sentence: The headline of the run.
        """
        for name, table in delivering.takers(self.desk, "heartbeat").items():
            mask = self._mask(table)
            shown = _masked(pulse, mask) if mask else pulse
            event = scan_event(shown, sentence, run_id=self.run_id, version=__version__)
            with self.desk.engine.begin() as db:
                post(db, name, self.run_id, [_posted(event)])

    def _mask(self, table: Taking) -> Mask | None:
        return self.mask or reporting.mask_of(self.desk, asked=table.redact_names)

    def _composer(self, mask: Mask | None, *, snapshot: bool = False) -> Compose:
        def compose(kept: Kept, worse: bool) -> tuple[str, str]:
            return _posted(
                ocsf.event_of(
                    mask.kept(kept) if mask else kept,
                    kept.state,
                    self.desk.text,
                    run_id=self.run_id,
                    now=self.now,
                    version=__version__,
                    risen=worse,
                    snapshot=snapshot,
                )
            )

        return compose


def pulse_of(summary: Summary, *, begun: datetime, ended: datetime, paused: bool) -> Pulse:
    """Return the figures of a run for its heartbeat."""
    numbers = summary.numbers
    return Pulse(
        begun=begun,
        ended=ended,
        paused=paused,
        exit_code=int(summary.exit_code),
        items=sum(line.items for line in numbers.connectors),
        coverage=dict(numbers.statuses),
        unread=[(scope.connector, scope.title, scope.reason) for scope in numbers.unread],
        severities={level.word: count for level, count in numbers.severities.items()},
        states=dict(numbers.states),
        doors=numbers.doors,
        tonight=numbers.tonight,
        refused=[line.name for line in numbers.connectors if line.problem],
    )


def _posted(event: Mapping[str, Any]) -> tuple[str, str]:
    return event["metadata"]["uid"], json.dumps(event, ensure_ascii=False)


def _masked(pulse: Pulse, mask: Mask) -> Pulse:
    unread = [(name, mask.name(scope), "") for name, scope, _ in pulse.unread]
    return replace(pulse, unread=unread)
