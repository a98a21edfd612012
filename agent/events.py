"""Events between the outbox and the sinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Event = Mapping[str, Any]
"""An OCSF event, see `agent.sinks.ocsf`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events that are delivered together, frozen so that every retry is the same.

    Attributes:
        id: The same in every retry; without a dot, which webhook signatures use as separator.
        ids: The ids of the events.
        events: The events in the order of their ids.
        size: The bytes of the events as JSON.
    """

    id: str
    run_id: str
    ids: Sequence[str]
    events: Sequence[Event]
    frozen_at: datetime
    size: int
