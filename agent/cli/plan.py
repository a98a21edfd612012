"""`tojimari plan`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import typer

from agent.cli.desk import at_desk
from agent.cli.options import AsJson, Config, Language, MaxCalls, MaxMinutes, Only, Quiet, Verbose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.report.plan import Estimate


def plan(
    config: Config = None,
    only: Only = None,
    max_calls: MaxCalls = None,
    max_minutes: MaxMinutes = None,
    lang: Language = "",
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Foretell what a full scan costs."""
    from rich.console import Console

    from agent.report.plan import show, told
    from agent.run.exits import Exit
    from agent.run.planning import plans

    console = Console(stderr=True)
    estimates: list[Estimate] = []
    with at_desk(config, lang, verbose=verbose) as desk:
        for estimate in plans(desk, only or ()):
            estimates.append(estimate)
            if as_json:
                typer.echo(json.dumps(told(estimate, desk.text), ensure_ascii=False))
            elif not quiet:
                show(estimate, desk.text, console)
        scans = _scans(estimates, max_calls, max_minutes)
        text = desk.text
    if all(e.problem is not None for e in estimates):
        raise typer.Exit(Exit.NO_SIGN_IN)
    if scans > 1 and not (as_json or quiet):
        typer.echo("\n" + text.say("plan.over", scans=scans), err=True)
        if sys.stdin.isatty() and typer.confirm(text.say("plan.go_on"), default=False, err=True):
            from agent.cli.scan import scan

            scan(config=config, only=only, max_calls=max_calls, max_minutes=max_minutes, lang=lang)


def _scans(estimates: Sequence[Estimate], max_calls: int | None, max_minutes: float | None) -> int:
    """How many scans of this budget it takes; 1 where the budget is enough."""
    calls = sum(e.calls for e in estimates)
    minutes = max((e.seconds for e in estimates), default=0.0) / 60
    return max(
        1,
        -(-calls // max_calls) if max_calls else 1,
        round(minutes / max_minutes + 0.5) if max_minutes and minutes > max_minutes else 1,
    )
