"""Localize what rules found: words of closed lists, numbers with separators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agent.classify.finding import Finding
from agent.text import Text
from connectors.sdk.message import Message

_LISTS: Final[Mapping[str, tuple[str, ...]]] = {  # evidence -> the prefixes of its message keys
    "access": ("report.access",),
    "after": ("report.audience", "report.access"),
    "audience": ("report.audience",),
    "before": ("report.audience", "report.access"),
    "data": ("report.data",),
    "missing": ("report.missing",),
    "signs": ("report.signs",),
    "status": ("evidence.status",),
}
_COUNTS: Final = frozenset(
    {"count", "days", "guests", "inside", "max_days", "most", "places", "reach"}
)


def localize_values(values: Mapping[str, str], text: Text) -> dict[str, str]:
    """Return the values of a rule's evidence in words; names are unchanged."""
    return {name: _localize_value(name, value, text) for name, value in values.items()}


def format_number(count: int) -> str:
    """Return a number with commas, as in both languages."""
    return f"{count:,}"


def localize_word(prefix: str, value: str, text: Text) -> str:
    """Return a word of a closed list; an unknown one is unchanged."""
    said = text.render(Message(f"{prefix}.{value}"))
    return value if said == f"{prefix}.{value}" else said


def localize_points(finding: Finding, text: Text) -> str:
    """Return all points of the score in words: `may change +8, confidential (...) +16`."""
    comma = text.say("report.screen.comma")
    return comma.join(
        f"{_point(name, finding, text)} {value:+d}" for name, value in finding.points.items()
    )


def _point(name: str, finding: Finding, text: Text) -> str:
    prefix, _, value = name.partition(".")
    if prefix not in ("audience", "access", "sensitivity", "topic", "data"):
        return localize_word("report.points", name, text)
    said = localize_word(f"report.{prefix}", value, text)
    source = finding.sensitivity_source
    if prefix != "sensitivity" or not source:
        return said
    kinds = source == "object_type"
    terms = [localize_word("report.data", term, text) if kinds else term for term in finding.terms]
    source_text = text.say(
        f"report.told_by.{source}", terms=text.say("report.screen.comma").join(terms)
    )
    return text.say("report.told", what=said, told=source_text)


def _localize_value(name: str, value: str, text: Text) -> str:
    if value == "?":
        return text.say("evidence.unknown")
    if name in _COUNTS and value.isdecimal():
        return format_number(int(value))
    if name == "expected":
        return value.replace(" | ", text.say("report.or"))
    prefixes = _LISTS.get(name)
    if prefixes is None:
        return value
    parts = value.split(", ")
    last = prefixes[-1]
    said = [localize_word(p, part, text) for p, part in zip(prefixes, parts, strict=False)]
    said += [localize_word(last, part, text) for part in parts[len(prefixes) :]]
    return text.say("report.screen.comma").join(said)
