"""Measure the code of a checkout: retired names, imports, docstrings, sources, duplicates.

Run `python -m tools.measure_code [ROOT] [--json] [--list METRIC]` from this repository. ROOT may
be any checkout, also an older commit; the list of retired names is always that of this one.

Product code is every Python file below `agent` and `connectors`. The definitions:

`modules A`, `names A`: Modules and public names of grade A of `retired_names.toml` that still
    exist. A name is looked for in its old module and in the successor of it. Names with a
    leading underscore are counted apart, as are those that stay for a reason.
`words`: Identifiers that contain a retired word (see `tools/retired_names.py`), locals apart.
`homonyms`: Names of `retired_names.toml` that are defined as a class, function or method, or as
    a type alias, more often than their meanings allow.
`class twins`: Public classes whose name is defined in two modules outside the demos. Modules of
    the same name in the folders of services count as one: the same file means the same there.
    `CONTRACT_CLASSES` do not count.
`package circles`, `module circles`: Strongly connected components of more than one member in the
    graph of imports that run when a module is loaded. A package is `agent.x`, `connectors.sdk`
    or `connectors.<service>`; the modules beside the packages of the agent are one, `agent.base`.
    Imports under `TYPE_CHECKING` and inside functions are in the second figure of each pair.
`arrows`, `arrows up`: Pairs of packages of which one imports the other, and those of them that
    run from a lower to a higher floor, see `FLOORS`. All kinds of imports count.
`long functions`: Functions of more than `LONG` lines, from `def` to the last line.
`silent raises`: Public functions and methods, but no tests, with a `raise` of their own (not that
    of a nested function, and not a bare one) whose docstring does not contain the word raise.
`sources`: Statements `Source: <url> (read YYYY-MM-DD)`, or without the word in a list of sources,
    outside the demos; the date may stand on the next line. Then the different addresses, and
    statements `Source: not documented` or `Source: measured`.
`duplicates`: Runs of `WINDOW` lines or more that occur twice. Blank lines, comments, docstrings
    and imports are left out, and white space at both ends of a line. A run is a longest stretch
    of a file in which every window of `WINDOW` lines occurs somewhere else, too. For the same
    shape every name is one name, every string one string and every number one number; windows
    of fewer than `DISTINCT` different lines (fields of a record, members of an enumeration) and
    of the demos' data do not count there.
"""

from __future__ import annotations

import ast
import io
import json
import re
import statistics
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import grimp

from tools.retired_names import Function, homonyms, kept, python_files, retired_files, uses

BASE, MAIN = "agent.base", "agent.__main__"

FLOORS = (
    ("connectors.sdk",),
    (BASE, "connectors.google", "connectors.m365", "connectors.salesforce"),
    ("agent.classify",),
    ("agent.text",),
    ("agent.host",),
    ("agent.config",),
    ("agent.store",),
    ("agent.collect",),
    ("agent.report",),
    ("agent.sinks",),
    ("agent.run",),
    ("agent.cli",),
    (MAIN,),
)
"""The packages from the ground up; one imports only those of lower floors."""

LONG = 60
WINDOW = 6
DISTINCT = 4
CONTRACT_CLASSES = frozenset({"Settings"})
"""Classes that every service or sink has by contract."""

_SOURCE = re.compile(r"(https?://[^\s)>,]+)[,\s#]+\(read \d{4}-\d\d-\d\d\)")
_UNDOCUMENTED = re.compile(r"Source: (?:not documented|measured)")
_IDLE_TOKENS = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
)
_KEYWORDS = frozenset(
    {
        *("and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del"),
        *("elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in"),
        *("is", "lambda", "match", "case", "nonlocal", "not", "or", "pass", "raise", "return"),
        *("try", "while", "with", "yield", "None", "True", "False", "self"),
    }
)

