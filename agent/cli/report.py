"""`tojimari report`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.desk import at_desk
from agent.cli.options import CommonOptions, Only, Out, Redact, help_of


class Format(StrEnum):
    """The formats of a report besides CSV."""

    HTML = "html"
    JSONL = "jsonl"
    XLSX = "xlsx"


def report(
    common: CommonOptions,
    only: Only = None,
    out: Out = None,
    page: Annotated[
        Path | None, typer.Option("--html", help=help_of("page"), show_default=False)
    ] = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help=help_of("format"), show_default=False),
    ] = None,
    redact: Redact = False,
) -> None:
    """Write the files of the last run again, from the store."""
    from agent.cli.show import told
    from agent.run.rewriting import Options, rewrite

    with at_desk(common, out=out, alone=True) as desk:
        options = Options(
            only=only or (),
            formats=formats or None,
            redact=redact,
            page=page.absolute() if page else None,
        )
        told(rewrite(desk, options), desk.text, quiet=common.quiet, as_json=common.as_json)
