"""The catalogue of rules for people: a table of all rules, a text of one (`tojimari rules`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from itertools import groupby

from rich.console import Console
from rich.table import Table

from agent.classify.measured_rules import RuleMeasure, measured_rules
from agent.classify.model import RulePhase, Subject
from agent.classify.rules.registry import all_rules
from agent.classify.settings_baseline import expected_settings
from agent.errors import ConfigError
from agent.text import Text
from agent.text.findings import rule_text
from connectors.sdk.message import say

_MEASURABLE = (Subject.EXPOSURE.value, RulePhase.VERDICT.value)
"""What the labelled corpus holds: rules for anything else cannot be measured on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """A rule in words. `settings` are the vendor's names of the settings that it judges."""

    id: str
    family: str
    subject: str
    title: str
    why: str
    fix: str
    least: str  # the floor, or empty
    raised: str  # the higher floor under its condition, or empty
    references: tuple[str, ...]
    settings: tuple[str, ...] = ()
    since: str = "0.1"
    measured: RuleMeasure | None = None  # on the labelled corpus; None without a match


def rule_entries(text: Text) -> Iterator[RuleEntry]:
    """All rules, then the settings that are held against a baseline."""
    for rule in all_rules().values():
        yield RuleEntry(
            id=rule.id,
            family=rule.family,
            subject=rule.subject.value,
            title=rule_text(text, rule.id, "title"),
            why=rule_text(text, rule.id, "why"),
            fix=rule_text(text, rule.id, "fix"),
            least=rule.floor.word if rule.floor is not None else "",
            raised=rule.raised[0].word if rule.raised else "",
            references=rule.references,
            since=rule.since,
            measured=measured_rules().get(rule.id),
        )
    for name, group in groupby(
        sorted(expected_settings(), key=lambda p: p.rule), key=lambda p: p.rule
    ):
        same = list(group)
        yield RuleEntry(
            id=name,
            family="settings",
            subject="setting",
            title=rule_text(text, name, "title"),
            why=rule_text(text, name, "why"),
            fix=rule_text(text, name, "fix"),
            least=min(p.severity for p in same).word,
            raised=max(p.severity for p in same).word
            if len({p.severity for p in same}) > 1
            else "",
            references=tuple(dict.fromkeys(r for p in same for r in p.references)),
            settings=tuple(f"{p.setting} = {p.expected}" for p in same),
        )


def find_rule(rule: str, text: Text) -> RuleEntry:
    """The entry of this id. Raises `ConfigError` with the nearest one."""
    known = {entry.id: entry for entry in rule_entries(text)}
    wanted = rule.upper()
    if wanted not in known:
        near = get_close_matches(wanted, known, n=1)
        raise ConfigError(say("rules.no_rule", id=rule, near=near[0] if near else "LINK-001"))
    return known[wanted]


def print_rules(text: Text) -> None:
    """A line a rule, to standard output."""
    grid = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for name in ("id", "least", "title"):
        grid.add_column(text.say(f"rules.{name}"), no_wrap=name != "title")
    for entry in rule_entries(text):
        grid.add_row(entry.id, _severities(entry, text), entry.title)
    Console().print(grid)


def render_rule(entry: RuleEntry, text: Text) -> str:
    """One rule as text, with its measured precision and recall."""
    measured = f"{text.say('rules.measured')}{text.say('rules.colon')}{_measure(entry, text)}"
    return "\n".join([*description(entry, text), "", measured]) + "\n"


def to_json(entry: RuleEntry) -> str:
    """One rule for a program."""
    return json.dumps(asdict(entry), ensure_ascii=False)


def description(entry: RuleEntry, text: Text) -> list[str]:
    """Return one rule as lines of text, its id and title first."""
    colon = text.say("rules.colon")
    said = [f"{entry.id}: {entry.title}", "", entry.why, ""]
    said += [f"{text.say('rules.fix')}{colon}{entry.fix}", ""]
    if severities := _severities(entry, text):
        said += [f"{text.say('rules.least')}{colon}{severities}", ""]
    if entry.settings:
        said += [
            f"{text.say('rules.settings')}{colon.strip()}",
            "",
            *(f"- `{s}`" for s in entry.settings),
            "",
        ]
    return [*said, f"{text.say('rules.references')}{colon}{', '.join(entry.references)}"]


def _measure(entry: RuleEntry, text: Text) -> str:
    """Return how often a rule is right, or why that is not known."""
    if entry.subject not in _MEASURABLE:
        return text.say("rules.not_measured")
    if entry.measured is None:
        return text.say("rules.no_match")
    return text.say(
        "rules.measure",
        matches=entry.measured.matches,
        precision=f"{entry.measured.precision:.2f}",
        recall=f"{entry.measured.recall:.2f}",
    )


def _severities(entry: RuleEntry, text: Text) -> str:
    words = [text.say(f"report.severity.{word}") for word in (entry.least, entry.raised) if word]
    return " - ".join(words)
