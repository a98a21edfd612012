"""Events on their way from the outbox to a sink: what the store freezes and a sink sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Event = Mapping[str, Any]
"""An OCSF event, see `agent.sinks.ocsf`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events that are sent together. A retry sends the same events under the same id.

    Attributes:
        id: The same for every attempt; without a dot, which webhook signatures use as a separator.
        run_id: The run that made the events.
        ids: The ids of the events.
        events: The events, in the order of `ids`.
        frozen_at: When the batch was put together, before the first attempt.
        size: Length of the events as JSON, in bytes.
    """

    id: str
    run_id: str
    ids: Sequence[str]
    events: Sequence[Event]
    frozen_at: datetime
    size: int
