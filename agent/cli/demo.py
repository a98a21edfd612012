"""`tojimari demo`."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Annotated, NoReturn

import typer

from agent.cli.desk import at_desk
from agent.cli.options import AsJson, Language, Quiet, Verbose, help_of


def demo(
    out: Annotated[Path, typer.Option("--out", help=help_of("demo_out"))] = Path("tojimari-demo"),
    serve: Annotated[bool, typer.Option("--serve", help=help_of("demo_serve"))] = False,
    size: Annotated[int, typer.Option("--size", min=0, help=help_of("demo_size"))] = 0,
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

    with explained(lang), stage(out.absolute(), size) as file:
        if serve:
            _serve(file, lang)
        with at_desk(file, lang, verbose=verbose, alone=True) as desk:
            onlookers = Onlookers(desk.text, quiet=quiet, as_json=as_json)
            summary = scanning.scan(desk, scanning.Options(), onlookers)
            told(summary, desk.text, quiet=quiet, as_json=as_json)
        if not (quiet or as_json):
            words = {"folder": file.parent, "code": summary.exit_code}
            typer.echo("\n" + desk.text.say("cli.demo_over", **words), err=True)


def _serve(file: Path, language: str) -> NoReturn:
    """Keep the tenants open for other commands until Ctrl-C."""
    from agent.config.load import read
    from agent.text import Text, chosen

    text = Text(chosen(language or "auto"))
    tables = read(file).config.connectors
    for name, table in tables.items():
        address = next(v for k, v in table.items() if k in ("graph_url", "api_url", "login_url"))
        typer.echo(f"{name:<12}{address}", err=True)
    typer.echo(text.say("cli.demo_serving", file=file), err=True)
    try:
        Event().wait()
    except KeyboardInterrupt:
        raise typer.Exit from None
    raise AssertionError
