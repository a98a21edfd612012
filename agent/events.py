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
    """Events that travel together, frozen before the first attempt so that a retry is the same.

    `id` is stable over retries and holds no dot, which webhook signatures use as a separator;
    `ids` are those of the events, `size` is their bytes as JSON.
    """

    id: str
    run_id: str
    ids: Sequence[str]
    events: Sequence[Event]
    frozen_at: datetime
    size: int
