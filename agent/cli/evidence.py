"""`tojimari evidence`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.options import CommonOptions, Only, help_text
from agent.cli.session import open_session


def evidence(
    common: CommonOptions,
    only: Only = None,
    baseline: Annotated[
        str, typer.Option("--baseline", help=help_text("evidence_baseline"), show_default=False)
    ] = "",
    verify: Annotated[
        Path | None, typer.Option("--verify", help=help_text("evidence_verify"), show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help=help_text("evidence_out"), show_default=False)
    ] = None,
) -> None:
    """Write the evidence pack for a contract renewal, or verify one."""
    from datetime import UTC, datetime

    from agent.run.evidence import write

    if verify is not None:
        _verify(verify, common)
        return
    with open_session(common) as session:
        folder = (out or session.output).absolute()
        made = write(session, only or (), folder, datetime.now(UTC), baseline=baseline)
        if common.as_json:
            answer = {"folder": str(made.path), "zip": f"{made.path}.zip"}
            typer.echo(json.dumps(answer, ensure_ascii=False))
        elif not common.quiet:
            typer.echo(session.text.say("evidence.written", folder=made.path), err=True)


def _verify(folder: Path, common: CommonOptions) -> None:
    from agent.cli.errors import user_errors
    from agent.report.run_folder import verify
    from agent.run.exit_codes import ExitCode

    text = common.text
    with user_errors(common.lang):
        problems = [text.render(problem) for problem in verify(folder)]
    if common.as_json:
        typer.echo(json.dumps({"whole": not problems, "problems": problems}, ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(problem, err=True)
        key = "evidence.broken" if problems else "evidence.whole"
        typer.echo(text.say(key, folder=folder), err=True)
    raise typer.Exit(ExitCode.FINDINGS if problems else ExitCode.DONE)
