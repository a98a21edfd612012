"""`tojimari evidence`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.desk import at_desk
from agent.cli.options import CommonOptions, Only, help_of


def evidence(
    common: CommonOptions,
    only: Only = None,
    baseline: Annotated[
        str, typer.Option("--baseline", help=help_of("evidence_baseline"), show_default=False)
    ] = "",
    verify: Annotated[
        Path | None, typer.Option("--verify", help=help_of("evidence_verify"), show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help=help_of("evidence_out"), show_default=False)
    ] = None,
) -> None:
    """Write the evidence pack for a contract renewal, or verify one."""
    from datetime import UTC, datetime

    from agent.run.evidence import write

    if verify is not None:
        _verify(verify, common)
        return
    with at_desk(common) as desk:
        folder = (out or desk.output).absolute()
        made = write(desk, only or (), folder, datetime.now(UTC), baseline=baseline)
        if common.as_json:
            answer = {"folder": str(made.path), "zip": f"{made.path}.zip"}
            typer.echo(json.dumps(answer, ensure_ascii=False))
        elif not common.quiet:
            typer.echo(desk.text.say("evidence.written", folder=made.path), err=True)


def _verify(folder: Path, common: CommonOptions) -> None:
    from agent.cli.explain import explained
    from agent.report.folder import verify
    from agent.run.exits import Exit

    text = common.text
    with explained(common.lang):
        problems = [text.of(problem) for problem in verify(folder)]
    if common.as_json:
        typer.echo(json.dumps({"whole": not problems, "problems": problems}, ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(problem, err=True)
        key = "evidence.broken" if problems else "evidence.whole"
        typer.echo(text.say(key, folder=folder), err=True)
    raise typer.Exit(Exit.FINDINGS if problems else Exit.DONE)
