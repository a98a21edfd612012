"""`tojimari rules list` and `tojimari rules show ID`."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli.options import CommonOptions, command, group, help_of

app = group()

TAKES = ("lang", "as_json")


@command(app, "list", texts="rules_list", takes=TAKES)
def list_(common: CommonOptions) -> None:
    """List all rules with their titles."""
    from agent.cli.explain import explained
    from agent.report.rulebook import entries, listed, told

    text = common.text
    with explained(common.lang):
        if common.as_json:
            for entry in entries(text):
                typer.echo(told(entry))
        else:
            listed(text)


@command(app, "show", texts="rules_show", takes=TAKES)
def show(rule: Annotated[str, typer.Argument(help=help_of("rule"))], common: CommonOptions) -> None:
    """Show a rule: what it matches, why, the remediation, the baselines it comes from."""
    from agent.cli.explain import explained
    from agent.report.rulebook import entry_of, told, written

    text = common.text
    with explained(common.lang):
        entry = entry_of(rule, text)
        typer.echo(told(entry) if common.as_json else written(entry, text))
