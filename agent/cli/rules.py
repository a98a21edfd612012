"""`tojimari rules list` and `tojimari rules show ID`."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli.options import CommonOptions, command, group, help_text

app = group()

TAKES = ("lang", "as_json")


@command(app, "list", texts="rules_list", takes=TAKES)
def list_(common: CommonOptions) -> None:
    """List all rules with their titles."""
    from agent.cli.errors import user_errors
    from agent.report.rule_catalog import print_rules, rule_entries, to_json

    text = common.text
    with user_errors(common.lang):
        if common.as_json:
            for entry in rule_entries(text):
                typer.echo(to_json(entry))
        else:
            print_rules(text)


@command(app, "show", texts="rules_show", takes=TAKES)
def show(
    rule: Annotated[str, typer.Argument(help=help_text("rule"))], common: CommonOptions
) -> None:
    """Show a rule: what it matches, why, the remediation, the baselines it comes from."""
    from agent.cli.errors import user_errors
    from agent.report.rule_catalog import find_rule, render_rule, to_json

    text = common.text
    with user_errors(common.lang):
        entry = find_rule(rule, text)
        typer.echo(to_json(entry) if common.as_json else render_rule(entry, text))
