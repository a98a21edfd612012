"""What a run comes to, before it is put on a screen or into JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from agent.classify.finding import Kept
from agent.classify.model import Severity
from agent.report.rows import ScopeRow, reasons_of
from agent.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorLine:
    """One tenant. `scopes` counts what should have been read, standing blind spots not.

    `problem` says why nothing was read at all (nobody could sign in); then counts are zero.
    """

    name: str
    service: str
    title: str
    complete: int
    scopes: int
    items: int
    calls: int
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopFinding:
    """A root cause worth a line. `reach` is a number, "unknown", or None where it says nothing."""

    id: str
    title: str
    path: str
    severity: Severity
    reason: str
    reach: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadScope:
    """Something that should have been read and was not."""

    connector: str
    title: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkLine:
    """How a delivery went, in events. `dead` were refused for good; `problem` says why it
    stopped."""

    name: str
    delivered: int
    pending: int
    dead: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One run.

    Attributes:
        doors: Exposures that stand open to people outside and were neither waived nor resolved.
        tonight: Those of them that cannot wait.
        severities: Findings that stand open, by severity.
        states: Findings by state: `new` `open` `changed` `resolved` `returned` `waived`
            `not_compared`.
        top: Root causes, the worst first; the screen shows up to ten.
        findings: How many root causes there are, for "and 12 more".
        unread: Scopes that were not read; the screen shows three and counts the rest.
        blind_spots: Standing ones, which no configuration avoids.
        exit_code: What the process will answer; `also` are the other codes that apply.
        next_command: The most useful thing to type now.
    """

    run_id: str
    seconds: float
    doors: int
    tonight: int
    connectors: Sequence[ConnectorLine] = ()
    severities: Mapping[Severity, int] = field(default_factory=dict[Severity, int])
    states: Mapping[str, int] = field(default_factory=dict[str, int])
    top: Sequence[TopFinding] = ()
    findings: int = 0
    unread: Sequence[UnreadScope] = ()
    blind_spots: int = 0
    deliveries: Sequence[SinkLine] = ()
    folder: str = ""
    exit_code: int = 0
    also: Sequence[int] = ()
    next_command: str = ""

    @property
    def scopes(self) -> int:
        """What should have been read."""
        return sum(line.scopes for line in self.connectors)

    @property
    def missed(self) -> int:
        """Scopes that were not read completely."""
        short = sum(line.scopes - line.complete for line in self.connectors)
        return max(short, len(self.unread))

    @property
    def whole(self) -> bool:
        """Whether everything was read that this configuration should have read."""
        return bool(self.connectors) and not (
            self.missed or any(line.problem for line in self.connectors)
        )


def top_of(kept: Kept, text: Text, *, reach: int | str | None = None) -> TopFinding:
    """A finding as a line of the summary; `reach` where folding by root cause counted more."""
    finding = kept.finding
    return TopFinding(
        id=finding.id,
        title=finding.title,
        path=finding.path,
        severity=finding.severity,
        reason=" ".join(reasons_of(finding, text)),
        reach=finding.reach if reach is None else reach,
    )


def unread_of(row: ScopeRow, text: Text) -> UnreadScope:
    """A scope that was not read, as a line of the summary."""
    return UnreadScope(
        connector=row.connector,
        title=row.scope_title,
        reason=text.of(row.reason),
        hint=text.of(row.hint),
    )


def verdict(summary: Summary, text: Text) -> list[str]:
    """The answer in one sentence, and what it does not cover. Unread is never called clean."""
    read = any(line.complete or line.items for line in summary.connectors)
    if summary.doors:
        urgent = "later" if not summary.tonight else "tonight"
        opening = counted(text, "report.verdict.doors", summary.doors)
        closing = counted(text, f"report.verdict.{urgent}", summary.tonight)
        sentences = [opening + closing]
    elif not read:
        return [text.say("report.verdict.nothing_read")]
    elif summary.whole:
        sentences = [text.say("report.verdict.shut")]
    else:
        sentences = [text.say("report.verdict.none_found")]
    if summary.missed:
        key = "report.verdict.missed"
        sentences.append(counted(text, key, summary.missed, scopes=number(summary.scopes)))
    sentences += [
        text.say("report.verdict.unread_connector", name=line.name)
        for line in summary.connectors
        if line.problem
    ]
    return sentences


def summary_json(summary: Summary) -> dict[str, Any]:
    """The same for programs. Texts are as they came: JSON has its own escapes."""
    plain = asdict(summary)
    plain["severities"] = {level.word: count for level, count in summary.severities.items()}
    plain["states"] = dict(summary.states)
    plain["top"] = [
        asdict(finding) | {"severity": finding.severity.word} for finding in summary.top
    ]
    return plain | {"missed": summary.missed, "whole": summary.whole}


def counted(text: Text, key: str, count: int, **values: object) -> str:
    """A sentence about a number, in the singular where the language has one."""
    form = "one" if count == 1 else "many"
    return text.say(f"{key}_{form}", count=number(count), **values)


def number(count: int) -> str:
    """With commas, as both languages write it."""
    return f"{count:,}"
