"""`python -m tests.golden`: write the golden files anew.

`--to FOLDER` writes them there instead, `--only demo` or `--only events` one part of them.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
LANGUAGES = ("en", "ja")


def main() -> None:
    """Write what was asked for."""
    parser = ArgumentParser(prog="tests.golden")
    parser.add_argument("--to", type=Path, default=HERE)
    parser.add_argument("--only", choices=("demo", "events"), default="")
    asked = parser.parse_args()
    if asked.only != "events":
        from tests.golden.demo import files

        for language in LANGUAGES:
            with TemporaryDirectory() as folder:
                write(asked.to / language, files(Path(folder), language))
    if asked.only != "demo":
        from tests.golden.specimens import objects

        write(asked.to / "events", objects("en"))


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
