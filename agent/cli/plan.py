"""`tojimari plan`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from agent.cli.options import CommonOptions, MaxCalls, MaxMinutes, Only
from agent.cli.session import open_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.report.plan import TenantEstimate


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

    from agent.report.plan import print_estimate, to_json
    from agent.run.estimate import estimate_tenants
    from agent.run.exit_codes import ExitCode

    console = Console(stderr=True)
    estimates: list[TenantEstimate] = []
    with open_session(common) as session:
        for estimate in estimate_tenants(session, only or ()):
            estimates.append(estimate)
            if common.as_json:
                typer.echo(json.dumps(to_json(estimate, session.text), ensure_ascii=False))
            elif not common.quiet:
                print_estimate(estimate, session.text, console)
        scans = _scans_needed(estimates, max_calls, max_minutes)
        text = session.text
    if all(e.problem is not None for e in estimates):
        raise typer.Exit(ExitCode.NO_SIGN_IN)
    if scans > 1 and not (common.as_json or common.quiet):
        typer.echo("\n" + text.say("plan.over", scans=scans), err=True)
        if sys.stdin.isatty() and typer.confirm(text.say("plan.go_on"), default=False, err=True):
            from agent.cli.scan import scan

            plain = replace(common, verbose=False)
            scan(common=plain, only=only, max_calls=max_calls, max_minutes=max_minutes)


def _scans_needed(
    estimates: Sequence[TenantEstimate], max_calls: int | None, max_minutes: float | None
) -> int:
    """Return how many scans with these limits a full scan takes; 1 if one is enough."""
    calls = sum(e.calls for e in estimates)
    minutes = max((e.seconds for e in estimates), default=0.0) / 60
    return max(
        1,
        -(-calls // max_calls) if max_calls else 1,
        round(minutes / max_minutes + 0.5) if max_minutes and minutes > max_minutes else 1,
    )
