"""`tojimari init`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from agent.cli.options import CommonOptions, help_of
from agent.errors import ConfigError
from connectors.sdk.message import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic.fields import FieldInfo

    from agent.config.draft import Draft
    from agent.text import Text

T = TypeVar("T")


def init(
    common: CommonOptions,
    service: Annotated[
        list[str] | None, typer.Option("--service", help=help_of("service"), show_default=False)
    ] = None,
    sink: Annotated[
        list[str] | None, typer.Option("--sink", help=help_of("sink"), show_default=False)
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help=help_of("set"), show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=help_of("force"))] = False,
    no_doctor: Annotated[bool, typer.Option("--no-doctor", help=help_of("no_doctor"))] = False,
) -> None:
    """Write a configuration file, from flags or by questions, and run `doctor`.

    Raises:
        typer.Exit: With 2 if the file exists or a value is wrong; else with the code of `doctor`.
    """
    from agent.cli.doctor import doctor
    from agent.cli.explain import explained
    from agent.config.draft import save, set_by_flags
    from agent.host.folders import CONFIG

    file, words = common.config or Path(CONFIG), common.text
    with explained(common.lang):
        if file.exists() and not force:
            raise ConfigError(say("init.exists", file=file))
        asking = not service and sys.stdin.isatty()
        draft = _drafted(service or (), sink or ())
        set_by_flags(draft, set_ or ())
        if asking:
            Wizard(draft, words, file).ask()
        draft.check(file)
        save(file, draft.text(words))
    typer.echo(words.say("init.written", file=file), err=True)
    if not no_doctor:
        doctor(common=replace(common, config=file))


def _drafted(services_: Sequence[str], sinks: Sequence[str]) -> Draft:
    from agent.config.draft import Draft
    from agent.sinks.settings import kinds
    from connectors.sdk.services import services

    draft = Draft(sinks={name: module.Settings for name, module in kinds().items()})
    for chosen_, known, add in (
        (services_, services(), draft.add_service),
        (sinks, sorted(kinds()), draft.add_sink),
    ):
        for name in chosen_:
            if name not in known:
                raise ConfigError(say("init.no_kind", name=name, known=", ".join(known)))
            add(name)
    return draft


class Wizard:
    """Asks for the configuration at the terminal and sets the answers in the draft."""

    def __init__(self, draft: Draft, words: Text, file: Path) -> None:
        self._draft = draft
        self._words = words
        self._file = file

    def ask(self) -> None:
        """Ask for the organization, the services and a sink."""
        from agent.sinks.settings import kinds
        from connectors.sdk.services import services

        self._say("init.welcome", file=self._file)
        for key in ("name", "internal_domains"):
            info = self._draft.models["organization"].model_fields[key]
            self._key("organization", key, info)
        for service in services():
            if self._yes("init.read_service", service=self._words.say(f"{service}.name")):
                self._service(service)
        known = sorted(kinds())
        if self._yes("init.want_sink", kinds=", ".join(known)):
            self._keys(self._draft.add_sink(known[self._choice("init.which_sink", known)]))

    def _service(self, service: str) -> None:
        """Show the permissions that a service needs, then ask for its keys."""
        from connectors.sdk.services import load_service

        permissions = load_service(service).PERMISSIONS
        language = ".ja" if self._words.language == "ja" else ""
        self._say("init.permissions", page=f"docs/connectors/{service}{language}.md")
        for permission in permissions:
            key = "init.permission_minimal" if permission.minimal else "init.permission"
            why, lost = self._words.of(permission.why), self._words.of(permission.lost)
            self._say(key, name=permission.name, why=why, lost=lost)
        name = self._draft.add_service(service)
        self._keys(name)
        self._sign_in(name)

    def _sign_in(self, name: str) -> None:
        """Ask for the way to sign in, then for the keys of that way."""
        ways = self._draft.sign_ins(name)
        way = ways[self._choice("init.which_sign_in", [self._words.of(w.title) for w in ways])]
        for key, value in way.fixed.items():
            self._draft.put(name, key, value)
        fields = self._draft.models[name].model_fields
        for key, example in way.keys.items():
            self._key(name, key, fields[key], example=example, needed=True)
        for key in way.optional:
            self._key(name, key, fields[key])

    def _keys(self, name: str) -> None:
        for key, info in self._draft.asked(name):
            examples = info.examples[0] if info.examples else ""
            example = examples if isinstance(examples, str) else ", ".join(examples)
            self._key(name, key, info, example=example, needed=info.is_required())

    def _key(
        self, name: str, key: str, info: FieldInfo, *, example: str = "", needed: bool = False
    ) -> None:
        """Ask for a key until its value is valid; Enter skips a key that is not needed."""
        from agent.config.draft import described

        typer.echo("\n" + described(self._words, name, key, info), err=True)
        if example:
            typer.echo(self._words.say("init.example", value=example), err=True)
        self._prompt(
            f"{name}.{key}",
            lambda typed: self._draft.put(name, key, typed) if typed else None,
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

        return self._prompt(self._words.say(question), chosen)

    def _prompt(self, question: str, take: Callable[[str], T], *, default: str | None = None) -> T:
        """Ask until `take` accepts the answer, without a `ConfigError`; return its result."""

        def taken(typed: str) -> T:
            try:
                return take(typed.strip())
            except ConfigError as error:
                said = " ".join(map(self._words.of, error.problems))
                raise typer.BadParameter(said) from None

        return typer.prompt(
            question, default=default, value_proc=taken, show_default=False, err=True
        )

    def _say(self, key: str, **values: object) -> None:
        typer.echo("\n" + self._words.say(key, **values), err=True)

    def _yes(self, key: str, **values: object) -> bool:
        typer.echo("", err=True)
        return typer.confirm(self._words.say(key, **values), err=True)
