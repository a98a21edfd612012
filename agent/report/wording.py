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


def worded(values: Mapping[str, str], text: Text) -> dict[str, str]:
    """Return the values of a rule's evidence in words; names are unchanged."""
    return {name: _said(name, value, text) for name, value in values.items()}


def number(count: int) -> str:
    """Return a number with commas, as in both languages."""
    return f"{count:,}"


def word(place: str, value: str, text: Text) -> str:
    """Return a word of a closed list; an unknown one is unchanged."""
    said = text.of(Message(f"{place}.{value}"))
    return value if said == f"{place}.{value}" else said


def points_of(finding: Finding, text: Text) -> str:
    """Return all points of the score in words: `may change +8, confidential (...) +16`."""
    comma = text.say("report.screen.comma")
    return comma.join(
        f"{_point(name, finding, text)} {value:+d}" for name, value in finding.points.items()
    )


def _point(name: str, finding: Finding, text: Text) -> str:
    place, _, value = name.partition(".")
    if place not in ("audience", "access", "sensitivity"):
        return word("report.points", name, text)
    said = word(f"report.{place}", value, text)
    source = finding.sensitivity_source
    if place != "sensitivity" or not source:
        return said
    kinds = source == "object_type"
    terms = [word("report.data", term, text) if kinds else term for term in finding.terms]
    told = text.say(f"report.told_by.{source}", terms=text.say("report.screen.comma").join(terms))
    return text.say("report.told", what=said, told=told)


def _said(name: str, value: str, text: Text) -> str:
    if value == "?":
        return text.say("evidence.unknown")
    if name in _COUNTS and value.isdecimal():
        return number(int(value))
    if name == "expected":
        return value.replace(" | ", text.say("report.or"))
    places = _LISTS.get(name)
    if places is None:
        return value
    parts = value.split(", ")
    last = places[-1]
    said = [word(p, part, text) for p, part in zip(places, parts, strict=False)]
    said += [word(last, part, text) for part in parts[len(places) :]]
    return text.say("report.screen.comma").join(said)
