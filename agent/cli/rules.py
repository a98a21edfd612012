"""`tojimari rules list` and `tojimari rules show ID`."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli.options import AsJson, Language, example_of, help_of

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("list", help=help_of("rules_list"), epilog=example_of("rules_list"))
def list_(lang: Language = "", as_json: AsJson = False) -> None:
    """All rules with their titles."""
    from agent.cli.explain import explained
    from agent.report.rulebook import entries, listed, told
    from agent.text import Text, chosen

    with explained(lang):
        text = Text(chosen(lang or "auto"))
        if as_json:
            for entry in entries(text):
                typer.echo(told(entry))
        else:
            listed(text)


@app.command("show", help=help_of("rules_show"), epilog=example_of("rules_show"))
def show(
    rule: Annotated[str, typer.Argument(help=help_of("rule"))],
    lang: Language = "",
    as_json: AsJson = False,
) -> None:
    """One rule: what it objects to, why, how to fix it, where it comes from."""
    from agent.cli.explain import explained
    from agent.report.rulebook import entry_of, told, written
    from agent.text import Text, chosen

    with explained(lang):
        text = Text(chosen(lang or "auto"))
        entry = entry_of(rule, text)
        typer.echo(told(entry) if as_json else written(entry, text))
