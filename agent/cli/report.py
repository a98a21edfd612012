"""`tojimari report`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.options import CommonOptions, Only, Out, Redact, help_text
from agent.cli.session import open_session


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
        Path | None, typer.Option("--html", help=help_text("page"), show_default=False)
    ] = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help=help_text("format"), show_default=False),
    ] = None,
    redact: Redact = False,
) -> None:
    """Write the files of the last run again, from the store."""
    from agent.cli.output import write_summary
    from agent.run.report_again import Options, write_report_again

    with open_session(common, out=out, exclusive=True) as session:
        options = Options(
            only=only or (),
            formats=formats or None,
            redact=redact,
            page=page.absolute() if page else None,
        )
        write_summary(
            write_report_again(session, options),
            session.text,
            quiet=common.quiet,
            as_json=common.as_json,
        )
