"""The pages hold together: twins, links, tables of contents, sentences, fields, command lines."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.main import get_command

from agent.cli.app import app
from agent.sinks.flat_event import COLUMNS
from agent.text import _sentences as sentences
from tests.docs.pages import DOCS, ROOT, blocks

SITE = ROOT / "packaging" / "docs"
EVERY_PAGE = sorted(p for p in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
CONTENTS = ("en.toml", "ja.toml")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """The script that builds the site."""
    spec = importlib.util.spec_from_file_location("docs_build", SITE / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_has_its_twin(build: ModuleType) -> None:
    assert list(build.lonely()) == []


def test_a_page_without_its_twin_is_named(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new.ja.md").write_text("# 新しい", encoding="utf-8")
    monkeypatch.setattr(build, "DOCS", tmp_path)
    assert list(build.lonely()) == ["docs/new.ja.md: there is no new.md"]


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=named)
def test_every_link_leads_to_a_page_of_its_own_language(build: ModuleType, page: Path) -> None:
    name = page.relative_to(DOCS).as_posix()
    assert build.turned(name, page.read_text(encoding="utf-8"))[1] == []


@pytest.mark.parametrize(
    ("link", "turned", "wrong"),
    [
        ("[x](rules.ja.md#a)", "[x](rules.md#a)", ""),
        ("[x](output.md)", "[x](../en/output.html)", ""),
        ("[x](rules.md)", "[x](../en/rules.html)", "in the other language"),
        ("[x](nowhere.md)", "x", "does not exist"),
        ("[x](../README.md)", "x", ""),
        ("[x](https://www.standardwebhooks.com/)", "[x](https://www.standardwebhooks.com/)", ""),
        ("![x](images/report-ja.png)", "![x](images/report-ja.png)", ""),
        ("[x](adr/0001-libraries.md)", "[x](adr/0001-libraries.md)", ""),
    ],
)
def test_links_are_turned_for_the_site_of_the_page(
    build: ModuleType, link: str, turned: str, wrong: str
) -> None:
    text, faults = build.turned("output.ja.md", link)
    assert text == turned
    assert wrong in "".join(faults)
    assert bool(wrong) == bool(faults)


def test_both_tables_of_contents_name_every_page_in_the_same_order(build: ModuleType) -> None:
    english, japanese = (
        tomllib.loads((SITE / name).read_text(encoding="utf-8"))["project"]["nav"]
        for name in CONTENTS
    )
    assert list(pages_in(english)) == list(pages_in(japanese))
    every = {n for n in build.names() if n.endswith(".md") and not n.endswith(".ja.md")}
    assert set(pages_in(english)) == {n for n in every if not n.startswith("adr/")}


def pages_in(contents: Any) -> Iterator[str]:
    for entry in contents:
        if isinstance(entry, str):
            yield entry
        else:
            for below in entry.values():
                yield from pages_in([below] if isinstance(below, str) else below)


def quoted(page: str, language: str) -> list[set[str]]:
    """For each heading of the page the keys of the sentences that read so."""
    known: dict[str, set[str]] = {}
    for key, sentence in sentences(language).items():
        known.setdefault(re.sub(r"\{\w+\}", "…", sentence), set()).add(key)
    text = (DOCS / page).read_text(encoding="utf-8")
    return [known.get(line, set()) for line in re.findall(r"^### (.+)$", text, re.MULTILINE)]


def test_every_error_that_is_explained_is_one_that_the_program_tells() -> None:
    english, japanese = quoted("troubleshooting.md", "en"), quoted("troubleshooting.ja.md", "ja")
    assert len(english) == len(japanese) > 30
    for number, (one, other) in enumerate(zip(english, japanese, strict=True), 1):
        assert one & other, f"heading {number} is not what the program says in both languages"


def test_the_recipes_name_fields_that_events_have() -> None:
    for page in ("siem.md", "siem.ja.md"):
        text = "\n".join(
            t for language, t in blocks(DOCS / page) if language in ("ini", "esql", "kql")
        )
        fields = set(re.findall(r"\b(?:metadata|finding_info|unmapped|resources)(?:\.\w+)+", text))
        assert fields
        assert fields <= {column.place for column in COLUMNS}
        queries = "\n".join(t for language, t in blocks(DOCS / page) if language == "kusto")
        columns = set(re.findall(r"\b(?:[A-Z][a-z]+)+\b", re.sub(r'"[^"]*"', "", queries)))
        ours = {column.pascal for column in COLUMNS}
        assert columns - ours == {"TimeGenerated", "Runs"}


def lines(page: Path) -> Iterator[str]:
    """Every `tojimari ...` that somebody might type, from all blocks of a page."""
    for language, text in blocks(page):
        prompt = r"\$ " if language == "console" else "(?:sudo )?"
        whole = re.sub(r"\\\n(?:> )?", " ", text)
        for line in re.findall(rf"^{prompt}(tojimari .*)$", whole, re.MULTILINE):
            if not re.search(r"\w  +[\w`一-龠ぁ-んァ-ン]", line.replace("  --", " --")):
                yield re.split(r" (?:[|<>]|&&) | # ", line)[0]


@pytest.mark.parametrize("page", [p for p in EVERY_PAGE if list(lines(p))], ids=named)
def test_every_command_line_is_one_that_the_program_takes(page: Path) -> None:
    for line in lines(page):  # all but the table of commands, which has a test of its own
        parsed(shlex.split(line.replace("\\", "/"))[1:])


def parsed(words: list[str]) -> None:
    """Parse without running; what the program refuses is raised."""
    command: Any = get_command(app)
    context = command.make_context("tojimari", list(words))
    while hasattr(command, "commands"):
        rest = [*context._protected_args, *context.args]
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize(
    "words", ["scan --ful", "waive add", "findings shows X", "schedule install --at"]
)
def test_a_command_line_that_the_program_refuses_is_found(words: str) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|missing|requires") as refused:
        parsed(words.split())
    assert "UsageError" in {kind.__name__ for kind in type(refused.value).mro()}


NAMED = re.compile(
    r"\b(?:agent|connectors|packaging|tests|tools)/[\w/-]+\.(?:py|toml|json|html\.j2|txt)\b"
)
FOR_DEVELOPERS = [
    ROOT / "CONTRIBUTING.md",
    *sorted(DOCS.glob("architecture*.md")),
    *sorted((DOCS / "adr").glob("*.md")),
]


def test_the_pages_for_developers_name_many_files() -> None:
    assert len(set(NAMED.findall((DOCS / "architecture.md").read_text(encoding="utf-8")))) > 30


def test_every_file_that_a_page_for_developers_names_exists() -> None:
    assert [
        f"{named(page)}: {file}"
        for page in FOR_DEVELOPERS
        for file in NAMED.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / file).exists()
    ] == []


def test_both_pages_on_the_architecture_name_the_same_files() -> None:
    english, japanese = (
        sorted(NAMED.findall((DOCS / f"architecture{ending}").read_text(encoding="utf-8")))
        for ending in (".md", ".ja.md")
    )
    assert english == japanese
