"""`tojimari demo`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agent.cli.desk import at_desk
from agent.cli.options import CommonOptions, help_of

if TYPE_CHECKING:
    from agent.text import Text


def demo(
    common: CommonOptions,
    out: Annotated[Path, typer.Option("--out", help=help_of("demo_out"))] = Path("tojimari-demo"),
    serve: Annotated[bool, typer.Option("--serve", help=help_of("demo_serve"))] = False,
    size: Annotated[int, typer.Option("--size", min=0, help=help_of("demo_size"))] = 0,
) -> None:
    """Scan three generated tenants with the real connectors."""
    from agent.cli.explain import explained
    from agent.cli.show import Onlookers, told
    from agent.run import scanning
    from agent.run.demo import stage

    with explained(common.lang), stage(out.absolute(), size) as file:
        if serve:
            _serve(file, common.text)
        with at_desk(replace(common, config=file), alone=True) as desk:
            onlookers = Onlookers(desk.text, quiet=common.quiet, as_json=common.as_json)
            summary = scanning.scan(desk, scanning.Options(), onlookers)
            told(summary, desk.text, quiet=common.quiet, as_json=common.as_json)
        if not (common.quiet or common.as_json):
            words = {"folder": file.parent, "code": summary.exit_code}
            typer.echo("\n" + desk.text.say("cli.demo_over", **words), err=True)


def _serve(file: Path, text: Text) -> NoReturn:
    """Serve the tenants for other commands until Ctrl-C."""
    from agent.config.load import read

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
