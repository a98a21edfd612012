"""`python -m tests.evaluation`: how well the program judges, on labelled exposures and names.

`exposures FOLDER...` and `names FOLDER...` measure the program on folders of the form of
`tests/evaluation/corpus/a`; `page en`, `page ja` and `rules` write what is published, from the
files in which each organization was judged by what never saw it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from agent.text import LANGUAGES
from tests.evaluation.folders import BrokenFolder
from tests.evaluation.judgements import (
    Judgement,
    NameJudgement,
    as_json,
    judge_exposures,
    judge_names,
    read_leave_one_out,
    read_leave_one_out_names,
)
from tests.evaluation.page import page
from tests.evaluation.report import exposure_report, name_report, wrong_lines
from tests.evaluation.rules_file import rules_file


def main(words: Sequence[str] | None = None) -> int:
    """Print what is asked for; return the exit code."""
    options = _parser().parse_args(words)
    sys.stdout.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue]
    try:
        sys.stdout.write(_output(options))
    except BrokenFolder as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    exposures = commands.add_parser("exposures", help="measure the severity of exposures")
    exposures.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    form = exposures.add_mutually_exclusive_group()
    form.add_argument("--jsonl", action="store_true", help="one line an exposure, no figures")
    form.add_argument("--wrong", action="store_true", help="what is missed or judged too high")
    names = commands.add_parser("names", help="measure level and topic of names")
    names.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    made = commands.add_parser("page", help="docs/evaluation.md, docs/evaluation.ja.md")
    made.add_argument("language", choices=LANGUAGES)
    commands.add_parser("rules", help="agent/classify/measured.toml")
    return parser


def _output(options: argparse.Namespace) -> str:
    """Return what a command prints.

    Raises:
        BrokenFolder: A file is missing, or a line is broken.
    """
    if options.command == "page":
        return page(options.language, read_leave_one_out(), read_leave_one_out_names())
    if options.command == "rules":
        return rules_file(read_leave_one_out())
    folders = [folder if folder.name else folder.resolve() for folder in options.folders]
    if options.command == "names":
        return name_report(_names(folders))
    if options.jsonl:
        return "".join(f"{as_json(said)}\n" for f in folders for said in judge_exposures(f))
    judgements = _exposures(folders)
    return wrong_lines(judgements) if options.wrong else exposure_report(judgements)


def _exposures(folders: Sequence[Path]) -> list[Judgement]:
    _check_apart(folders)
    return [said for folder in folders for said in judge_exposures(folder)]


def _names(folders: Sequence[Path]) -> list[NameJudgement]:
    _check_apart(folders)
    found: list[NameJudgement] = []
    for folder in folders:
        said = list(judge_names(folder))
        if not any(each.of.levels for each in said):
            raise BrokenFolder(folder / "name-labels-1.csv", "there is no such file")
        found += said
    return found


def _check_apart(folders: Sequence[Path]) -> None:
    """Refuse two folders of the same name: their figures would be taken for those of one."""
    twice = [f for f in folders if Counter(each.name for each in folders)[f.name] > 1]
    if twice:
        raise BrokenFolder(twice[-1], "there are two folders of this name")


if __name__ == "__main__":
    raise SystemExit(main())
