"""`tojimari doctor`."""

from __future__ import annotations

import json

import typer

from agent.cli.desk import at_desk
from agent.cli.options import CommonOptions, Only


def doctor(common: CommonOptions, only: Only = None) -> None:
    """Check everything that a scan needs.

    Raises:
        typer.Exit: With 3 if a check failed, else with 0.
    """
    from rich.console import Console

    from agent.report.examination import show, told
    from agent.run.doctor import examine
    from agent.run.exits import Exit
    from connectors.sdk.checks import Outcome

    with at_desk(common) as desk:
        rows = examine(desk, only or ())
        seen = (
            list(rows)
            if common.as_json or common.quiet
            else show(rows, desk.text, Console(stderr=True))
        )
        if common.as_json:
            typer.echo(json.dumps(told(seen, desk.text), ensure_ascii=False))
    failed = any(row.check.outcome is Outcome.FAIL for row in seen)
    raise typer.Exit(Exit.NO_SIGN_IN if failed else Exit.DONE)
