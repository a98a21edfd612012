"""`python -m tools.swap_columns`: show that no two columns can be mixed up unseen.

Each pair of neighbours is swapped once, in a copy of the sources, and the quick tests that hold its
values are run: in the calls that build findings, exposure rows and the rows of the other files, in
the dictionaries of `findings.csv`, of the JSON lines and of the events, in the order of the fields
(that of the stored cells), and in `columns.json`. What stays green is printed.

Options: `--workers 2`, `--only TEXT` for the swaps whose name contains the text, `--list`.
Exits with 1 if a swap survives, changes nothing, or could not be tried.
"""

from __future__ import annotations

import ast
import os
import shutil
import sys
import tempfile
import traceback
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
HEAVY: Final = ("pydantic", "sqlalchemy", "trustme")
"""What the tests import is imported once, for all processes."""

COPIED: Final = ("agent", "connectors", "tests")

_BUILT = "tests/unit/run/test_finding_builder.py"
_OTHER_ROWS = "tests/unit/run/test_run_data.py"
_CELLS = "tests/unit/store/test_cells.py"
_COLUMNS = "tests/unit/report/test_columns.py"
_LINES = "tests/unit/report/test_csv_rows.py"
_EVENTS = "tests/golden/test_events.py"

EVENT_PARTS: Final = (
    "finding_event", "sample_event", "scan_event", "_finding_info", "_data_security", "_metadata",
    "_risk", "_subject", "_actor", "_user_object", "_unmapped", "finding_object",
)  # fmt: skip
"""Functions whose dictionaries and `without_empty(...)` calls hold values of a finding or a run."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a file: offsets in its text, and what it is called."""

    begin: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Two pieces of a file that change places, and the tests that must notice."""

    file: str
    first: Span
    second: Span
    within: str
    tests: str

    @property
    def name(self) -> str:
        """As it is printed."""
        return f"{self.file} {self.within}: {self.first.name} <-> {self.second.name}"

    def applied(self, text: str) -> str:
        """Return the text with the two pieces in each other's place."""
        one, two = self.first, self.second
        return "".join((
            text[: one.begin],
            text[two.begin : two.end],
            text[one.end : two.begin],
            text[one.begin : one.end],
            text[two.end :],
        ))  # fmt: skip


