"""`tojimari init`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.options import Config, Language, Verbose, help_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic.fields import FieldInfo

    from agent.config.draft import Draft
    from agent.text import Text


def init(
    config: Config = None,
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
    lang: Language = "",
    verbose: Verbose = False,
) -> None:
    """Write a configuration."""
    from agent.cli.doctor import doctor
    from agent.cli.explain import explained
    from agent.config.draft import save, set_by_flags
    from agent.config.errors import ConfigError
    from agent.host.folders import CONFIG
    from agent.text import Text, chosen
    from connectors.sdk.message import say

    file = config or Path(CONFIG)
    words = Text(chosen(lang or "auto"))
    with explained(lang):
        if file.exists() and not force:
            raise ConfigError(say("init.exists", file=file))
        asking = not service and sys.stdin.isatty()
        draft = _drafted(service or (), sink or ())
        set_by_flags(draft, set_ or ())
        if asking:
            Wizard(draft, words, file).ask()
        if missing := draft.missing():
            raise ConfigError(*(say("init.missing", key=key) for key in missing))
        save(file, draft.text(words))
    typer.echo(words.say("init.written", file=file), err=True)
    if not no_doctor:
        doctor(config=file, lang=lang, verbose=verbose)


def _drafted(services_: Sequence[str], sinks: Sequence[str]) -> Draft:
    from agent.collect.registry import services
    from agent.config.draft import Draft
    from agent.config.errors import ConfigError
    from agent.sinks.settings import kinds
    from connectors.sdk.message import say

    draft = Draft()
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
    """Asks; each answer goes into the draft."""

    def __init__(self, draft: Draft, words: Text, file: Path) -> None:
        self._draft = draft
        self._words = words
        self._file = file

    def ask(self) -> None:
        """The organization, the services, the sinks."""
        from agent.collect.registry import services
        from agent.sinks.settings import kinds

        self._say("init.welcome", file=self._file)
        for key in ("name", "internal_domains"):
            info = self._draft.models["organization"].model_fields[key]
            self._key("organization", key, info)
        for service in services():
            if self._yes("init.read_service", service=self._words.say(f"{service}.name")):
                self._service(service)
        known = sorted(kinds())
        if self._yes("init.want_sink", kinds=", ".join(known)):
            import click

            choice: Any = click.Choice(known)
            name = self._draft.add_sink(
                typer.prompt(self._words.say("init.which_sink"), type=choice, err=True)
            )
            self._keys(name)

    def _service(self, service: str) -> None:
        """What the app must be allowed, why, and what is lost without it; then its keys."""
        from importlib import import_module

        permissions = import_module(f"connectors.{service}").PERMISSIONS
        self._say("init.permissions", page=f"docs/connectors/{service}.md")
        for permission in permissions:
            key = "init.permission_minimal" if permission.minimal else "init.permission"
            why, lost = self._words.of(permission.why), self._words.of(permission.lost)
            self._say(key, name=permission.name, why=why, lost=lost)
        self._keys(self._draft.add_service(service))

    def _keys(self, name: str) -> None:
        for key, info in self._draft.asked(name):
            self._key(name, key, info)

    def _key(self, name: str, key: str, info: FieldInfo) -> None:
        from agent.config.draft import described

        typer.echo("\n" + described(self._words, name, key, info), err=True)
        if info.examples:
            typer.echo(self._words.say("init.example", value=info.examples[0]), err=True)
        typed: str = typer.prompt(
            f"{name}.{key}",
            default=None if info.is_required() else "",
            show_default=False,
            err=True,
        )
        if typed.strip():
            self._draft.put(name, key, typed.strip())

    def _say(self, key: str, **values: object) -> None:
        typer.echo("\n" + self._words.say(key, **values), err=True)

    def _yes(self, key: str, **values: object) -> bool:
        typer.echo("", err=True)
        return typer.confirm(self._words.say(key, **values), err=True)
