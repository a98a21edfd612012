"""What a run comes to, before it is put on a screen or into JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from agent.classify.finding import Kept
from agent.classify.model import Severity
from agent.report.numbers import Numbers, UnreadScope
from agent.report.rows import ScopeRow, reasons_of
from agent.report.wording import number
from agent.text import Text


class JudgedBy(NamedTuple):
    """Hashes of policies: of the one that judged, empty where an older version did not keep it,
    and of the one that the configuration holds now."""

    digest: str
    now: str

    @property
    def otherwise(self) -> bool:
        """Whether judging again could come to something else."""
        return bool(self.digest) and self.digest != self.now


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
        top: Root causes, the worst first; the screen shows up to ten.
        notes: What else the reader must know, in sentences.
        exit_code: What the process will answer; `also` are the other codes that apply.
        next_command: The most useful thing to type now.
    """

    run_id: str
    seconds: float
    numbers: Numbers = field(default_factory=Numbers)
    top: Sequence[TopFinding] = ()
    deliveries: Sequence[SinkLine] = ()
    folder: str = ""
    notes: Sequence[str] = ()
    exit_code: int = 0
    also: Sequence[int] = ()
    next_command: str = ""


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
        service=row.service,
        scope_id=row.scope_id,
    )


def verdict(numbers: Numbers, text: Text) -> list[str]:
    """The answer in one sentence, and what it does not cover. Unread is never called clean."""
    read = any(line.complete or line.items for line in numbers.connectors)
    if numbers.doors:
        urgent = "later" if not numbers.tonight else "tonight"
        opening = counted(text, "report.verdict.doors", numbers.doors)
        closing = counted(text, f"report.verdict.{urgent}", numbers.tonight)
        sentences = [opening + closing]
    elif not read:
        return [text.say("report.verdict.nothing_read")]
    elif numbers.whole:
        sentences = [text.say("report.verdict.shut")]
    else:
        sentences = [text.say("report.verdict.none_found")]
    if numbers.missed:
        key = "report.verdict.missed"
        sentences.append(counted(text, key, numbers.missed, scopes=number(numbers.scopes)))
    sentences += [
        text.say("report.verdict.unread_connector", name=line.name)
        for line in numbers.connectors
        if line.problem
    ]
    return sentences


def summary_json(summary: Summary) -> dict[str, Any]:
    """The same for programs. Texts are as they came: JSON has its own escapes."""
    numbers = summary.numbers
    plain = {name: value for name, value in asdict(summary).items() if name != "numbers"}
    plain["top"] = [
        asdict(finding) | {"severity": finding.severity.word} for finding in summary.top
    ]
    return (
        plain
        | numbers.plain()
        | {
            "connectors": [asdict(line) for line in numbers.connectors],
            "unread": [asdict(scope) for scope in numbers.unread],
        }
    )


def counted(text: Text, key: str, count: int, **values: object) -> str:
    """A sentence about a number, in the singular where the language has one."""
    form = "one" if count == 1 else "many"
    return text.say(f"{key}_{form}", count=number(count), **values)
