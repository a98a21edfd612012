"""`tojimari findings list` and `tojimari findings show ID`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.desk import at_desk
from agent.cli.options import AsJson, Config, Language, Only, Quiet, Verbose, help_of

if TYPE_CHECKING:
    from agent.classify.finding import Kept
    from agent.run.desk import Desk

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("list", help=help_of("findings_list"))
def list_(
    config: Config = None,
    only: Only = None,
    severity: Annotated[
        str, typer.Option("--severity", help=help_of("severity"), show_default=False)
    ] = "",
    most: Annotated[int, typer.Option("--most", min=1, help=help_of("most"))] = 50,
    lang: Language = "",
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """The findings that stand, the worst first."""
    from itertools import islice

    from agent.cli.scan import severity_of
    from agent.report.jsonl import finding_object, line
    from agent.report.listing import table
    from agent.store.coverage import tenants
    from agent.store.findings import kept

    with at_desk(config, lang, verbose=verbose) as desk:
        keys = [t.key for t in tenants(desk.engine, desk.connectors(only or ()))]
        found = kept(desk.engine, keys, "", least=severity_of(severity))
        if as_json:
            for one in found:
                typer.echo(line(finding_object(one, desk.text)))
        elif not quiet:
            table(islice(found, most), desk.text)
            if rest := sum(1 for _ in found):
                words = {"count": rest, "all": most + rest}
                typer.echo(desk.text.say("listing.more", **words), err=True)


@app.command("show", help=help_of("findings_show"))
def show(
    finding: Annotated[str, typer.Argument(help=help_of("finding"))],
    config: Config = None,
    lang: Language = "",
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """One finding with all that explains it."""
    from agent.report.jsonl import finding_object, line
    from agent.report.listing import page

    with at_desk(config, lang, verbose=verbose) as desk:
        one = found_by(desk, finding)
        if as_json:
            typer.echo(line(finding_object(one, desk.text)))
        elif not quiet:
            page(one, desk.text)


def found_by(desk: Desk, start: str) -> Kept:
    """The one finding whose id begins so. Raises `ConfigError`."""
    from agent.config.errors import ConfigError
    from agent.store.findings import one
    from connectors.sdk.message import say

    found = one(desk.engine, start if start.startswith("tjm1:") else f"tjm1:{start}")
    if len(found) != 1:
        key = "cli.no_finding" if not found else "cli.many_findings"
        raise ConfigError(say(key, id=start, count=len(found)))
    return found[0]
