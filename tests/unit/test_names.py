"""Names are words of the field: what `tools/retired_names.toml` retires does not come back."""

from pathlib import Path

import pytest

from tools.retired_names import (
    allowed,
    identifiers,
    parts_of,
    python_files,
    retired_files,
    uses,
    words,
)

ROOT = Path(__file__).parents[2]


def test_no_definition_has_a_retired_word_in_its_name():
    found = [str(use) for use in uses(ROOT) if use.identifier.kind != "local"]
    assert not found, "\n".join(found)


def test_no_local_variable_has_a_retired_word_in_its_name():
    found = [str(use) for use in uses(ROOT) if use.identifier.kind == "local"]
    assert not found, "\n".join(found)


def test_no_retired_module_of_grade_a_exists():
    files = [entry for entry in retired_files() if entry.grade == "A"]
    assert [entry.path for entry in files if (ROOT / entry.path).exists()] == []


def test_every_word_and_every_exception_gives_its_reason():
    assert all(word.use for word in words())
    assert all(allowed().values())


def test_every_exception_is_of_a_file_that_exists():
    assert [file for file, _ in allowed() if file and not (ROOT / file).is_file()] == []


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("open_notebook", ["open", "notebook"]),
        ("LentContext", ["lent", "context"]),
        ("_a_groups_doors", ["a", "groups", "doors"]),
        ("SHUT_FOR", ["shut", "for"]),
        ("HTTPDoor2", ["http", "door", "2"]),
        ("indoors", ["indoors"]),
    ],
)
def test_a_word_is_found_as_a_whole_part_of_a_name(name: str, parts: list[str]):
    assert parts_of(name) == parts


def test_every_kind_of_binding_is_an_identifier(tmp_path: Path):
    file = tmp_path / "desk.py"
    file.write_text(
        "import os as osx\n"
        "LIMIT, (low, high) = 1, (2, 3)\n"
        "class Desk:\n"
        "    field: int = 0\n"
        "    def open(self, path, *rest, key=None, **more):\n"
        "        self.path = inner = path\n"
        "        for one in rest: pass\n"
        "        return [two for two in more]\n"
    )
    found = {(i.kind, i.qualified) for i in identifiers(file, "desk.py")}
    assert found == {
        ("module", "desk"),
        ("name", "osx"),
        ("name", "LIMIT"),
        ("name", "low"),
        ("name", "high"),
        ("class", "Desk"),
        ("attribute", "Desk.field"),
        ("function", "Desk.open"),
        *(("parameter", f"Desk.open.{p}") for p in ("self", "path", "rest", "key", "more")),
        ("attribute", "Desk.path"),
        *(("local", f"Desk.open.{n}") for n in ("inner", "one", "two")),
    }


def test_product_and_tools_are_searched():
    files = {file.relative_to(ROOT).parts[0] for file in python_files(ROOT)}
    assert files == {"agent", "connectors", "tools"}
