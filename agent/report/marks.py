"""Print how often marked findings were right: by rule, severity, audience and sensitivity."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table

from agent.store.feedback import GROUPS, MIN_MARKS, Precision
from agent.text import Text
from agent.text.localize import localize_word


def print_precisions(found: Sequence[Precision], text: Text) -> None:
    """Print a table for each group to stdout, with a line for each of its names."""
    console = Console()
    for place, group in enumerate(GROUPS):
        of_group = [one for one in found if one.group == group]
        if not of_group and place:
            continue
        if place:
            console.print()
        grid = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
        for name in (group, "right", "marked", "precision"):
            grid.add_column(text.say(f"findings.{name}"))
        for one in of_group:
            grid.add_row(name_of(one, text), str(one.right), str(one.marked), _share(one, text))
        console.print(grid)


def precisions_to_json(found: Iterable[Precision]) -> Iterator[str]:
    """Yield each as a line of JSON; the key of its name is its group."""
    for one in found:
        yield json.dumps(
            {
                one.group: one.name,
                "right": one.right,
                "marked": one.marked,
                "precision": one.share,
                "interval": one.interval and [round(end, 4) for end in one.interval],
            }
        )


def name_of(one: Precision, text: Text) -> str:
    """Return the rule, or the severity, audience or sensitivity in words."""
    return one.name if one.group == "rule" else localize_word(f"report.{one.group}", one.name, text)


def _share(one: Precision, text: Text) -> str:
    """Return the precision with its interval; what is missing where there are too few marks."""
    if one.share is None or one.interval is None:
        return text.say("findings.few", missing=MIN_MARKS - one.marked)
    low, high = one.interval
    return text.say(
        "findings.share", share=f"{one.share:.0%}", low=f"{low:.0%}", high=f"{high:.0%}"
    )
