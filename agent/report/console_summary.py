"""Print the summary of a run on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Console, RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from agent.classify.model import Severity
from agent.report.plan import format_duration
from agent.report.statistics import STATES, ConnectorLine, RunStatistics
from agent.report.summary import SinkLine, Summary, TopFinding, headline, pluralized
from agent.report.titles import translated
from agent.report.wrapped_text import WrappedText
from agent.text import Text
from agent.text.localize import format_number
from agent.text.terminal_safe import terminal_safe

MAX_FINDINGS = 10
MAX_UNREAD = 3
MAX_WIDTH = 108  # columns; longer lines are hard to read
FRAME_WIDTH = 26  # lines around the findings
_COLOUR: Final = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
    Severity.UNKNOWN: "magenta",
}


def print_summary(summary: Summary, text: Text, console: Console) -> None:
    """Print the summary in the width and colors of the console."""
    head = _line(text.say("report.screen.run", id=summary.run_id), "dim")
    head.append(f" · {format_duration(summary.seconds, text)}", "dim")
    console.print(head)
    console.print()
    for index, sentence in enumerate(headline(summary.numbers, text)):
        console.print(WrappedText(sentence, "yellow" if index else "bold"))
    room = (console.height - FRAME_WIDTH) // 2 if console.is_terminal else MAX_FINDINGS
    for title, body in _sections(summary, text, min(MAX_FINDINGS, max(3, room))):
        console.print()
        if title:
            console.print(_line(text.say(f"report.screen.{title}"), "bold"))
        for part in body:
            console.print(Constrain(Padding(part, (0, 0, 0, 2)), MAX_WIDTH))


def _sections(summary: Summary, text: Text, top: int) -> Iterator[tuple[str, list[RenderableType]]]:
    numbers = summary.numbers
    counts = [_severities(numbers, text), _states(numbers, text)]
    yield "", [line for line in counts if line]
    if summary.top:
        yield "shut_first", list(_top(summary, text, top))
    yield "read", [_coverage_lines(numbers.connectors, text)]
    if not numbers.whole or numbers.blind:
        yield "not_read", list(_unread(numbers, text))
    if summary.deliveries:
        yield "delivery", [_delivery(summary.deliveries, text)]
    yield "", [*(WrappedText(note, "yellow") for note in summary.notes), _footer(summary, text)]


def _severities(numbers: RunStatistics, text: Text) -> Styled:
    return _counts(
        (text.say(f"report.severity.{level.word}"), numbers.severities.get(level, 0), colour)
        for level, colour in _COLOUR.items()
    )


def _states(numbers: RunStatistics, text: Text) -> Styled:
    return _counts(
        (text.say(f"report.state.{state}"), count, "")
        for state in STATES
        if (count := numbers.states.get(state, 0))
    )


def _counts(parts: Iterable[tuple[str, int, str]]) -> Styled:
    line = Styled()
    for word, count, style in parts:
        line.append("   " if line else "")
        line.append(f"{word} {format_number(count)}", style if count else "dim")
    return line


def _top(summary: Summary, text: Text, most: int) -> Iterator[RenderableType]:
    shown = summary.top[:most]
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(no_wrap=True, justify="right")
    for finding in shown:
        word = text.say(f"report.severity.{finding.severity.word}")
        grid.add_row(
            _line(word, _COLOUR[finding.severity]), _name_and_folder(finding), _reach(finding, text)
        )
        grid.add_row("", _line(finding.reason), "")
    yield grid
    if (more := max(summary.numbers.findings, len(summary.top)) - len(shown)) > 0:
        yield _line(pluralized(text, "report.screen.more_findings", more), "dim")


def _name_and_folder(finding: TopFinding) -> Styled:
    """Return name and folder of a finding; the path already ends in the name."""
    title = terminal_safe(finding.title)
    where = terminal_safe(finding.path).removesuffix(title).rstrip("/")
    return Styled.assemble((title, "bold"), ("  " if where else ""), (where, "dim"))


def _reach(finding: TopFinding, text: Text) -> Styled:
    match finding.reach:
        case None:
            return Styled()
        case int(count):
            return _line(pluralized(text, "report.screen.items", count))
        case _:
            return _line(text.say("report.screen.reach_unknown"), "dim")


def _coverage_lines(lines: Iterable[ConnectorLine], text: Text) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for _ in range(3):
        grid.add_column(no_wrap=True, justify="right")
    for line in lines:
        called = _line(line.name)
        if line.service != line.name:
            called.append(f" ({line.service})", "dim")
        if line.problem:
            grid.add_row(called, _line(text.say("report.screen.nothing"), "yellow"))
            continue
        key = "report.screen.scopes"
        scopes = text.say(
            key, complete=format_number(line.complete), scopes=format_number(line.scopes)
        )
        grid.add_row(
            called,
            _line(line.title, "dim"),
            _line(scopes, "" if line.complete == line.scopes else "yellow"),
            _line(pluralized(text, "report.screen.items", line.items)),
            _line(
                pluralized(text, "report.screen.calls", line.calls) + _plan_deviation(line, text),
                "dim",
            ),
        )
    return grid


def _plan_deviation(line: ConnectorLine, text: Text) -> str:
    """Return how far the estimate was off."""
    if not line.planned:
        return ""
    percent = (line.calls - line.planned) / line.planned * 100
    return text.say(
        "report.screen.planned", planned=format_number(line.planned), percent=f"{percent:+.0f}"
    )


def _unread(numbers: RunStatistics, text: Text) -> Iterator[RenderableType]:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(max_width=28, no_wrap=True, overflow="ellipsis")
    grid.add_column()
    titles = {scope.title for scope in numbers.unread}
    for line in numbers.connectors:
        if line.problem and line.name not in titles:
            grid.add_row(_line(line.name), WrappedText(line.problem))
    for scope in (translated(scope, text) for scope in numbers.unread[:MAX_UNREAD]):
        grid.add_row(_line(scope.title), WrappedText(scope.reason))
        if scope.hint:
            grid.add_row("", WrappedText(scope.hint, "dim"))
    if grid.row_count:
        yield grid
    if (more := numbers.missed - min(MAX_UNREAD, len(numbers.unread))) > 0:
        yield _line(pluralized(text, "report.screen.more_scopes", more), "dim")
    if blind := len(numbers.blind):
        yield WrappedText(pluralized(text, "report.screen.blind_spots", blind), "dim")


def _delivery(lines: Iterable[SinkLine], text: Text) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for line in lines:
        said = [pluralized(text, "report.screen.delivered", line.delivered)]
        if line.pending:
            said.append(pluralized(text, "report.screen.pending", line.pending))
        if line.dead:
            said.append(pluralized(text, "report.screen.dead", line.dead))
        grid.add_row(_line(line.name), _line(text.say("report.screen.comma").join(said)))
        if line.problem:
            grid.add_row("", WrappedText(line.problem, "yellow"))
    return grid


def _footer(summary: Summary, text: Text) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    if summary.folder:
        grid.add_row(_line(text.say("report.screen.files"), "bold"), _line(summary.folder))
    for index, code in enumerate((summary.exit_code, *summary.also)):
        label = "" if index else text.say("report.screen.exit")
        meaning = f"{code}  {text.say(f'report.exit.{code}')}"
        grid.add_row(_line(label, "bold"), WrappedText(meaning, "dim" if index else ""))
    if summary.next_command:
        label = text.say("report.screen.next")
        grid.add_row(_line(label, "bold"), _line(summary.next_command, "green"))
    return grid


def _line(text: str, style: str = "") -> Styled:
    """Return text without markup."""
    return Styled(terminal_safe(text), style)
