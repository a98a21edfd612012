"""`tojimari deliver`."""

from __future__ import annotations

import json

import typer

from agent.cli.desk import at_desk
from agent.cli.options import AsJson, Config, Language, Quiet, Verbose


def deliver(
    config: Config = None,
    lang: Language = "",
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Send what waits in the outbox."""
    from dataclasses import asdict

    from agent.run import delivering
    from agent.run.exits import Exit
    from agent.run.scanning import sink_lines
    from agent.text.printable import printable

    with at_desk(config, lang, verbose=verbose, alone=True) as desk:
        lines = sink_lines(desk, delivering.deliver(desk))
        if as_json:
            typer.echo(json.dumps([asdict(line) for line in lines], ensure_ascii=False))
        elif not quiet:
            for line in lines:
                words = {"name": line.name, "delivered": line.delivered, "pending": line.pending}
                said = desk.text.say("cli.delivered", **words)
                typer.echo(printable(f"{said} {line.problem}".strip()), err=True)
            if not lines:
                typer.echo(desk.text.say("cli.no_sinks"), err=True)
    undelivered = any(line.pending or line.problem for line in lines)
    raise typer.Exit(Exit.UNDELIVERED if undelivered else Exit.DONE)
