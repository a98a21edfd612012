"""`tojimari demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.desk import at_desk
from agent.cli.options import AsJson, Language, Quiet, Verbose, help_of


def demo(
    out: Annotated[Path, typer.Option("--out", help=help_of("demo_out"))] = Path("tojimari-demo"),
    lang: Language = "",
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Scan three made-up tenants with the real connectors."""
    from agent.cli.explain import explained
    from agent.cli.show import Onlookers, told
    from agent.run import scanning
    from agent.run.demo import stage

    with explained(lang), stage(out.absolute()) as file:
        with at_desk(file, lang, verbose=verbose, alone=True) as desk:
            onlookers = Onlookers(desk.text, quiet=quiet, as_json=as_json)
            summary = scanning.scan(desk, scanning.Options(), onlookers)
            told(summary, desk.text, quiet=quiet, as_json=as_json)
        if not (quiet or as_json):
            words = {"folder": file.parent, "code": summary.exit_code}
            typer.echo("\n" + desk.text.say("cli.demo_over", **words), err=True)
