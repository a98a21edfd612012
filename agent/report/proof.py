"""Show the results of external checks to a person, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from agent.text import Text
from connectors.sdk.proof import Count, Outcome
from connectors.sdk.records import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The result for one item on one site, with what the audit knows.

    Attributes:
        inside: The number of records that the known grants open.
        made: When it was counted.
    """

    connector: str
    site: str
    url: str
    name: str
    count: Count
    inside: int | Unknown
    made: datetime


def lines(answers: Iterable[Told], text: Text) -> Iterator[str]:
    """Yield a heading for each site, a line for each count, and one for each reason without one."""
    for (site, url), group in groupby(answers, key=lambda t: (t.site, t.url)):
        yield text.say("verify.site", site=site, url=url)
        silent: dict[str, list[str]] = {}
        for one in group:
            if one.count.outcome is Outcome.COUNTED:
                yield "  " + _counted(one, text)
            else:
                silent.setdefault(text.of(one.count.reason), []).append(one.name)
        for reason, names in silent.items():
            yield "  " + text.say("verify.unknown", names=", ".join(names), reason=reason)


def _counted(one: Told, text: Text) -> str:
    count = one.count.count
    assert isinstance(count, int)
    values = {"name": one.name, "count": f"{count:,}"}
    if isinstance(one.inside, Unknown):
        return text.say("verify.counted_alone", **values)
    key = "verify.counted_more" if count > one.inside else "verify.counted"
    return text.say(key, **values, inside=f"{one.inside:,}")


def as_json(one: Told, text: Text) -> dict[str, object]:
    """Return a result for JSON."""
    count = one.count
    return {
        "connector": one.connector,
        "site": one.site,
        "url": one.url,
        "item": count.item_id,
        "outcome": count.outcome.value,
        "count": _number(count.count),
        "inside": _number(one.inside),
        "reason": text.of(count.reason),
        "made": one.made.isoformat(timespec="seconds"),
    }


def _number(value: int | Unknown) -> int | str:
    return value.value if isinstance(value, Unknown) else value
