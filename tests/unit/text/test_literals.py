"""What a command or a report shows comes from the catalogues; a literal speaks English only."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = sorted([*ROOT.glob("agent/cli/*.py"), *ROOT.glob("agent/report/**/*.py")])
SHOWS = {"echo", "secho", "print", "write", "prompt", "confirm", "add_column", "add_row", "rule"}
WORD = re.compile(r"[A-Za-z]{3,}")
FILE = re.compile(r"\S+\.(?:csv|html|j2|toml)\b")
OURS = {"tojimari"}  # a name, in every language


def words(node: ast.expr) -> Iterator[str]:
    """The letters of a shown value that stand in the code; what a call answers is its own."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from WORD.findall(FILE.sub("", node.value))
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.expr) and not isinstance(inner, ast.Call):
            yield from words(inner)


def shown(source: str) -> Iterator[tuple[int, str]]:
    """Words in literals that a call shows: its line, and the word."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        for argument in node.args if name in SHOWS else ():
            if not isinstance(argument, ast.Call):
                yield from ((node.lineno, w) for w in words(argument) if w not in OURS)


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_sentence_is_written_outside_the_catalogues(file: Path) -> None:
    assert list(shown(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        'typer.echo("Nothing to do")',
        'print(f"{count} findings")',
        'console.print("Done" if ok else text.say("x.y"))',
        'typer.confirm("Really" + mark)',
    ],
)
def test_the_search_sees_a_sentence_in_the_code(line: str) -> None:
    assert list(shown(line))


@pytest.mark.parametrize("line", ['echo(text.say("a.sentence"))', "echo(f\"{n}: {say('abc')}\")"])
def test_the_search_takes_no_key_for_a_sentence(line: str) -> None:
    assert list(shown(line)) == []
