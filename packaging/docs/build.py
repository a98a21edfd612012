"""Build the documentation, one site a language: `python packaging/docs/build.py [OUT]`.

OUT/index.html leads to OUT/en/ and OUT/ja/. Nothing in them is fetched from anywhere, and they work
as files, too: search included. A page without its twin, a link that leads nowhere or into the other
language, and whatever Zensical warns about end the build.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.wrap_markdown import unwrapped

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DOCS = ROOT / "docs"
STAGE = ROOT / "build" / "docs"
LANGUAGES = ("en", "ja")
FOR_ENGINEERS = ("adr/",)
"""Pages in English only that stand in both sites: records of decisions."""

SWITCH = re.compile(r"^\[(?:English|日本語)\]\([^)]+\)\n\n", re.MULTILINE)
"""The line that leads to the twin where no site does it."""
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
FRONT = """<!doctype html><meta charset="utf-8"><title>tojimari</title>
<p><a href="en/index.html">English</a> <a href="ja/index.html" lang="ja">日本語</a></p>
<script>
location.replace((navigator.language.startsWith("ja") ? "ja" : "en") + "/index.html")
</script>
"""


def main() -> None:
    """Stage, check, build."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist" / "docs").resolve()
    shutil.rmtree(STAGE, ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(HERE, STAGE)  # Zensical keeps to the folder of its configuration
    if wrong := sorted({*lonely(), *stage()}):
        sys.exit("\n".join(wrong))
    for language in LANGUAGES:
        zensical(language)
        shutil.copytree(STAGE / f"site-{language}", out / language)
    (out / "index.html").write_text(FRONT, encoding="utf-8")


def language_of(page: str) -> str:
    """The language of a page, by its name."""
    return "ja" if page.endswith(".ja.md") else "en"


def twin_of(page: str) -> str:
    """The name of the same page in the other language."""
    return page.replace(".ja.md", ".md") if language_of(page) == "ja" else page[:-3] + ".ja.md"


def shared(page: str) -> bool:
    """Whether a page stands in both sites as it is."""
    return page.startswith(FOR_ENGINEERS) or not page.endswith(".md")


def lonely() -> Iterator[str]:
    """Pages without their twin."""
    for name in names():
        if not shared(name) and not (DOCS / twin_of(name)).is_file():
            yield f"docs/{name}: there is no {twin_of(name)}"


def names() -> list[str]:
    """Every file of the documentation."""
    return sorted(file.relative_to(DOCS).as_posix() for file in DOCS.rglob("*") if file.is_file())


def stage() -> list[str]:
    """Lay the pages of each language into a folder of their own; what is wrong with their links."""
    wrong: list[str] = []
    for name in names():
        for language in LANGUAGES if shared(name) else (language_of(name),):
            target = STAGE / language / name.replace(".ja.md", ".md")
            target.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(".md"):
                text, faults = turned(name, (DOCS / name).read_text(encoding="utf-8"))
                if language_of(name) == "ja":  # a browser shows the end of a line as a space
                    text = unwrapped(text)
                target.write_text(text, encoding="utf-8")
                wrong += faults
            else:
                shutil.copy(DOCS / name, target)
    return wrong


def turned(page: str, text: str) -> tuple[str, list[str]]:
    """A page with its links as its own site needs them, and what is wrong with them."""
    wrong: list[str] = []
    up = "../" * (page.count("/") + 1)

    def turn(link: re.Match[str]) -> str:
        picture, words, target, anchor = link.groups("")
        if ":" in target:
            return link[0]
        place = (DOCS / page).parent.joinpath(target).resolve()
        if not place.exists():
            wrong.append(f"docs/{page}: {target} does not exist")
        if not place.is_file() or not place.is_relative_to(DOCS):
            return words  # what lies in the repository and is no page
        name = place.relative_to(DOCS).as_posix()
        if shared(name) or language_of(name) == language_of(page):
            return f"{picture}[{words}]({target.replace('.ja.md', '.md')}{anchor})"
        if name != twin_of(page) and not shared(page):
            wrong.append(f"docs/{page}: {target} is in the other language")
        site = f"{up}{language_of(name)}/{name.replace('.ja.md', '.md')}"
        return f"[{words}]({site.removesuffix('.md')}.html{anchor})"

    return LINK.sub(turn, SWITCH.sub("", text)), wrong


def zensical(language: str) -> None:
    """One site, strictly."""
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(
        [*command, "-f", str(STAGE / f"{language}.toml")],
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


if __name__ == "__main__":
    main()
