"""`tojimari demo`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agent.cli.options import CommonOptions, help_text
from agent.cli.session import open_session

if TYPE_CHECKING:
    from agent.text import Text


def demo(
    common: CommonOptions,
    out: Annotated[Path, typer.Option("--out", help=help_text("demo_out"))] = Path("tojimari-demo"),
    serve: Annotated[bool, typer.Option("--serve", help=help_text("demo_serve"))] = False,
    size: Annotated[int, typer.Option("--size", min=0, help=help_text("demo_size"))] = 0,
) -> None:
    """Scan three generated tenants with the real connectors."""
    from agent.cli.errors import user_errors
    from agent.cli.output import ProgressReporter, write_summary
    from agent.run import scan
    from agent.run.demo import serve_demo

    with user_errors(common.lang), serve_demo(out.absolute(), size) as file:
        if serve:
            _serve(file, common.text)
        with open_session(replace(common, config=file), exclusive=True) as session:
            progress = ProgressReporter(session.text, quiet=common.quiet, as_json=common.as_json)
            summary = scan.scan(session, scan.Options(), progress)
            write_summary(summary, session.text, quiet=common.quiet, as_json=common.as_json)
        if not (common.quiet or common.as_json):
            words = {"folder": file.parent, "code": summary.exit_code}
            typer.echo("\n" + session.text.say("cli.demo_over", **words), err=True)


def _serve(file: Path, text: Text) -> NoReturn:
    """Serve the tenants for other commands until Ctrl-C."""
    from agent.config.load import read_config

    tables = read_config(file).config.connectors
    for name, table in tables.items():
        address = next(v for k, v in table.items() if k in ("graph_url", "api_url", "login_url"))
        typer.echo(f"{name:<12}{address}", err=True)
    typer.echo(text.say("cli.demo_serving", file=file), err=True)
    try:
        Event().wait()
    except KeyboardInterrupt:
        raise typer.Exit from None
    raise AssertionError
