"""What a command or a report shows comes from the catalogues; a literal speaks English only.

Connectors store titles of their own as data, in English; the catalogues have each of them, too.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agent.text import Text

ROOT = Path(__file__).parents[3]
CONNECTORS = sorted(path for path in ROOT.glob("connectors/*/*.py") if path.parent.name != "sdk")
FILES = sorted([*ROOT.glob("agent/cli/*.py"), *ROOT.glob("agent/report/**/*.py")])
SHOWS = {"echo", "secho", "print", "write", "prompt", "confirm", "add_column", "add_row", "rule"}
WORD = re.compile(r"[A-Za-z]{3,}")
FILE = re.compile(r"\S+\.(?:csv|html|j2|toml)\b")
OURS = {"tojimari"}  # a name, in every language
OWN = {"Scope": ("scope", "id"), "Item": ("kind", "kind")}  # record -> table, and what its key is


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


def own_names(source: str) -> Iterator[tuple[str, str]]:
    """The names with words in them that a connector gives to scopes and items: key, English."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in OWN:
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        for name in ("title", "name"):
            pattern = pattern_of(given.get(name))
            if WORD.search(pattern.replace("{name}", "")):
                table, by = OWN[getattr(node.func, "id", "")]
                yield f"{table}.{pattern_of(given.get(by))}", pattern


def pattern_of(node: ast.expr | None) -> str:
    """A literal as a sentence of the catalogue: what is filled in is `{name}`."""
    match node:
        case ast.Constant(value=str() as value):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{name}" for part in parts
            )
        case _:
            return ""


def sentences(language: str) -> Mapping[str, str]:
    return Text(language)._sentences


@pytest.mark.parametrize("file", CONNECTORS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_name_that_a_connector_makes_up_is_in_both_catalogues(file: Path) -> None:
    service = file.parent.name
    for key, english in own_names(file.read_text(encoding="utf-8")):
        assert sentences("en").get(f"{service}.{key}") == english
        assert f"{service}.{key}" in sentences("ja")


def test_the_catalogues_have_no_name_that_no_connector_makes() -> None:
    made = {
        f"{file.parent.name}.{key}"
        for file in CONNECTORS
        for key, _ in own_names(file.read_text(encoding="utf-8"))
    }
    services = "|".join({file.parent.name for file in CONNECTORS})
    table = re.compile(rf"(?:{services})\.(?:scope|kind)\.")
    assert made == {key for key in sentences("en") if table.match(key)}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('Scope(id="rest", title="All the rest")', ("scope.rest", "All the rest")),
        ('Item(id=i, kind="set", name=f"{x} (Files)")', ("kind.set", "{name} (Files)")),
    ],
)
def test_the_search_sees_a_name_that_is_a_sentence(line: str, found: tuple[str, str]) -> None:
    assert list(own_names(line)) == [found]


@pytest.mark.parametrize(
    "line", ['Scope(id=d["id"], title=d["name"])', 'Item(kind="file", name=f"{a} / {b}")']
)
def test_the_search_leaves_names_of_the_vendor_alone(line: str) -> None:
    assert list(own_names(line)) == []
