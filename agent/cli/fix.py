"""`tojimari fix`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.options import CommonOptions, Only, help_text
from agent.cli.session import open_session


def fix(
    *,
    findings: Annotated[
        list[str] | None, typer.Argument(help=help_text("fix_ids"), show_default=False)
    ] = None,
    common: CommonOptions,
    only: Only = None,
    severity: Annotated[str, typer.Option("--severity", help=help_text("fix_severity"))] = "high",
    out: Annotated[
        Path | None, typer.Option("--out", help=help_text("fix_out"), show_default=False)
    ] = None,
) -> None:
    """Write remediation scripts and the list of owners. No script is run."""
    from datetime import UTC, datetime

    from agent.classify.model import Severity
    from agent.cli.scan import severity_of
    from agent.run.remediation import FindingSelection, write_plan

    with open_session(common) as session:
        choice = FindingSelection(
            ids=findings or (), only=only or (), least=severity_of(severity) or Severity.HIGH
        )
        *scripts, owners = write_plan(
            session, choice, (out or session.output).absolute(), datetime.now(UTC)
        )
        if common.as_json:
            files = [{"path": str(w.path), "doors": w.findings} for w in scripts]
            answer = {"scripts": files, "owners": str(owners.path)}
            typer.echo(json.dumps(answer, ensure_ascii=False))
        elif not common.quiet:
            for one in scripts:
                typer.echo(
                    session.text.say("fix.written", path=one.path, doors=one.findings), err=True
                )
            typer.echo(
                session.text.say("fix.owners", path=owners.path, doors=owners.findings), err=True
            )
            typer.echo(session.text.say("fix.read_first" if scripts else "fix.none"), err=True)