class Source:
    """A Python file whose parts are found by their names."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._text = (ROOT / file).read_text(encoding="utf-8")
        self._tree = ast.parse(self._text)
        lengths = [len(line.encode()) for line in self._text.splitlines(keepends=True)]
        self._starts = [sum(lengths[:n]) for n in range(len(lengths) + 1)]

    def calls(self, callees: Iterable[str], tests: str) -> Iterator[Swap]:
        """Yield the neighbours among the values of calls of these functions or classes."""
        for call in self._calls(self._tree, callees):
            yield from self._neighbours(
                [*map(self._positional, call.args), *self._keywords(call)], _callee(call), tests
            )

    def dictionaries(self, functions: Iterable[str], tests: str) -> Iterator[Swap]:
        """Yield the neighbours among the values of dictionaries and `without_empty(...)` calls."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.FunctionDef) and node.name in functions:
                for dictionary in ast.walk(node):
                    if isinstance(dictionary, ast.Dict):
                        yield from self._neighbours(self._values(dictionary), node.name, tests)
                for call in self._calls(node, ("without_empty",)):
                    yield from self._neighbours(list(self._keywords(call)), node.name, tests)

    def fields(self, classes: Iterable[str], tests: str) -> Iterator[Swap]:
        """Yield the neighbours among the fields of these classes."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ClassDef) and node.name in classes:
                fields = [
                    self._span(field, ast.unparse(field.target))
                    for field in node.body
                    if isinstance(field, ast.AnnAssign)
                ]
                yield from self._neighbours(fields, node.name, tests)

    def _calls(self, tree: ast.AST, callees: Iterable[str]) -> Iterator[ast.Call]:
        wanted = set(callees)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _callee(node) in wanted:
                yield node

    def _positional(self, value: ast.expr) -> Span:
        return self._span(value, ast.unparse(value))

    def _keywords(self, call: ast.Call) -> Iterator[Span]:
        return (self._span(k.value, k.arg) for k in call.keywords if k.arg is not None)

    def _values(self, dictionary: ast.Dict) -> list[Span]:
        pairs = zip(dictionary.keys, dictionary.values, strict=True)
        return [self._span(v, str(k.value)) for k, v in pairs if isinstance(k, ast.Constant)]

    def _span(self, node: ast.expr | ast.stmt, name: str) -> Span:
        assert node.end_lineno is not None and node.end_col_offset is not None
        begin = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[node.end_lineno - 1] + node.end_col_offset
        raw = self._text.encode()
        return Span(len(raw[:begin].decode()), len(raw[:end].decode()), name)

    def _neighbours(self, spans: Sequence[Span], within: str, tests: str) -> Iterator[Swap]:
        for one, two in pairwise(spans):
            yield Swap(self.file, one, two, within, tests)


def _callee(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def swaps() -> list[Swap]:
    """Return every swap that is to be tried. Exits where a part of the code is not found."""
    built, others = Source("agent/run/finding_builder.py"), Source("agent/run/run_data.py")
    lines, lifecycle = (
        Source("agent/report/csv_rows.py"),
        Source("agent/store/finding_lifecycle.py"),
    )
    ocsf, heartbeat = Source("agent/sinks/ocsf.py"), Source("agent/sinks/heartbeat.py")
    parts = {
        "built findings": built.calls(["Finding"], _BUILT),
        "built exposure rows": built.calls(["ExposureRow"], _BUILT),
        "where a finding lies": built.dictionaries(["__init__"], _BUILT),
        "built principals": others.calls(["PrincipalRow"], _OTHER_ROWS),
        "built settings": others.calls(["SettingRow"], _OTHER_ROWS),
        "built scopes": others.calls(["ScopeRow"], _OTHER_ROWS),
        "cells of an exposure": Source("agent/classify/exposure_row.py").fields(
            ["ExposureRow"], _CELLS
        ),
        "cells of a finding": Source("agent/classify/finding.py").fields(["Finding"], _CELLS),
        "fields of a principal": lines.fields(["PrincipalRow"], _COLUMNS),
        "fields of a setting": lines.fields(["SettingRow"], _COLUMNS),
        "fields of a scope": lines.fields(["ScopeRow"], _COLUMNS),
        "lines of findings.csv": lines.dictionaries(["finding_row"], _LINES),
        "columns": _columns(),
        "findings on their way to the store": lifecycle.calls(["cls"], _CELLS),
        "stored findings": lifecycle.calls(["FindingRow"], _CELLS),
        "events": ocsf.dictionaries(EVENT_PARTS, _EVENTS),
        "heartbeats": heartbeat.dictionaries(EVENT_PARTS, _EVENTS),
        "JSON lines": Source("agent/report/jsonl.py").dictionaries(EVENT_PARTS, _EVENTS),
    }
    found = {name: list(part) for name, part in parts.items()}
    if missing := [name for name, part in found.items() if not part]:
        sys.exit(f"not found, perhaps renamed: {', '.join(missing)}")
    return [swap for part in found.values() for swap in part]


def _columns() -> Iterator[Swap]:
    """The neighbours among the columns of each table; each column has a line of its own."""
    file = "agent/report/columns.json"
    text, at, before = (ROOT / file).read_text(encoding="utf-8"), 0, None
    for line in text.splitlines(keepends=True):
        column = line.strip().rstrip(",")
        if column.startswith('{"name": '):
            begin = at + line.index(column)
            name = column.split('"')[3]
            here = Span(begin, begin + len(column), name)
            if before is not None:
                yield Swap(file, before, here, f"line {text.count(chr(10), 0, at) + 1}", _COLUMNS)
            before = here
        else:
            before = None
        at += len(line)


class Copy:
    """A copy of the sources, in which one file at a time is changed and tests are run."""

    def __init__(self, folder: Path, source: Path = ROOT) -> None:
        self.folder = folder
        for name in COPIED:
            shutil.copytree(
                source / name, folder / name, ignore=None if source != ROOT else _CACHES
            )
        shutil.copy(source / "pyproject.toml", folder)

    def run(self, tests: Iterable[str], *, quiet: bool = True) -> int:
        """Return pytest's exit code for these files, run in a process of its own."""
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            return os.waitstatus_to_exitcode(status)
        code = 3
        try:
            os.chdir(self.folder)
            sys.path[:] = [str(self.folder), *(p for p in sys.path if p and Path(p) != ROOT)]
            sys.dont_write_bytecode = quiet
            if quiet:
                silence = os.open(os.devnull, os.O_WRONLY)
                os.dup2(silence, 1)
                os.dup2(silence, 2)
            words = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--no-header"]
            code = int(pytest.main([*words, *tests]))
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stdout.flush()
            os._exit(code)

    def tried(self, swap: Swap) -> str:
        """Return what is wrong with a swap: nothing when a test notices it."""
        path = self.folder / swap.file
        whole = path.read_text(encoding="utf-8")
        changed = swap.applied(whole)
        if changed == whole:
            return "changes nothing"
        for old in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            old.unlink()  # it has the size and perhaps the time of the changed file
        path.write_text(changed, encoding="utf-8")
        code = self.run([swap.tests])
        path.write_text(whole, encoding="utf-8")
        return {0: "survives", 1: ""}.get(code, f"could not be tried (pytest: {code})")


_CACHES: Final = shutil.ignore_patterns("__pycache__")


def _work(folder: Path, compiled: Path, mine: Sequence[Swap], problems: Any) -> None:
    """Try these swaps in a copy of one's own, and say what is wrong with each."""
    copy = Copy(folder, compiled)
    for swap in mine:
        problems.put((swap.name, copy.tried(swap)))


def main() -> int:
    """Try every swap and print those that no test notices."""
    parser = ArgumentParser(prog="tools.swap_columns")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    chosen = [swap for swap in swaps() if asked.only in swap.name]
    if asked.list:
        print(*(swap.name for swap in chosen), sep="\n")
        return 0
    for name in HEAVY:
        import_module(name)
    wrong, context = 0, get_context("fork")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        compiled = Copy(folder / "compiled")
        if code := compiled.run(sorted({swap.tests for swap in chosen}), quiet=False):
            print("the tests fail without any swap")
            return code
        problems = context.Queue()
        for n in range(asked.workers):
            mine = (folder / str(n), compiled.folder, chosen[n :: asked.workers], problems)
            context.Process(target=_work, args=mine, daemon=True).start()
        for _ in chosen:
            swap, problem = problems.get()
            if problem:
                wrong += 1
                print(f"{problem}: {swap}", flush=True)
    print(f"{len(chosen)} swaps, {wrong} not noticed")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
