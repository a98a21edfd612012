"""Wrap the paragraphs and list items of Markdown files so that a diff shows what changed.

`python -m tools.wrap_markdown` rewrites every tracked page, `--check` only names the pages that
would change and exits with 1; both take a list of files instead. A line is at most 100 columns
wide, where an East Asian wide character counts as two.

A line of Japanese ends after each sentence. Within a sentence it ends at a space, or else after a
full-width mark: a browser shows the end of a line as a space, which is invisible only there.
Tables, blocks of code, HTML, front matter, headings, links and code spans are not divided.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from unicodedata import east_asian_width

WIDTH = 100
GENERATED = (
    "docs/permissions.md",
    "docs/permissions.ja.md",
    "docs/rules.md",
    "docs/rules.ja.md",
)
"""Pages that a program writes; a test compares each with the output of its program."""

AS_GIVEN = "tests/evaluation/corpus/"
"""Where texts stay as their authors wrote them."""

FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
COMMENT = ("<!--", "-->")
ITEM = re.compile(r"^( *)([-*+]|\d{1,9}[.)])( +)(?=\S)")
QUOTE = re.compile(r"^ {0,3}> ?")
AS_IT_IS = re.compile(r"^\s*(?:$|\||<|#{1,6}(?:\s|$)|\[[^\]]+\]:\s|(?:[-*_]\s*){3,}$|=+$)")
"""A blank line, a row of a table, HTML, a heading, a definition of a link, a rule."""
BLOCK_START = re.compile(r"^(?:[-*+]$|\d{1,9}[.)]$|#{1,6}$|>|\||<|=+$|-+$|`{3}|~{3}|\[[^\]]+\]:)")
"""What would begin another block if it stood first in a line."""

ATOM = re.compile(
    r"(?:`+)(?:[^`]|(?<!`)`(?!`))*?`+"  # a code span
    r"|!?\[[^\[\]]*\]\([^()\s]*\)"  # a link or a picture
    r"|<https?:[^>\s]*>"
)
SENTENCE_END = "。！？"
CLOSING = SENTENCE_END + "、；：，．）」』】"
OPENING = "（「『【"


def main() -> int:
    """Wrap the files of the command line, or every tracked page."""
    words = sys.argv[1:]
    check = "--check" in words
    names = [word for word in words if not word.startswith("-")] or tracked()
    changed = [name for name in names if name not in GENERATED and _rewrite(Path(name), check)]
    for name in changed:
        sys.stdout.write(f"{name}: {'is not wrapped' if check else 'wrapped'}\n")
    return 1 if check and changed else 0


def tracked() -> list[str]:
    """Return the names of the Markdown files in the index of Git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [
        name
        for name in listed.split("\0")
        if name and Path(name).is_file() and not name.startswith(AS_GIVEN)
    ]


def _rewrite(file: Path, check: bool) -> bool:
    before = file.read_text(encoding="utf-8")
    after = wrapped(before)
    if after != before and not check:
        file.write_text(after, encoding="utf-8", newline="\n")
    return after != before


def wrapped(text: str) -> str:
    """Return a page with its paragraphs wrapped."""
    return "".join(f"{line}\n" for line in _lines(text.splitlines(), WIDTH))


def unwrapped(text: str) -> str:
    """Return a page with each paragraph in one line, for programs that show the end of a line."""
    return "".join(f"{line}\n" for line in _lines(text.splitlines(), None))


def width(text: str) -> int:
    """Return how many columns a text takes, where a wide character takes two."""
    return sum(2 if _is_wide(character) else 1 for character in text)


def joined(lines: Iterable[str]) -> str:
    """Join the lines of a paragraph, without a space where `wrapped` put none."""
    whole = ""
    for line in (line.strip() for line in lines):
        whole += line if not whole or _meet_without_space(whole, line) else f" {line}"
    return whole


def _lines(lines: list[str], room: int | None) -> Iterator[str]:
    paragraph: list[str] = []
    end = "---" if lines[:1] == ["---"] else ""  # what ends a block that is left as it is
    for number, line in enumerate(lines):
        if end:
            yield line
            if number and _is_end(line, end):
                end = ""
            continue
        mark = FENCE.match(line)
        if mark or AS_IT_IS.match(line) or _is_code(line, paragraph):
            yield from _fill(paragraph, room)
            paragraph = []
            end = mark[1] if mark else ""
            if line.startswith(COMMENT[0]) and COMMENT[1] not in line:
                end = COMMENT[1]
            yield line if line.strip() else ""
        elif ITEM.match(line) or bool(QUOTE.match(line)) != bool(
            paragraph and QUOTE.match(paragraph[0])
        ):
            yield from _fill(paragraph, room)
            paragraph = [line]
        else:
            paragraph.append(line)
            if line.endswith(("  ", "\\")):
                yield from _fill(paragraph, room)
                paragraph = []
    yield from _fill(paragraph, room)


