"""The options that commands share, and how a command is registered with them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from agent.text import Text, resolve_language

F = TypeVar("F", bound=Callable[..., None])

MISSING = "(missing text)"
"""How a help text begins that a developer has forgotten; a test looks for it."""


def _requested_language(arguments: list[str]) -> str:
    """Return the value of the last `--lang` of a command line that nobody has parsed yet.

    Help and usage errors are printed in this language. Without `--lang` it is the value of
    `TOJIMARI_LANG`, else `auto`.
    """
    asked = os.environ.get("TOJIMARI_LANG", "auto")
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if word == "--":
            break
        if word == "--lang" and following:
            asked = following
        elif word.startswith("--lang="):
            asked = word.partition("=")[2]
    return asked


HELP_TEXTS = Text(resolve_language(_requested_language(sys.argv[1:])), whole=False)


def help_text(name: str) -> str:
    """Return the help of a command, an argument or an option: `name` below `[help]`."""
    return _say("help", name)


def example_text(name: str) -> str:
    """Return the end of a command's help: what to type, from `name` below `[example]`.

    The sign `\\b` at its beginning keeps the lines as they are.
    """
    lines = _say("example", name).strip().splitlines()
    return "\n".join(["\b", HELP_TEXTS.say("example.head"), *(f"  {line}" for line in lines)])


def _say(table: str, name: str) -> str:
    """Return a text; where it was forgotten, a text that says what to add, and to which file.

    A missing text must not stop the other commands: all are imported by every run.
    """
    try:
        return HELP_TEXTS.say(f"{table}.{name}")
    except KeyError:
        return f"{MISSING} [{table}] {name} in agent/text/{HELP_TEXTS.language}.toml"


Config = Annotated[
    Path | None, typer.Option("--config", "-c", help=help_text("config"), show_default=False)
]
Language = Annotated[str, typer.Option("--lang", help=help_text("lang"), show_default=False)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help=help_text("verbose"))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=help_text("quiet"))]
AsJson = Annotated[bool, typer.Option("--json", help=help_text("json"))]
Only = Annotated[
    list[str] | None, typer.Option("--only", help=help_text("only"), show_default=False)
]
Out = Annotated[Path | None, typer.Option("--out", help=help_text("out"), show_default=False)]
Redact = Annotated[bool, typer.Option("--redact-names", help=help_text("redact"))]
FailOn = Annotated[str, typer.Option("--fail-on", help=help_text("fail_on"), show_default=False)]
MaxCalls = Annotated[
    int | None, typer.Option("--max-calls", min=1, help=help_text("max_calls"), show_default=False)
]
MaxMinutes = Annotated[
    float | None,
    typer.Option("--max-minutes", min=0.0, help=help_text("max_minutes"), show_default=False),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonOptions:
    """The values of the options that nearly every command takes.

    Attributes:
        config: The configuration file; None for the default one.
        lang: `en`, `ja`, or empty where no language was named.
        verbose: Write the log to the terminal as well.
        quiet: Print neither progress nor summary.
        as_json: Print the result as JSON on stdout.
    """

    config: Path | None = None
    lang: str = ""
    verbose: bool = False
    quiet: bool = False
    as_json: bool = False

    @property
    def text(self) -> Text:
        """The sentences in the language of `--lang`, else in that of the environment."""
        return Text(resolve_language(self.lang or "auto"))


_COMMON: dict[str, tuple[Any, Any]] = {
    "config": (Config, None),
    "lang": (Language, ""),
    "verbose": (Verbose, False),
    "quiet": (Quiet, False),
    "as_json": (AsJson, False),
}
"""Field of `CommonOptions` -> type and default of its option, in the order of the help."""

ALL = tuple(_COMMON)
_CONTEXT = Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context)


def command(
    app: typer.Typer, name: str, *, texts: str = "", takes: Collection[str] = ALL
) -> Callable[[F], F]:
    """Register a function as a command, with the common options that it takes.

    The function has a keyword parameter `common: CommonOptions`. In the help `--config` stands
    in the place of that parameter, the other common options stand at the end.

    Args:
        app: The group that gets the command.
        name: The name that is typed.
        texts: The key of its texts below `[help]` and `[example]`; the name where it is empty.
        takes: Which fields of `CommonOptions` are options of this command.
    """

    def register(function: F) -> F:
        def run(*, context: typer.Context, **given: Any) -> None:
            common = {field: given.pop(field) for field in takes}
            common["lang"] = _language(context)
            function(common=CommonOptions(**common), **given)

        parameters = [_CONTEXT, *_parameters(function, takes)]
        run.__signature__ = Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess] -- what inspect reads
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        key = texts or name
        app.command(name, help=help_text(key), epilog=example_text(key))(run)
        return function

    return register


def group(**more: Any) -> typer.Typer:
    """Return an empty group of commands that takes `--lang` before the name of its command."""

    def callback(lang: Language = "") -> None: ...

    return typer.Typer(no_args_is_help=True, rich_markup_mode=None, callback=callback, **more)


def _language(context: Any) -> str:
    """Return the `--lang` that was typed last: the command's, else its group's, else the first."""
    while context is not None:
        if found := context.params.get("lang"):
            return str(found)
        context = context.parent
    return ""


def _parameters(function: Callable[..., None], takes: Collection[str]) -> list[Parameter]:
    """Return the parameters of a command: its own, with the common ones in their places."""
    hints = get_type_hints(function, include_extras=True)
    found: list[Parameter] = []
    for parameter in signature(function).parameters.values():
        if parameter.name != "common":
            kind = Parameter.KEYWORD_ONLY
            found.append(parameter.replace(kind=kind, annotation=hints[parameter.name]))
        elif "config" in takes:
            found.append(_common("config"))
    return found + [_common(field) for field in _COMMON if field in takes and field != "config"]


def _common(field: str) -> Parameter:
    annotation, default = _COMMON[field]
    return Parameter(field, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