N = TypeVar("N", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with its name and what it consists of, one line for each."""

    name: str
    value: int | float | str
    details: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file of the product: its path relative to the checkout, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def is_demo(self) -> bool:
        """Return True for the made-up tenants of the services."""
        return "/demo/" in self.path

    @property
    def module(self) -> str:
        """Return the dotted name of the module."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass(slots=True)
class Imports:
    """The edges between modules, by the way of importing."""

    loaded: dict[str, set[str]] = field(default_factory=lambda: defaultdict[str, set[str]](set))
    deferred: dict[str, set[str]] = field(default_factory=lambda: defaultdict[str, set[str]](set))

    @property
    def all(self) -> dict[str, set[str]]:
        """Return the edges of both kinds."""
        modules = self.loaded.keys() | self.deferred.keys()
        return {m: self.loaded.get(m, set()) | self.deferred.get(m, set()) for m in modules}


def measure(root: Path) -> list[Metric]:
    """Return all metrics of a checkout, in the order of the table."""
    sources = [_source(root, path) for path in python_files(root, ("agent", "connectors"))]
    product = [source for source in sources if not source.is_demo]
    imports = _imports(root, sources)
    packages = {module.rpartition(".")[0] for module in (source.module for source in sources)}
    rooms = _rooms(imports.all, packages)
    up = sorted(f"{a} -> {b}" for a in rooms for b in rooms[a] if _floor(a) < _floor(b))
    return [
        *_retired(root),
        *_words(root),
        *_names(sources, product),
        *_circles("package circles", _rooms(imports.loaded, packages), rooms),
        *_circles("module circles", imports.loaded, imports.all),
        Metric("arrows", sum(map(len, rooms.values()))),
        Metric("arrows up", len(up), up),
        _long_functions(sources),
        _silent_raises(product),
        *_vendor_sources(product),
        *_duplicates(sources),
        *_sizes(sources, product),
    ]


def _source(root: Path, path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path.relative_to(root).as_posix(), text, ast.parse(text))


def _retired(root: Path) -> Iterator[Metric]:
    """Yield what is left of the retired modules and names, by grade."""
    modules: dict[str, list[str]] = defaultdict(list)
    names: dict[str, list[str]] = defaultdict(list)
    stays = kept()
    for entry in retired_files():
        if entry.grade and (root / entry.path).is_file() and (entry.path, "") not in stays:
            modules[entry.grade].append(entry.path)
        defined: set[str] = set()
        for path in {entry.path, entry.now} - {""}:
            if (root / path).is_file():
                defined |= _defined(ast.parse((root / path).read_text(encoding="utf-8")))
        for grade, successors in entry.names.items():
            left = [name for name in successors if (entry.path, name) not in stays]
            left = [name for name in left if _is_left(name, defined)]
            names[grade] += [f"{entry.path}::{name}" for name in left]
    for grade in "AB":
        yield Metric(f"modules {grade}", len(modules[grade]), modules[grade])
    for grade in "AB":
        public = [n for n in names[grade] if not _last(n.partition("::")[2]).startswith("_")]
        yield Metric(f"names {grade}", len(public), public)
        private = [name for name in names[grade] if name not in public]
        yield Metric(f"private names {grade}", len(private), private)
    reasons = [f"{path} {name}: {reason}" for (path, name), reason in stays.items()]
    yield Metric("kept with a reason", len(reasons), reasons)


def _is_left(name: str, defined: Collection[str]) -> bool:
    """Return True if a qualified name is defined, under any class of the same module."""
    if name in defined:
        return True
    methods = {_last(known) for known in defined if "." in known}
    return "." in name and _last(name) in methods and _last(name) not in _EVERYDAY


_EVERYDAY = frozenset({"of", "all", "next", "items", "get", "put", "close", "path", "scope"})
"""Names of methods that say too little to be looked for in another class."""


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _defined(tree: ast.Module) -> set[str]:
    """Return the names that a module defines, those of classes qualified."""
    found: set[str] = set()

    def visit(nodes: Iterable[ast.AST], prefix: str) -> None:
        for node in nodes:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found.add(prefix + name)
                    inner = list(ast.walk(node))
                    found.update(f"{prefix}{a}" for a in _own_attributes(inner) if prefix)
                    visit((n for n in inner if isinstance(n, ast.ClassDef)), "")
                case ast.ClassDef(name=name, body=body):
                    found.add(name)
                    visit(body, f"{name}.")
                case ast.If() | ast.Try():
                    visit(ast.iter_child_nodes(node), prefix)
                case ast.stmt():
                    found.update(prefix + name for name in _stored(node))
                case _:
                    pass

    visit(tree.body, "")
    return found


def _own_attributes(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name
            case _:
                pass


def _stored(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case _:
                pass


def _words(root: Path) -> Iterator[Metric]:
    found = uses(root)
    named = [str(use) for use in found if use.identifier.kind != "local"]
    yield Metric("words", len(named), named)
    yield Metric("words in locals", len(found) - len(named), [str(u) for u in found])


def _names(sources: Sequence[Source], product: Sequence[Source]) -> Iterator[Metric]:
    """Yield names that mean two things, and public classes of one name."""
    limits = homonyms()
    definitions: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        for name, line in _definitions(source.tree):
            definitions[name].append(f"{source.path}:{line} {name}")
    over = [name for name, limit in limits.items() if len(definitions[name]) > limit]
    yield Metric("homonyms", len(over), [one for name in over for one in definitions[name]])
    twins: dict[str, dict[str, str]] = defaultdict(dict)
    for source in product:
        home = re.sub(r"connectors/(?!sdk)\w+", "connectors/service", source.path)
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                twins[node.name][home] = f"{source.path}:{node.lineno} {node.name}"
    twice = {n: p for n, p in twins.items() if len(p) > 1 and n not in CONTRACT_CLASSES}
    yield Metric("class twins", len(twice), [p for n in sorted(twice) for p in twice[n].values()])


def _definitions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield classes, functions, methods and type aliases with their lines."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=n) | ast.FunctionDef(name=n) | ast.AsyncFunctionDef(name=n):
                yield n, node.lineno
            case _:
                pass
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if (
                name[:1].isupper() and not name.isupper()
            ):
                yield name, node.lineno
            case _:
                pass


def _imports(root: Path, sources: Sequence[Source]) -> Imports:
    """Return who imports whom, by grimp, told apart by where the import stands."""
    sys.path.insert(0, str(root))
    try:
        graph = grimp.build_graph("agent", "connectors", cache_dir=None)
    finally:
        sys.path.remove(str(root))
    deferred = {source.module: _deferred_lines(source.tree) for source in sources}
    imports = Imports()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            details = graph.get_import_details(importer=module, imported=imported)
            lines = [detail["line_number"] for detail in details]
            later = deferred.get(module, frozenset[int]())
            kind = imports.deferred if lines and later.issuperset(lines) else imports.loaded
            kind[module].add(imported)
    return imports


def _deferred_lines(tree: ast.Module) -> frozenset[int]:
    """Return the lines of imports that do not run when the module is loaded."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        body: Sequence[ast.stmt] = ()
        if isinstance(node, Function) or (isinstance(node, ast.If) and _is_typing(node.test)):
            body = node.body
        for inner in (i for statement in body for i in ast.walk(statement)):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                lines.update(range(inner.lineno, (inner.end_lineno or inner.lineno) + 1))
    return frozenset(lines)


def _is_typing(test: ast.expr) -> bool:
    return ast.unparse(test).endswith("TYPE_CHECKING")


def _room(module: str, packages: Collection[str]) -> str:
    """Return the package of a module; modules of the root itself are `agent.base`."""
    room = ".".join(module.split(".")[:2])
    return room if room in packages or room == MAIN else BASE


def _rooms(edges: Mapping[str, set[str]], packages: Collection[str]) -> dict[str, set[str]]:
    """Return the edges between packages; the roots `agent` and `connectors` are none."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for module, imported in edges.items():
        if "." in module:
            here = _room(module, packages)
            rooms[here] |= {_room(m, packages) for m in imported if "." in m} - {here}
    return rooms


def _floor(room: str) -> int:
    known = {name: number for number, floor in enumerate(FLOORS) for name in floor}
    return known.get(room, 1)


def _circles(
    name: str, loaded: Mapping[str, set[str]], everything: Mapping[str, set[str]]
) -> Iterator[Metric]:
    found = [" ".join(sorted(circle)) for circle in components(loaded)]
    yield Metric(name, len(found), found)
    more = [" ".join(sorted(circle)) for circle in components(everything)]
    yield Metric(f"{name}, deferred too", len(more), more)


def components(edges: Mapping[N, set[N]]) -> list[set[N]]:
    """Return the strongly connected components of more than one member."""
    reach = {node: _reachable(edges, node) for node in edges}
    found: list[set[N]] = []
    for node, below in reach.items():
        circle = {other for other in below if node in reach.get(other, ())}
        if len(circle) > 1 and circle not in found:
            found.append(circle)
    return found


def _reachable(edges: Mapping[N, set[N]], start: N) -> set[N]:
    seen: set[N] = set()
    ahead = list(edges.get(start, ()))
    while ahead:
        node = ahead.pop()
        if node not in seen:
            seen.add(node)
            ahead += edges.get(node, ())
    return seen


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Yield all functions with their qualified names, nested ones included."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name, node
                yield from _functions(node, f"{prefix}{name}.")
            case ast.ClassDef(name=name):
                yield from _functions(node, f"{prefix}{name}.")
            case _:
                yield from _functions(node, prefix)


def _long_functions(sources: Sequence[Source]) -> Metric:
    found = [
        f"{source.path}:{node.lineno} {name} ({length})"
        for source in sources
        for name, node in _functions(source.tree)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONG
    ]
    return Metric(f"functions over {LONG} lines", len(found), found)


def _silent_raises(product: Sequence[Source]) -> Metric:
    found = [
        f"{source.path}:{node.lineno} {name}"
        for source in product
        for name, node in _public_functions(source.tree.body)
        if not _last(name).startswith("test_")
        and any(_own_raises(node))
        and not re.search(r"\braises?\b", ast.get_docstring(node) or "", re.IGNORECASE)
    ]
    return Metric("silent raises", len(found), found)


def _public_functions(body: Sequence[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Yield functions of a module and methods of its classes that are not private."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name[0] != "_":
                yield prefix + name, node
            case ast.ClassDef(name=name, body=inner) if name[0] != "_":
                yield from _public_functions(inner, f"{prefix}{name}.")
            case _:
                pass


def _own_raises(function: Function) -> Iterator[ast.Raise]:
    """Yield the statements that raise something, without those of nested definitions."""
    ahead: list[ast.AST] = list(function.body)
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            ahead += ast.iter_child_nodes(node)


def _vendor_sources(product: Sequence[Source]) -> Iterator[Metric]:
    found = [
        f"{source.path}:{len(source.text[: match.end()].splitlines())} {match[1]}"
        for source in product
        for match in _SOURCE.finditer(source.text)
    ]
    yield Metric("sources", len(found), found)
    addresses = sorted({line.rpartition(" ")[2] for line in found})
    yield Metric("different sources", len(addresses), addresses)
    admitted = [
        f"{source.path}:{number}"
        for source in product
        for number, line in enumerate(source.text.splitlines(), 1)
        if _UNDOCUMENTED.search(line)
    ]
    yield Metric("facts without a page", len(admitted), admitted)


def _duplicates(sources: Sequence[Source]) -> Iterator[Metric]:
    plain = {source.path: _code_lines(source, lambda line: line) for source in sources}
    yield from _runs("identical", plain, 1)
    shaped = {source.path: _code_lines(source, _shape) for source in sources if not source.is_demo}
    yield from _runs("same-shape", shaped, DISTINCT)


def _runs(
    name: str, files: Mapping[str, Sequence[tuple[int, str]]], distinct: int
) -> Iterator[Metric]:
    """Yield how many runs of lines occur twice, and how many lines they have."""
    windows: dict[tuple[str, ...], list[tuple[str, int]]] = defaultdict(list)
    for path, lines in files.items():
        for at in range(len(lines) - WINDOW + 1):
            window = tuple(text for _, text in lines[at : at + WINDOW])
            if len(set(window)) >= distinct:
                windows[window].append((path, at))
    begun: dict[str, set[int]] = defaultdict(set)
    for starts_of_window in windows.values():
        if len(starts_of_window) > 1:
            for path, at in starts_of_window:
                begun[path].add(at)
    runs: list[str] = []
    covered = 0
    for path, starts in begun.items():
        for first, last in _stretches(sorted(starts)):
            lines = files[path]
            runs.append(f"{path}:{lines[first][0]}-{lines[last + WINDOW - 1][0]}")
            covered += last - first + WINDOW
    yield Metric(f"{name} runs of {WINDOW} lines", len(runs), sorted(runs))
    yield Metric(f"lines in {name} runs", covered)


def _stretches(starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of numbers that follow each other."""
    first = 0
    for at, number in enumerate(starts):
        if at + 1 == len(starts) or starts[at + 1] != number + 1:
            yield starts[first], number
            first = at + 1


def _code_lines(source: Source, form: Callable[[str], str]) -> list[tuple[int, str]]:
    """Return the lines of code with their numbers, without what does not count."""
    skipped = _uncounted_lines(source.tree)
    code = _without_comments(source.text)
    return [
        (number, form(line.strip()))
        for number, line in enumerate(code, 1)
        if line.strip() and number not in skipped
    ]


def _uncounted_lines(tree: ast.Module) -> set[int]:
    """Return the lines of docstrings and imports."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.stmt) and (text or isinstance(node, ast.Import | ast.ImportFrom)):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _without_comments(text: str) -> list[str]:
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return lines


def _shape(line: str) -> str:
    """Return a line with one name for all names, one string and one number."""
    parts: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(line).readline):
            if token.type in _IDLE_TOKENS:
                continue
            if token.type == tokenize.NAME and token.string not in _KEYWORDS:
                parts.append("n")
            elif token.type == tokenize.STRING:
                parts.append("s")
            elif token.type == tokenize.NUMBER:
                parts.append("0")
            else:
                parts.append(token.string)
    except (tokenize.TokenError, IndentationError):  # a line of a longer statement
        pass
    return " ".join(parts)


def _sizes(sources: Sequence[Source], product: Sequence[Source]) -> Iterator[Metric]:
    yield Metric("modules", len(sources))
    yield Metric("lines", sum(len(source.text.splitlines()) for source in sources))
    lengths = {source.path: len(source.text.splitlines()) for source in product}
    yield Metric("median module", statistics.median(lengths.values()))
    longest = Counter(lengths).most_common(5)
    yield Metric("longest module", longest[0][1], [f"{path} ({n})" for path, n in longest])


def main(arguments: Sequence[str]) -> int:
    """Print the table; see the text of this module for the arguments."""
    roots = [a for n, a in enumerate(arguments) if a[:2] != "--" and arguments[n - 1] != "--list"]
    metrics = measure(Path(roots[0] if roots else ".").resolve())
    if "--list" in arguments:
        wanted = arguments[arguments.index("--list") + 1]
        for metric in metrics:
            if metric.name == wanted:
                print(*metric.details, sep="\n")
    elif "--json" in arguments:
        print(json.dumps({metric.name: metric.value for metric in metrics}, indent=2))
    else:
        for metric in metrics:
            print(f"{metric.name:<36}{metric.value:>8}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
