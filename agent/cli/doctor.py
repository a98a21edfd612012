"""`tojimari doctor`."""

from __future__ import annotations

import json

import typer

from agent.cli.options import CommonOptions, Only
from agent.cli.session import open_session


def doctor(common: CommonOptions, only: Only = None) -> None:
    """Check everything that a scan needs.

    Raises:
        typer.Exit: With 3 if a check failed, else with 0.
    """
    from rich.console import Console

    from agent.report.doctor_output import print_checks, to_json
    from agent.run.doctor import run_checks
    from agent.run.exit_codes import ExitCode
    from connectors.sdk.checks import CheckOutcome

    with open_session(common) as session:
        rows = run_checks(session, only or ())
        seen = (
            list(rows)
            if common.as_json or common.quiet
            else print_checks(rows, session.text, Console(stderr=True))
        )
        if common.as_json:
            typer.echo(json.dumps(to_json(seen, session.text), ensure_ascii=False))
    failed = any(row.check.outcome is CheckOutcome.FAIL for row in seen)
    raise typer.Exit(ExitCode.NO_SIGN_IN if failed else ExitCode.DONE)
