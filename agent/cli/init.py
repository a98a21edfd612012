"""`tojimari init`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from agent.cli.options import CommonOptions, help_text
from agent.errors import ConfigError
from connectors.sdk.message import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic.fields import FieldInfo

    from agent.config.builder import ConfigBuilder
    from agent.text import Text

T = TypeVar("T")


def init(
    common: CommonOptions,
    service: Annotated[
        list[str] | None, typer.Option("--service", help=help_text("service"), show_default=False)
    ] = None,
    sink: Annotated[
        list[str] | None, typer.Option("--sink", help=help_text("sink"), show_default=False)
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help=help_text("set"), show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=help_text("force"))] = False,
    no_doctor: Annotated[bool, typer.Option("--no-doctor", help=help_text("no_doctor"))] = False,
) -> None:
    """Write a configuration file, from flags or by questions, and run `doctor`.

    Raises:
        typer.Exit: With 2 if the file exists or a value is wrong; else with the code of `doctor`.
    """
    from agent.cli.doctor import doctor
    from agent.cli.errors import user_errors
    from agent.config.builder import apply_flags, save
    from agent.host.default_paths import CONFIG_FILE_NAME

    file, words = common.config or Path(CONFIG_FILE_NAME), common.text
    with user_errors(common.lang):
        if file.exists() and not force:
            raise ConfigError(say("init.exists", file=file))
        asking = not service and sys.stdin.isatty()
        draft = _initial_builder(service or (), sink or ())
        apply_flags(draft, set_ or ())
        if asking:
            Wizard(draft, words, file).ask()
        draft.check(file)
        save(file, draft.to_toml(words))
    typer.echo(words.say("init.written", file=file), err=True)
    if not no_doctor:
        doctor(common=replace(common, config=file))


def _initial_builder(services_: Sequence[str], sinks: Sequence[str]) -> ConfigBuilder:
    from agent.config.builder import ConfigBuilder
    from agent.sinks.config import sink_types
    from connectors.sdk.services import services

    draft = ConfigBuilder(sinks={name: module.Settings for name, module in sink_types().items()})
    for chosen_, known, add in (
        (services_, services(), draft.add_service),
        (sinks, sorted(sink_types()), draft.add_sink),
    ):
        for name in chosen_:
            if name not in known:
                raise ConfigError(say("init.no_kind", name=name, known=", ".join(known)))
            add(name)
    return draft


class Wizard:
    """Asks for the configuration at the terminal and sets the answers in the draft."""

    def __init__(self, builder: ConfigBuilder, text: Text, file: Path) -> None:
        self._builder = builder
        self._text = text
        self._file = file

    def ask(self) -> None:
        """Ask for the organization, the services and a sink."""
        from agent.sinks.config import sink_types
        from connectors.sdk.services import services

        self._print("init.welcome", file=self._file)
        for key in ("name", "internal_domains"):
            info = self._builder.models["organization"].model_fields[key]
            self._ask_key("organization", key, info)
        for service in services():
            if self._confirm("init.read_service", service=self._text.say(f"{service}.name")):
                self._ask_service(service)
        known = sorted(sink_types())
        if self._confirm("init.want_sink", kinds=", ".join(known)):
            self._ask_keys(self._builder.add_sink(known[self._choice("init.which_sink", known)]))

    def _ask_service(self, service: str) -> None:
        """Show the permissions that a service needs, then ask for its keys."""
        from connectors.sdk.services import load_service

        permissions = load_service(service).PERMISSIONS
        language = ".ja" if self._text.language == "ja" else ""
        self._print("init.permissions", page=f"docs/connectors/{service}{language}.md")
        for permission in permissions:
            key = "init.permission_minimal" if permission.minimal else "init.permission"
            why, lost = self._text.render(permission.why), self._text.render(permission.consequence)
            self._print(key, name=permission.name, why=why, lost=lost)
        name = self._builder.add_service(service)
        self._ask_keys(name)
        self._ask_sign_in(name)

    def _ask_sign_in(self, name: str) -> None:
        """Ask for the way to sign in, then for the keys of that way."""
        ways = self._builder.sign_ins(name)
        way = ways[self._choice("init.which_sign_in", [self._text.render(w.title) for w in ways])]
        for key, value in way.fixed.items():
            self._builder.set_value(name, key, value)
        fields = self._builder.models[name].model_fields
        for key, example in way.keys.items():
            self._ask_key(name, key, fields[key], example=example, needed=True)
        for key in way.optional:
            self._ask_key(name, key, fields[key])

    def _ask_keys(self, name: str) -> None:
        for key, info in self._builder.keys_to_ask(name):
            examples = info.examples[0] if info.examples else ""
            example = examples if isinstance(examples, str) else ", ".join(examples)
            self._ask_key(name, key, info, example=example, needed=info.is_required())

    def _ask_key(
        self, name: str, key: str, info: FieldInfo, *, example: str = "", needed: bool = False
    ) -> None:
        """Ask for a key until its value is valid; Enter skips a key that is not needed."""
        from agent.config.builder import describe_key

        typer.echo("\n" + describe_key(self._text, name, key, info), err=True)
        if example:
            typer.echo(self._text.say("init.example", value=example), err=True)
        self._prompt(
            f"{name}.{key}",
            lambda typed: self._builder.set_value(name, key, typed) if typed else None,
            default=None if needed else "",
        )

    def _choice(self, question: str, offered: Sequence[str]) -> int:
        """Ask which of these is meant and return its position."""
        typer.echo("", err=True)
        for number, one in enumerate(offered, 1):
            typer.echo(f"  {number}. {one}", err=True)
        numbers = [str(number) for number in range(1, len(offered) + 1)]

        def chosen(typed: str) -> int:
            if typed not in numbers:
                raise ConfigError(say("init.no_choice", numbers=", ".join(numbers)))
            return numbers.index(typed)

        return self._prompt(self._text.say(question), chosen)

    def _prompt(self, question: str, take: Callable[[str], T], *, default: str | None = None) -> T:
        """Ask until `take` accepts the answer, without a `ConfigError`; return its result."""

        def taken(typed: str) -> T:
            try:
                return take(typed.strip())
            except ConfigError as error:
                said = " ".join(map(self._text.render, error.problems))
                raise typer.BadParameter(said) from None

        return typer.prompt(
            question, default=default, value_proc=taken, show_default=False, err=True
        )

    def _print(self, key: str, **values: object) -> None:
        typer.echo("\n" + self._text.say(key, **values), err=True)

    def _confirm(self, key: str, **values: object) -> bool:
        typer.echo("", err=True)
        return typer.confirm(self._text.say(key, **values), err=True)
