"""Show the results of external checks to a person, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from agent.text import Text
from connectors.sdk.external_check import CountOutcome, VisitorCount
from connectors.sdk.records import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCheckResult:
    """The result for one item on one site, with what the audit knows.

    Attributes:
        known_count: The number of records that the known grants open.
        made: When it was counted.
    """

    connector: str
    site: str
    url: str
    name: str
    answer: VisitorCount
    known_count: int | Unknown
    made: datetime


def render_lines(answers: Iterable[ExternalCheckResult], text: Text) -> Iterator[str]:
    """Yield a heading for each site, a line for each count, and one for each reason without one."""
    for (site, url), group in groupby(answers, key=lambda t: (t.site, t.url)):
        yield text.say("verify.site", site=site, url=url)
        silent: dict[str, list[str]] = {}
        for one in group:
            if one.answer.outcome is CountOutcome.COUNTED:
                yield "  " + _render_count(one, text)
            else:
                silent.setdefault(text.render(one.answer.reason), []).append(one.name)
        for reason, names in silent.items():
            yield "  " + text.say("verify.unknown", names=", ".join(names), reason=reason)


def _render_count(one: ExternalCheckResult, text: Text) -> str:
    count = one.answer.count
    assert isinstance(count, int)
    values = {"name": one.name, "count": f"{count:,}"}
    if isinstance(one.known_count, Unknown):
        return text.say("verify.counted_alone", **values)
    key = "verify.counted_more" if count > one.known_count else "verify.counted"
    return text.say(key, **values, inside=f"{one.known_count:,}")


def to_json(one: ExternalCheckResult, text: Text) -> dict[str, object]:
    """Return a result for JSON."""
    count = one.answer
    return {
        "connector": one.connector,
        "site": one.site,
        "url": one.url,
        "item": count.item_id,
        "outcome": count.outcome.value,
        "count": _number(count.count),
        "inside": _number(one.known_count),
        "reason": text.render(count.reason),
        "made": one.made.isoformat(timespec="seconds"),
    }


def _number(value: int | Unknown) -> int | str:
    return value.value if isinstance(value, Unknown) else value
