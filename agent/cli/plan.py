"""`tojimari plan`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from agent.cli.desk import at_desk
from agent.cli.options import CommonOptions, MaxCalls, MaxMinutes, Only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.report.plan import Estimate


def plan(
    common: CommonOptions,
    only: Only = None,
    max_calls: MaxCalls = None,
    max_minutes: MaxMinutes = None,
) -> None:
    """Estimate calls, time and size of a full scan.

    Raises:
        typer.Exit: With 3 if no connector can sign in.
    """
    from rich.console import Console

    from agent.report.plan import show, told
    from agent.run.exits import Exit
    from agent.run.planning import plans

    console = Console(stderr=True)
    estimates: list[Estimate] = []
    with at_desk(common) as desk:
        for estimate in plans(desk, only or ()):
            estimates.append(estimate)
            if common.as_json:
                typer.echo(json.dumps(told(estimate, desk.text), ensure_ascii=False))
            elif not common.quiet:
                show(estimate, desk.text, console)
        scans = _scans(estimates, max_calls, max_minutes)
        text = desk.text
    if all(e.problem is not None for e in estimates):
        raise typer.Exit(Exit.NO_SIGN_IN)
    if scans > 1 and not (common.as_json or common.quiet):
        typer.echo("\n" + text.say("plan.over", scans=scans), err=True)
        if sys.stdin.isatty() and typer.confirm(text.say("plan.go_on"), default=False, err=True):
            from agent.cli.scan import scan

            plain = replace(common, verbose=False)
            scan(common=plain, only=only, max_calls=max_calls, max_minutes=max_minutes)


def _scans(estimates: Sequence[Estimate], max_calls: int | None, max_minutes: float | None) -> int:
    """Return how many scans with these limits a full scan takes; 1 if one is enough."""
    calls = sum(e.calls for e in estimates)
    minutes = max((e.seconds for e in estimates), default=0.0) / 60
    return max(
        1,
        -(-calls // max_calls) if max_calls else 1,
        round(minutes / max_minutes + 0.5) if max_minutes and minutes > max_minutes else 1,
    )
