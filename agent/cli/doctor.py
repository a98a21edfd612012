"""`tojimari doctor`."""

from __future__ import annotations

import json

import typer

from agent.cli.desk import at_desk
from agent.cli.options import AsJson, Config, Language, Only, Quiet, Verbose


def doctor(
    config: Config = None,
    only: Only = None,
    lang: Language = "",
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Try everything that a scan needs."""
    from rich.console import Console

    from agent.report.examination import show, told
    from agent.run.doctor import examine
    from agent.run.exits import Exit
    from connectors.sdk.checks import Outcome

    with at_desk(config, lang, verbose=verbose) as desk:
        rows = examine(desk, only or ())
        seen = list(rows) if as_json or quiet else show(rows, desk.text, Console(stderr=True))
        if as_json:
            typer.echo(json.dumps(told(seen, desk.text), ensure_ascii=False))
    failed = any(row.check.outcome is Outcome.FAIL for row in seen)
    raise typer.Exit(Exit.NO_SIGN_IN if failed else Exit.DONE)
