"""Pages are wrapped, and wrapping changes nothing that a reader sees."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tools.wrap_markdown import CLOSING, GENERATED, OPENING, WIDTH, unwrapped, width, wrapped

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    page
    for page in [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / ".github").rglob("*.md"),
    ]
    if page.relative_to(ROOT).as_posix() not in GENERATED
)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def seen(text: str) -> str:
    """The page as HTML, without the spaces that are invisible beside full-width marks."""
    html = re.sub(r"\s+", " ", MarkdownIt("commonmark").enable("table").render(text))
    html = re.sub(rf"(?<=[{CLOSING}])((?:</\w+>)*) ", r"\1", html)
    return re.sub(rf" ((?:<\w+>)*)(?=[{OPENING}])", r"\1", html)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_page_is_wrapped(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert wrapped(text) == text, "python -m tools.wrap_markdown"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_reader_sees_the_same_page_in_one_line_a_paragraph(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert seen(unwrapped(text)) == seen(text)
    assert wrapped(unwrapped(text)) == text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("word " * 30, [" ".join(["word"] * 20), " ".join(["word"] * 10)]),
        ("開いている。閉めてください。", ["開いている。", "閉めてください。"]),
        ("* " + "項目と権限、" * 9, ["* " + "項目と権限、" * 8, "  項目と権限、"]),
        ("（一つ。二つ。）三つ。", ["（一つ。二つ。）三つ。"]),
        ("a" * 98 + " - b", ["a" * 98 + " -", "b"]),
        (
            "> " + "quoted " * 20,
            ["> " + " ".join(["quoted"] * 14), "> " + " ".join(["quoted"] * 6)],
        ),
        ("b" * 90 + " `a code span`", ["b" * 90, "`a code span`"]),
        ("あ" * 46 + " Graph 148 万件", ["あ" * 46 + " Graph", "148 万件"]),
        ("| a cell | " + "b" * 120 + " c |", ["| a cell | " + "b" * 120 + " c |"]),
        ("hard break  \nnext", ["hard break  ", "next"]),
        ("```\n" + "code " * 30 + "\n```", ["```", "code " * 30, "```"]),
        ("<!-- a\nb -->\nc\nd", ["<!-- a", "b -->", "c d"]),
        ("---\nname: a\nabout: b\n---\nc\nd", ["---", "name: a", "about: b", "---", "c d"]),
        ("    " + "code " * 30, ["    " + "code " * 30]),
    ],
)
def test_a_line_ends_only_where_a_reader_does_not_see_it(text: str, lines: list[str]) -> None:
    assert wrapped(text).splitlines() == lines
    assert all(width(line) <= WIDTH for line in lines if line[:1] not in ("|", "c", " "))


@pytest.mark.parametrize("word", ["-", "+", "*", "1.", "12)", "#", "##", ">", "|", "```"])
def test_no_line_begins_with_what_would_start_another_block(word: str) -> None:
    text = "a" * 99 + f" {word} b"
    assert seen(wrapped(text)) == seen(text)
