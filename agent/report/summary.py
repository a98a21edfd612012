"""The summary of a run, for the terminal and for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from agent.classify.finding import TrackedFinding
from agent.classify.model import Severity
from agent.report.csv_rows import ScopeRow
from agent.report.statistics import RunStatistics, UnreadScope
from agent.text import Text
from agent.text.findings import finding_reasons
from agent.text.localize import format_number


class PolicyHashes(NamedTuple):
    """The hashes of two policies.

    Attributes:
        digest: That of the last evaluation; empty if an older version did not store it.
        now: That of the configuration.
    """

    digest: str
    now: str

    @property
    def differ(self) -> bool:
        """Return True if another evaluation could have other results."""
        return bool(self.digest) and self.digest != self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class TopFinding:
    """A finding of the summary.

    Attributes:
        reach: The number of items, "unknown", or None if it has no meaning.
    """

    id: str
    title: str
    path: str
    severity: Severity
    reason: str
    reach: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkLine:
    """The result of a delivery in events.

    Attributes:
        dead: Events that the receiver rejected permanently.
        problem: Why the delivery stopped; empty if it did not.
    """

    name: str
    delivered: int
    pending: int
    dead: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The summary of one run.

    Attributes:
        seconds: The duration.
        top: Findings, the worst first.
        notes: Further sentences for the reader.
        exit_code: The exit code of the process; `also` are the others that apply.
        next_command: The most useful command to run next.
    """

    run_id: str
    seconds: float
    numbers: RunStatistics = field(default_factory=RunStatistics)
    top: Sequence[TopFinding] = ()
    deliveries: Sequence[SinkLine] = ()
    folder: str = ""
    notes: Sequence[str] = ()
    exit_code: int = 0
    also: Sequence[int] = ()
    next_command: str = ""


def top_finding(kept: TrackedFinding, text: Text, *, reach: int | str | None = None) -> TopFinding:
    """Return a finding for the summary.

    Args:
        reach: The number of items, if more than the finding itself has.
    """
    finding = kept.finding
    return TopFinding(
        id=finding.id,
        title=finding.title,
        path=finding.path,
        severity=finding.severity,
        reason=" ".join(finding_reasons(finding, text)),
        reach=finding.reach if reach is None else reach,
    )


def unread_scope(row: ScopeRow, text: Text) -> UnreadScope:
    """Return a scope that was not read, for the summary."""
    return UnreadScope(
        connector=row.connector,
        title=row.scope_title,
        reason=text.render(row.reason),
        hint=text.render(row.hint),
        service=row.service,
        scope_id=row.scope_id,
    )


def headline(numbers: RunStatistics, text: Text) -> list[str]:
    """Return the headline and sentences about what was not read. Unread is never called clean."""
    read = any(line.complete or line.items for line in numbers.connectors)
    if numbers.doors:
        urgent = "later" if not numbers.tonight else "tonight"
        opening = pluralized(text, "report.verdict.doors", numbers.doors)
        closing = pluralized(text, f"report.verdict.{urgent}", numbers.tonight)
        sentences = [opening + closing]
    elif not read:
        return [text.say("report.verdict.nothing_read")]
    elif numbers.whole:
        sentences = [text.say("report.verdict.shut")]
    else:
        sentences = [text.say("report.verdict.none_found")]
    if numbers.missed:
        key = "report.verdict.missed"
        sentences.append(
            pluralized(text, key, numbers.missed, scopes=format_number(numbers.scopes))
        )
    sentences += [
        text.say("report.verdict.unread_connector", name=line.name)
        for line in numbers.connectors
        if line.problem
    ]
    return sentences


def summary_json(summary: Summary) -> dict[str, Any]:
    """Return the summary for JSON. Names are not escaped for a terminal."""
    numbers = summary.numbers
    plain = {name: value for name, value in asdict(summary).items() if name != "numbers"}
    plain["top"] = [
        asdict(finding) | {"severity": finding.severity.word} for finding in summary.top
    ]
    return (
        plain
        | numbers.to_dict()
        | {
            "connectors": [asdict(line) for line in numbers.connectors],
            "unread": [asdict(scope) for scope in numbers.unread],
        }
    )


def pluralized(text: Text, key: str, count: int, **values: object) -> str:
    """Return a sentence about a number, in its singular or plural form."""
    form = "one" if count == 1 else "many"
    return text.say(f"{key}_{form}", count=format_number(count), **values)