def _is_end(line: str, end: str) -> bool:
    """Whether a line ends a comment, the front matter or a block of code."""
    if end == COMMENT[1]:
        return end in line
    return line.strip().startswith(end) and not line.strip().strip(end[0])


def _is_code(line: str, paragraph: list[str]) -> bool:
    """Whether a line is code by its indentation. It cannot interrupt a paragraph."""
    return not paragraph and re.match(r" {4,}\S", line) is not None and not ITEM.match(line)


def _fill(paragraph: list[str], room: int | None) -> Iterator[str]:
    """Yield the lines of one paragraph, list item or quotation; without `room` it is one line."""
    if not paragraph:
        return
    first, rest = _indents(paragraph[0])
    hard = re.search(r"(?: {2,}|\\)$", paragraph[-1])
    text = joined(
        [
            paragraph[0][len(first) :],
            *(QUOTE.sub("", line) if ">" in rest else line for line in paragraph[1:]),
        ]
    ).removesuffix("\\" if hard else "")
    lines = [text] if room is None else list(_broken(text, room - width(rest)))
    lines[-1] += hard[0] if hard else ""
    yield first + lines[0]
    yield from (rest + line for line in lines[1:])


def _indents(line: str) -> tuple[str, str]:
    """What stands before the text in the first line, and in those that follow."""
    quote = QUOTE.match(line)
    if quote:
        return quote[0], quote[0]
    item = ITEM.match(line)
    if item:
        return item[0], " " * len(item[0])
    space = line[: len(line) - len(line.lstrip())]
    return space, space


def _broken(text: str, room: int) -> Iterator[str]:
    for sentence in _sentences(_pieces(text)):
        yield from _filled(sentence, room)


def _pieces(text: str) -> list[str]:
    """Divide a text where a line may end; a piece keeps the space that follows it."""
    atoms = [range(atom.start() + 1, atom.end()) for atom in ATOM.finditer(text)]
    breaks = [
        at
        for at in range(1, len(text))
        if _may_end(text, at) and not any(at in atom for atom in atoms)
    ]
    pieces: list[str] = []
    for a, b in pairwise([0, *breaks, len(text)]):
        if pieces and BLOCK_START.match(text[a:b].rstrip(" ")):
            pieces[-1] += text[a:b]
        else:
            pieces.append(text[a:b])
    return pieces


def _may_end(text: str, at: int) -> bool:
    """Whether a line may end before this character: at a space or a full-width mark."""
    before, after = text[at - 1], text[at]
    if before == " ":
        counted = text[at - 2 : at - 1].isdigit() and _is_wide(after)
        return not counted and not _meet_without_space(text[: at - 1], text[at:])
    if after in CLOSING + " ":
        return False
    if after == "*" or before == "*":
        strong_is_open = text.count("**", 0, at) % 2 == 1
        if before == "*":
            closed = text[at - 2 : at] == "**" and not strong_is_open
            return closed and text[at - 3 : at - 2] in CLOSING and at > 2
        return text[at : at + 2] == "**" and not strong_is_open and before in CLOSING
    return before in CLOSING or (after in OPENING and before not in OPENING)


def _sentences(pieces: list[str]) -> Iterator[list[str]]:
    """Group the pieces, a group for each Japanese sentence; brackets are not divided."""
    sentence: list[str] = []
    depth = 0
    for piece in pieces:
        sentence.append(piece)
        depth += sum(piece.count(mark) for mark in OPENING) - sum(map(piece.count, "）」』】"))
        if depth <= 0 and piece.rstrip(" *_").endswith(tuple(SENTENCE_END)):
            yield sentence
            sentence, depth = [], 0
    if sentence:
        yield sentence


def _filled(pieces: list[str], room: int) -> Iterator[str]:
    while pieces:
        count = _fitting(pieces, room)
        line = "".join(pieces[:count])
        yield line.rstrip(" ")
        pieces = pieces[count:]


def _fitting(pieces: list[str], room: int) -> int:
    """Return how many pieces the next line holds, if possible up to a space."""
    fits, spaced, used = 1, 0, 0
    for count, piece in enumerate(pieces, 1):
        used += width(piece)
        if used - piece.endswith(" ") > room:
            return spaced or fits
        fits = count
        if piece.endswith(" ") and used > room * 0.6:
            spaced = count
    return len(pieces)


def _meet_without_space(left: str, right: str) -> bool:
    a, b = left.rstrip("*_")[-1:], right.lstrip("*_")[:1]
    return a in CLOSING or b in OPENING or (_is_wide(a) and _is_wide(b))


def _is_wide(character: str) -> bool:
    return bool(character) and east_asian_width(character) in "WF"


if __name__ == "__main__":
    sys.exit(main())
