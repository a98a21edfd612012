"""The help of every command shows what somebody would type, and it can be typed."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from agent.cli.app import app
from agent.cli.options import CommonOptions, command, group, help_text
from agent.text import Text

ROOT: Any = get_command(app)


def commands(above: Any = ROOT, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command and every group as it is typed."""
    yield " ".join(words), above
    for name, inner in getattr(above, "commands", {}).items():
        yield from commands(inner, (*words, name))


def typed(epilog: str) -> list[str]:
    """The command lines of an epilog, without their remarks."""
    lines = [line.strip() for line in epilog.splitlines()]
    return [line.partition(" #")[0] for line in lines if line.startswith("tojimari ")]


def parsed(line: str) -> str:
    """Parse a line as the program would; the command it came to."""
    group, words = ROOT, shlex.split(line)[1:]
    reached: list[str] = []
    while hasattr(group, "commands"):
        context = group.make_context("tojimari", words)
        name, group, words = group.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        reached.append(name)
    group.make_context(" ".join(reached), words)
    return " ".join(reached)


@pytest.mark.parametrize(("name", "command"), [*commands()], ids=lambda x: x if x else "tojimari")
def test_every_command_has_an_example_that_is_a_command_line_of_its_own(
    name: str, command: Any
) -> None:
    lines = typed(command.epilog or "")
    assert lines
    reached = [parsed(line) for line in lines]
    if hasattr(command, "commands"):
        assert all(one.startswith(name) for one in reached)
    else:
        assert set(reached) == {name}


def test_both_languages_type_the_same() -> None:
    english, japanese = Text("en", whole=False), Text("ja", whole=False)
    keys = [key for key in english._sentences if key.startswith("example.")]
    assert len(keys) > len(ROOT.commands)
    for key in keys:
        said = [shlex.split(line) for line in typed(english.say(key))]
        other = [shlex.split(line) for line in typed(japanese.say(key))]
        assert [[w for w in words if w.isascii()] for words in other] == [
            [w for w, o in zip(words, theirs, strict=True) if o.isascii()]
            for words, theirs in zip(said, other, strict=True)
        ]


@pytest.mark.parametrize("line", ["tojimari scan --sevrity high", "tojimari findings show"])
def test_a_line_that_cannot_be_typed_is_seen(line: str) -> None:
    with pytest.raises(Exception, match=r"sevrity|finding"):
        parsed(line)


def test_a_command_without_texts_says_which_are_missing_and_where():
    made = group()

    @command(made, "owners")
    def owners(common: CommonOptions) -> None: ...

    group_of_one: Any = get_command(made)
    (found,) = group_of_one.commands.values()
    assert re.fullmatch(r"\(missing text\) \[help\] owners in agent/text/(en|ja)\.toml", found.help)
    assert "(missing text) [example] owners in agent/text/" in found.epilog
    assert help_text("no.such") == found.help.replace("owners", "no.such")
    assert owners.__name__ == "owners"
