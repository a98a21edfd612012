"""The retired names of `retired_names.toml`, and where code still uses them.

The file lists the modules and names that the first version of this code had, with their
successors, and words that no identifier may contain any more, with the word to use instead.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("retired_names.toml")
FOLDERS = ("agent", "connectors", "tools")

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word that no identifier may contain, and the one to `use` instead.

    `classes_only`: it is refused in names of classes alone.
    """

    word: str
    use: str
    classes_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A name that a file binds.

    `kind` is module, class, function, name, attribute, parameter or local; `qualified` has the
    class and the function in front: `Session.open.path`.
    """

    file: str
    line: int
    kind: str
    qualified: str

    @property
    def name(self) -> str:
        """The last part of the qualified name."""
        return self.qualified.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An identifier that contains a retired word."""

    identifier: Identifier
    word: Word

    def __str__(self) -> str:
        """Return where it is, what it is, and what to use instead."""
        found = self.identifier
        position = f"{found.file}:{found.line}"
        return (
            f"{position}: {found.kind} {found.qualified}: not '{self.word.word}', {self.word.use}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredFile:
    """A module of the first version with its retired names.

    `path` is the path of then; `now` the path of today, or empty where the module is gone;
    `grade` that of the path, empty where the path stays. `names` has the successors of names by
    grade.
    """

    path: str
    now: str
    grade: str
    names: Mapping[str, Mapping[str, str]]


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def retired_files() -> list[RetiredFile]:
    """Return the modules of the first version that have another name or retired names."""
    return [
        RetiredFile(
            path=entry["path"],
            now=entry.get("now", ""),
            grade=entry.get("grade", ""),
            names={grade: entry[grade] for grade in "ABC" if grade in entry},
        )
        for entry in _table()["file"]
    ]


def kept() -> Mapping[tuple[str, str], str]:
    """Return the reason of every module or name that stays.

    The key is the path and the name of the first version; the name is empty for a module.
    """
    return {(entry["path"], entry.get("name", "")): entry["reason"] for entry in _table()["kept"]}


def words() -> list[Word]:
    """Return the words that no identifier may contain."""
    return [Word(**entry) for entry in _table()["word"]]


def homonyms() -> Mapping[str, int]:
    """Return names with the number of definitions that mean one and the same thing."""
    return {entry["name"]: entry["allowed"] for entry in _table()["homonym"]}


def allowed() -> Mapping[tuple[str, str], str]:
    """Return the reason of every identifier that may contain a retired word.

    The key is the file, empty for all files, and the qualified name of the identifier or its
    last part.
    """
    return {(entry.get("file", ""), entry["name"]): entry["reason"] for entry in _table()["allow"]}


def python_files(root: Path, folders: Collection[str] = FOLDERS) -> list[Path]:
    """Return all Python files below these folders of a checkout, in the order of their paths."""
    return sorted(file for folder in folders for file in (root / folder).rglob("*.py"))


def parts_of(name: str) -> list[str]:
    """Return the words of a snake_case or CamelCase name, in lower case."""
    return [part.lower() for part in _PART.findall(name)]


def uses(root: Path) -> list[Use]:
    """Return all identifiers of a checkout that contain a retired word and are not allowed."""
    known = {word.word: word for word in words()}
    excused = allowed()
    found: list[Use] = []
    for path in python_files(root):
        for identifier in identifiers(path, path.relative_to(root).as_posix()):
            for part in parts_of(identifier.name):
                word = known.get(part)
                if word is None or (word.classes_only and identifier.kind != "class"):
                    continue
                names = (identifier.qualified, identifier.name)
                if any((file, name) in excused for file in (identifier.file, "") for name in names):
                    continue
                found.append(Use(identifier=identifier, word=word))
    return found


def identifiers(path: Path, name: str) -> Iterator[Identifier]:
    """Yield every identifier that a file binds, its own name first.

    Args:
        path: The file to read.
        name: The path to report, relative to the checkout.
    """
    stem = path.parent.name if path.stem == "__init__" else path.stem
    yield Identifier(file=name, line=1, kind="module", qualified=stem)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    seen: set[tuple[str, str]] = set()
    for found in _bound(tree, name, "", ""):
        if (found.kind, found.qualified) not in seen:
            seen.add((found.kind, found.qualified))
            yield found


def _bound(node: ast.AST, file: str, owner: str, kind: str) -> Iterator[Identifier]:
    """Yield what is bound below a node; `kind` is that of the owner: class, function or none."""
    for child in ast.iter_child_nodes(node):
        name, of = _binding(child, kind)
        if not name:
            yield from _bound(child, file, owner, kind)
            continue
        prefix = owner.partition(".")[0] if of == "attribute" and kind == "function" else owner
        qualified = f"{prefix}.{name}" if prefix else name
        yield Identifier(file=file, line=getattr(child, "lineno", 1), kind=of, qualified=qualified)
        inner = of if of in ("class", "function") else kind
        yield from _bound(child, file, qualified if inner is of else owner, inner)


def _binding(node: ast.AST, kind: str) -> tuple[str, str]:
    """Return the name that a node binds and what it is; empty when it binds none."""
    match node:
        case ast.ClassDef(name=name):
            return name, "class"
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name, "function"
        case ast.arg(arg=name):
            return name, "parameter"
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
            return name, "attribute"
        case ast.Name(id=name, ctx=ast.Store()):
            return name, {"class": "attribute", "function": "local"}.get(kind, "name")
        case ast.alias(asname=str(name)):
            return name, "local" if kind == "function" else "name"
        case ast.ExceptHandler(name=str(name)):
            return name, "local" if kind == "function" else "name"
        case _:
            return "", ""
