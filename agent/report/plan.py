"""Show the estimate of a scan to a person, or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from agent.report.wrapped_text import WrappedText
from agent.text import Text
from agent.text.localize import format_number
from agent.text.terminal_safe import terminal_safe
from connectors.sdk.estimate import ScanEstimate
from connectors.sdk.message import Message

BYTES_PER_ROW = 700  # approximate bytes of an exposure and its finding in the files
DEFAULT_EXPOSED_SHARE = 0.01  # exposures per item, before the first scan of a tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantEstimate:
    """The estimate of a full scan of one tenant.

    Attributes:
        latency: Seconds for each request when requests run in parallel.
        exposed_share: Exposures per item in the last scan; None before the first.
        problem: Why there is no estimate.
    """

    name: str
    title: str
    estimate: ScanEstimate | None = None
    latency: float = 0.0
    exposed_share: float | None = None
    problem: Message | None = None
    hint: Message | None = None

    @property
    def calls(self) -> int:
        """Return the number of HTTP requests."""
        return sum(part.calls for part in self._parts)

    @property
    def units(self) -> int:
        """Return the vendor's units; 0 where the vendor counts requests."""
        return sum(part.units for part in self._parts)

    @property
    def items(self) -> int | None:
        """Return the number of items to read; None if it is unknown for a part."""
        known = [part.items for part in self._parts if isinstance(part.items, int)]
        return sum(known) if len(known) == len(self._parts) else None

    @property
    def seconds(self) -> float:
        """Return the longer of the durations of requests and rate limit, in seconds."""
        paced = 0.0
        if self.estimate is not None and self.estimate.per_minute:
            paced = (self.units or self.calls) / self.estimate.per_minute * 60
        return max(paced, self.calls * self.latency)

    @property
    def day_share(self) -> float | None:
        """Return the share of the daily quota; above 1 the scan takes more than a day."""
        if self.estimate is None or not self.estimate.per_day:
            return None
        return (self.units or self.calls) / self.estimate.per_day

    @property
    def size(self) -> int | None:
        """Return the approximate size of the files in bytes; None if the items are unknown."""
        share = DEFAULT_EXPOSED_SHARE if self.exposed_share is None else self.exposed_share
        return None if self.items is None else round(self.items * share * BYTES_PER_ROW)

    @property
    def _parts(self) -> Sequence[Any]:
        return self.estimate.parts if self.estimate is not None else ()


def print_estimate(estimate: TenantEstimate, text: Text, console: Console) -> None:
    """Print the parts of an estimate and their sums."""
    console.print()
    head = Styled(terminal_safe(estimate.name), style="bold")
    head.append("  " + terminal_safe(estimate.title), "dim")
    console.print(head)
    if estimate.problem is not None:
        said = f"{text.render(estimate.problem)} {text.render(estimate.hint)}".strip()
        console.print(Padding(WrappedText(said, "yellow"), (0, 0, 0, 2)))
        return
    console.print(Padding(_table(estimate, text), (0, 0, 0, 2)))
    for line in _sums(estimate, text):
        console.print(Padding(WrappedText(line), (0, 0, 0, 2)))


def _table(estimate: TenantEstimate, text: Text) -> Table:
    assert estimate.estimate is not None
    priced = estimate.units > 0
    grid = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    grid.add_column(text.say("plan.part"))
    for name in ("scopes", "items", "calls", *(("units",) if priced else ())):
        grid.add_column(text.say(f"plan.{name}"), justify="right")
    for part in estimate.estimate.parts:
        about = "" if part.exact else "≈ "
        items = (
            format_number(part.items) if isinstance(part.items, int) else text.say("plan.untold")
        )
        cells = [format_number(part.scopes), items, about + format_number(part.calls)]
        cells += [about + format_number(part.units)] if priced else []
        grid.add_row(Styled(terminal_safe(text.render(part.title))), *cells)
    total = [
        "",
        "",
        format_number(estimate.calls),
        *([format_number(estimate.units)] if priced else []),
    ]
    grid.add_row(text.say("plan.all"), *total, style="bold")
    return grid


def _sums(estimate: TenantEstimate, text: Text) -> list[str]:
    lines = [text.say("plan.time", time=format_duration(estimate.seconds, text))]
    if (share := estimate.day_share) is not None:
        key = "plan.days" if share > 1 else "plan.day_share"
        lines.append(text.say(key, percent=f"{share * 100:.1f}", days=f"{share:.1f}"))
    if (size := estimate.size) is not None:
        key = "plan.size_guess" if estimate.exposed_share is None else "plan.size"
        lines.append(text.say(key, megabytes=f"{max(size / 1e6, 0.1):.1f}"))
    return lines


def format_duration(seconds: float, text: Text) -> str:
    """Return a duration in words."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    form = "hours" if hours else "minutes" if minutes else "seconds"
    return text.say(f"report.screen.{form}", hours=hours, minutes=minutes, seconds=rest)


def to_json(estimate: TenantEstimate, text: Text) -> dict[str, Any]:
    """Return an estimate for JSON."""
    parts = estimate.estimate.parts if estimate.estimate is not None else ()
    return {
        "connector": estimate.name,
        "tenant": estimate.title,
        "problem": text.render(estimate.problem),
        "hint": text.render(estimate.hint),
        "parts": [
            asdict(part)
            | {
                "title": text.render(part.title),
                "items": part.items if isinstance(part.items, int) else None,
            }
            for part in parts
        ],
        "calls": estimate.calls,
        "units": estimate.units,
        "items": estimate.items,
        "seconds": round(estimate.seconds, 1),
        "day_share": estimate.day_share,
        "bytes": estimate.size,
    }
