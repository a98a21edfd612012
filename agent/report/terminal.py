"""Print findings and waivers on the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.policy_config import Waiver
from agent.classify.waivers import WaiverStatus
from agent.report.csv_rows import format_time
from agent.report.titles import translated
from agent.text import Text
from agent.text.findings import finding_fix, finding_reasons, finding_unknowns, rule_text
from agent.text.localize import format_number, localize_points, localize_word
from agent.text.terminal_safe import terminal_safe


def print_findings(
    findings: Iterable[TrackedFinding], text: Text, marks: Mapping[str, bool]
) -> None:
    """Print a line for each finding, with its feedback, to stdout."""
    grid = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for name in ("severity", "state", "title", "audience", "rules", "id"):
        grid.add_column(text.say(f"listing.{name}"), overflow="fold", no_wrap=name in _SHORT)
    for kept in findings:
        finding = translated(kept.finding, text)
        said = _mark(marks.get(finding.id), text)
        grid.add_row(
            text.say(f"report.severity.{finding.severity.word}"),
            "\n".join(filter(None, (text.say(f"report.state.{kept.state}"), said))),
            Styled(terminal_safe(finding.title)),
            localize_word("report.audience", finding.audience, text) if finding.audience else "",
            " ".join(finding.rules),
            finding.id[:13],
        )
    Console().print(grid)


def print_finding(kept: TrackedFinding, text: Text, mark: bool | None) -> None:
    """Everything that explains one finding, to standard output."""
    console, finding = Console(), translated(kept.finding, text)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")

    def line(name: str, value: object) -> None:
        if value not in ("", None, ()):
            grid.add_row(text.say(f"listing.{name}"), Styled(terminal_safe(str(value))))

    line("title", finding.title)
    line("path", finding.path)
    line("url", finding.url)
    line("severity", text.say(f"report.severity.{finding.severity.word}"))
    line("score", _score(kept, text))
    line("state", text.say(f"report.state.{kept.state}"))
    line("audience", text.say("report.screen.comma").join(_audience_and_access(finding, text)))
    line("principal", "; ".join(finding.principals))
    line("via_group", finding.via_group)
    line("owner", _known(finding.owner, text))
    line("expires_at", _known(finding.expires_at, text))
    line("reach", _known(finding.reach, text))
    line("scope", f"{finding.connector}: {finding.scope_title}")
    line("unknowns", "; ".join(finding_unknowns(finding, text)))
    line("first_seen", format_time(kept.first_seen))
    line("last_seen", format_time(kept.last_seen))
    line("waived_until", " ".join(filter(None, (kept.waived_until, kept.waived_by))))
    line("mark", _mark(mark, text))
    line("id", finding.id)
    console.print(grid)
    for (rule, values), reason in zip(
        finding.evidence.items(), finding_reasons(finding, text), strict=False
    ):
        console.print()
        console.print(
            Styled(terminal_safe(f"{rule}  {rule_text(text, rule, 'title', values)}"), "bold")
        )
        console.print(Styled(terminal_safe(reason)))
        console.print(Styled(rule_text(text, rule, "why"), style="dim"))
    if fix := finding_fix(finding, text):
        console.print()
        console.print(Styled(text.say("listing.fix"), style="bold"))
        console.print(Styled(terminal_safe(fix)))


def print_waivers(found: Iterable[WaiverStatus], text: Text) -> None:
    """Print a line for each waiver to stdout."""
    grid = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for name in ("status", "count", "what", "expires", "approved_by", "reason", "place"):
        grid.add_column(text.say(f"waive.{name}"), overflow="fold")
    for one in found:
        waiver = one.waiver
        grid.add_row(
            text.say(f"waive.is.{one.status}"),
            str(one.findings),
            Styled(terminal_safe(" ".join(_waiver_subject(waiver)))),
            waiver.expires.isoformat(),
            Styled(terminal_safe(waiver.approved_by)),
            Styled(terminal_safe(waiver.reason)),
            "waivers.toml" if one.by_command else "config.toml",
        )
    Console().print(grid)


def waivers_to_json(found: Iterable[WaiverStatus]) -> Iterator[str]:
    """Yield each waiver as a line of JSON."""
    for one in found:
        fields = one.waiver.model_dump(mode="json", exclude_none=True)
        more = {"status": one.status, "findings": one.findings, "tool": one.by_command}
        yield json.dumps(fields | more, ensure_ascii=False)


def _audience_and_access(finding: Finding, text: Text) -> Iterator[str]:
    """Return audience and access in words."""
    if finding.audience:
        yield localize_word("report.audience", finding.audience, text)
    if finding.access:
        yield localize_word("report.access", finding.access, text)


def _known(value: object, text: Text) -> object:
    if value == "unknown":
        return text.say("evidence.unknown")
    return format_number(value) if isinstance(value, int) else value


def _mark(mark: bool | None, text: Text) -> str:
    return "" if mark is None else text.say("listing.right" if mark else "listing.false_alarm")


def _waiver_subject(waiver: Waiver) -> list[str]:
    named = (waiver.finding and waiver.finding[:13], waiver.item, waiver.container)
    return [name for name in (*named, waiver.principal, waiver.rule) if name]


def _score(kept: TrackedFinding, text: Text) -> str:
    """Return the score with all of its points."""
    finding = kept.finding
    if finding.score is None:
        return ""
    return f"{finding.score} ({localize_points(finding, text)})"


_SHORT = frozenset({"severity", "state", "id"})
