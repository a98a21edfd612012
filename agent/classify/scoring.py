"""The exposure score: 0 to 100, made of points that each have a reason.

The points stand in `scorecard.toml`. `tools/fit_scorecard.py` fitted them to labelled exposures
under the laws that `tests/unit/classify/test_scoring.py` holds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, cast

from agent.classify.model import (
    QUARTERS,
    SCORED_LEVELS,
    WIDTH,
    Exposure,
    Sensitivity,
    SensitivityLevel,
    Severity,
)
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    GrantCause,
    Item,
    Unknown,
    frozen_record,
)

DORMANT_DAYS: Final = 365
IDLE_DAYS: Final = 60
"""Days without activity after which an exposure to outsiders has probably served its purpose."""

BANDS: Final = (
    (85, Severity.CRITICAL),
    (65, Severity.HIGH),
    (45, Severity.MEDIUM),
    (25, Severity.LOW),
)

AGES: Final = (30, 180, 365, 1095)
"""Days from which on an age counts more, for points and rules."""
REACHES: Final = (1, 10, 1_000, 100_000)
"""Items or records from which on a reach counts more; below the first, a right has no effect."""
PEOPLE: Final = (50, 100, 300, 1_000)
"""Numbers of people from which on a grant counts more."""
_DAY: Final = timedelta(days=1)

_ACCESS_RANK: Final = {access: rank for rank, access in enumerate(Access)} | {
    Access.UNKNOWN: list(Access).index(Access.EDIT)
}

_INSIDE: Final = frozenset(
    {
        Audience.NAMED_INTERNAL,
        Audience.LARGE_INTERNAL,
        Audience.ORG_LINK,
        Audience.ORG_DISCOVERABLE,
    }
)
_COMPANY_OR_WIDER: Final = frozenset(
    {Audience.ORG_LINK, Audience.ORG_DISCOVERABLE, Audience.EXT_AUTHENTICATED_ANY}
    | {Audience.ANYONE_LINK, Audience.PUBLIC_DISCOVERABLE}
)
_OPEN: Final = frozenset({Audience.ANYONE_LINK, Audience.PUBLIC_DISCOVERABLE})
_NAMED: Final = frozenset(
    {
        Audience.NAMED_INTERNAL,
        Audience.EXT_ALLOWLISTED,
        Audience.EXT_NAMED,
        Audience.EXT_CONSUMER,
        Audience.EXT_UNRESOLVED,
        Audience.UNKNOWN,
    }
)
_CHANGES: Final = frozenset({Access.EDIT, Access.MANAGE, Access.ALL_RECORDS, Access.UNKNOWN})


def _group_of(audience: Audience) -> str:
    if audience in _OPEN:
        return "open"
    return "inside" if audience in _INSIDE else "outside"


_SHOWN_IN_FULL: Final = frozenset({"audience", "access", "topic", "data", "kind", "cause"})

NARROWER: Final = (
    (Audience.NAMED_INTERNAL, Audience.LARGE_INTERNAL),
    (Audience.LARGE_INTERNAL, Audience.ORG_LINK),
    (Audience.ORG_LINK, Audience.ORG_DISCOVERABLE),
    (Audience.ORG_DISCOVERABLE, Audience.EXT_AUTHENTICATED_ANY),
    (Audience.NAMED_INTERNAL, Audience.EXT_ALLOWLISTED),
    (Audience.EXT_ALLOWLISTED, Audience.EXT_NAMED),
    (Audience.EXT_NAMED, Audience.EXT_CONSUMER),
    (Audience.EXT_CONSUMER, Audience.EXT_AUTHENTICATED_ANY),
    (Audience.EXT_ALLOWLISTED, Audience.EXT_UNRESOLVED),
    (Audience.EXT_UNRESOLVED, Audience.UNKNOWN),
    (Audience.UNKNOWN, Audience.EXT_AUTHENTICATED_ANY),
    (Audience.EXT_AUTHENTICATED_ANY, Audience.ANYONE_LINK),
    (Audience.ANYONE_LINK, Audience.PUBLIC_DISCOVERABLE),
)
"""Pairs of which the second includes the first: everything else equal, it never scores lower.

The whole company and an outsider with an address are not compared: neither includes the other.
"""

# The names are made once: an evaluation uses dozens of them for every exposure.
_AUDIENCES: Final = {audience: f"audience.{audience.value}" for audience in Audience}
_ACCESSES: Final = {access: f"access.{access.value}" for access in Access}
_LEVEL_WORDS: Final = {level: f"sensitivity.{level.name.lower()}" for level in SCORED_LEVELS}
_LEVELS: Final = {
    (level, audience): f"sensitivity.{level.name.lower()}.{audience.value}"
    for level in SCORED_LEVELS
    for audience in Audience
}
_GROUPS: Final = {audience: _group_of(audience) for audience in Audience}
_EXPIRY_STEPS: Final = tuple((days, f"control.expiry.{days}") for days in (7, 30, 90))
_READ_KINDS: Final = {
    "group": "archive",
    "team": "archive",
    "channel": "archive",
    "form": "answers",
    "calendar": "calendar",
    "knowledge": "page",
    "site_page": "page",
    "site": "container",
    "drive": "container",
    "library": "container",
}


class Term(NamedTuple):
    """A point of the scorecard and how much of it counts, in quarters."""

    name: str
    quarters: int = QUARTERS


@frozen_record
class ScoreInputs:
    """The inputs of the score.

    Attributes:
        min_age_days: A lower bound: an unknown age counts as new.
        idle_days: Days without activity; 0 if it is in use or unknown.
        reach: Items or records; unknown gives no points and is listed with the evaluation.
        people: The people of the grant; unknown gives no points.
        days_left: Days until the grant expires; None for never and for unknown alike, because only
            a known end lowers the score.
        password: True if a password is known to be required.
        live: False if the grant has no effect now, as on a site that is not published.
        unread: True if what lies there cannot be read by it: it only adds, or shows own records.
        own_account: True if it shows signed-in users the records of their own account.
        owner_gone: True if the owner can no longer sign in.
        contract_ended: True if a party's contracts have all ended.
        parties: Unrelated organizations of the grant.
        declared: True if the configuration or a label declares the item public.
    """

    audience: Audience
    access: Access = Access.VIEW
    sensitivity: Sensitivity = Sensitivity()
    kind: str = "file"
    data: tuple[str, ...] = ()
    min_age_days: int = 0
    idle_days: int = 0
    reach: int | Unknown = 1
    people: int | Unknown = UNKNOWN
    days_left: int | None = None
    password: bool = False
    live: bool = True
    unread: bool = False
    own_account: bool = False
    owner_gone: bool = False
    contract_ended: bool = False
    parties: int = 0
    declared: bool = False
    cause: GrantCause = GrantCause.DIRECT


def score_terms(traits: ScoreInputs) -> Iterator[Term]:
    """Yield the points that count for an exposure, floors and their effect excluded."""
    group = _GROUPS[traits.audience]
    yield Term(_AUDIENCES[traits.audience])
    access = Access.EDIT if traits.access is Access.UNKNOWN else traits.access
    yield Term(_ACCESSES[access])
    if access in _CHANGES:
        yield Term(f"change.{group}")
    if traits.unread:
        yield Term("unread")
    else:
        yield from _content_terms(traits, group)
    yield from _state_terms(traits, group)
    yield from _control_terms(traits)


def _content_terms(traits: ScoreInputs, group: str) -> Iterator[Term]:
    """Yield what the content adds, where it can be read."""
    said = traits.sensitivity
    for level, share in zip(SCORED_LEVELS, said.shares, strict=True):
        if share and level is not SensitivityLevel.NONE:
            yield Term(_LEVEL_WORDS[level], share)
            yield Term(_LEVELS[level, traits.audience], share)
    if said.topic and not traits.data:
        yield Term(f"topic.{said.topic}")
    for kind in traits.data:
        yield Term(f"data.{kind}")
    place = _READ_KINDS.get(traits.kind)
    if place:
        yield Term(f"kind.{place}")
    grave = sum(said.shares[-2:])
    if grave:
        yield from (Term(name, grave) for name in _grave_terms(traits, group))


def _grave_terms(traits: ScoreInputs, group: str) -> Iterator[str]:
    """Yield what counts as far as the content is S2 or S3."""
    holding = {
        "own_account": traits.own_account,
        "contradicts_public": traits.declared,
        f"idle.{group}": traits.idle_days > IDLE_DAYS,
        "contract_ended_grave": traits.contract_ended,
        "parties": traits.parties > 1,
    }
    yield from (name for name, holds in holding.items() if holds)
    if isinstance(traits.people, int):
        yield from (f"people.{n}" for n in PEOPLE if traits.people >= n)
    if isinstance(traits.reach, int):
        yield from (f"reach.{n}" for n in REACHES[1:] if traits.reach >= n)
    yield from (f"age.{days}" for days in AGES if traits.min_age_days >= days)


def _state_terms(traits: ScoreInputs, group: str) -> Iterator[Term]:
    if traits.idle_days > DORMANT_DAYS:
        yield Term("dormant")
    if traits.owner_gone:
        yield Term(f"owner_gone.{group}")
    if traits.contract_ended:
        yield Term("contract_ended")
    if traits.cause is not GrantCause.DIRECT:
        yield Term(f"cause.{traits.cause.value}")


def _control_terms(traits: ScoreInputs) -> Iterator[Term]:
    if traits.days_left is not None:
        yield Term(expiry_bucket(traits.days_left))
        if traits.audience in _NAMED:
            yield Term("control.expiry.named")
    if traits.password:
        yield Term("control.password")
    if traits.sensitivity.encrypts:
        yield Term("control.label")
    if not traits.live:
        yield Term("control.closed")


def score_points(traits: ScoreInputs, scale: Mapping[str, int] | None = None) -> dict[str, int]:
    """Return all points that are not 0 by their reason; their sum is the score before clamping.

    Args:
        scale: Name of a point -> its value, from the default or the configuration.
    """
    scale = POINTS if scale is None else scale
    quarters: dict[str, int] = {}
    for term in score_terms(traits):
        value = scale.get(term.name, 0)
        if value:
            reason = _reason_of(term.name)
            quarters[reason] = quarters.get(reason, 0) + value * term.quarters
    floor = _floor(traits, scale)
    if floor is not None:
        open_ = sum(v for reason, v in quarters.items() if not reason.startswith("control."))
        quarters[floor] = max(0, QUARTERS * scale[floor] - open_)
    points = _in_whole_points(quarters)
    return {reason: value for reason, value in points.items() if value}


def _floor(traits: ScoreInputs, scale: Mapping[str, int]) -> str | None:
    """Return the name of the highest floor that applies; None without one."""
    if not traits.live or traits.unread or traits.sensitivity.level is SensitivityLevel.PUBLIC:
        return None
    return max(_floors(traits), key=scale.__getitem__, default=None)


def _floors(traits: ScoreInputs) -> Iterator[str]:
    """Yield the names of the floors that apply; they need a sensitivity that is certain."""
    s2, s3 = traits.sensitivity.shares[-2:]
    open_to_anyone = audience_at_least(traits.audience, Audience.ANYONE_LINK)
    if open_to_anyone and s3 == QUARTERS:
        yield "floor.F1"
    if traits.audience is Audience.PUBLIC_DISCOVERABLE:
        yield "floor.F2"
    if open_to_anyone and access_at_least(traits.access, Access.EDIT):
        yield "floor.F3"
    signed_in = audience_at_least(traits.audience, Audience.EXT_AUTHENTICATED_ANY)
    if signed_in and s2 + s3 == QUARTERS:
        yield "floor.F4"
    if traits.audience in _COMPANY_OR_WIDER and s3 == QUARTERS:
        yield "floor.F5"


@cache
def _reason_of(name: str) -> str:
    """Return the reason that a point is shown under: `sensitivity.s3`, `age`, `change`."""
    kind, _, rest = name.partition(".")
    if kind in _SHOWN_IN_FULL:
        return name
    if kind == "sensitivity":
        return f"sensitivity.{rest.partition('.')[0]}"
    if kind == "control":
        return f"control.{rest.partition('.')[0]}"
    return kind


def _in_whole_points(quarters: Mapping[str, int]) -> dict[str, int]:
    """Return whole points whose sum is the rounded sum, so that no rounding breaks a law."""
    points = {reason: value // QUARTERS for reason, value in quarters.items()}
    missing = (sum(quarters.values()) + QUARTERS // 2) // QUARTERS - sum(points.values())
    by_rest = sorted(quarters, key=lambda reason: (-(quarters[reason] % QUARTERS), reason))
    for reason in by_rest[:missing]:
        points[reason] += 1
    return points


@cache
def load_scorecard() -> Mapping[str, int]:
    """Return the points of `scorecard.toml` by name."""
    text = files("agent.classify").joinpath("scorecard.toml").read_text(encoding="utf-8")
    return flatten(tomllib.loads(text))


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested tables as one with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= flatten(cast("Mapping[str, Any]", value), f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


POINTS: Final = load_scorecard()
"""Points by name; `[policy.scoring]` may change each."""


@frozen_record
class Age:
    """The age of a grant in days, as an interval, because few services report it.

    Attributes:
        at_most: The age of the item; None if that is unknown, too.
    """

    at_least: int
    at_most: int | None

    @property
    def is_exact(self) -> bool:
        """Return True if both bounds are the same."""
        return self.at_least == self.at_most


def access_at_least(access: Access, least: Access) -> bool:
    """Return True if an access is at least `least`; an unknown access counts as `edit`."""
    return _ACCESS_RANK[access] >= _ACCESS_RANK[least]


def audience_at_least(audience: Audience, least: Audience) -> bool:
    """Return True if an audience is at least as wide as `least`."""
    return WIDTH[audience] >= WIDTH[least]


def total_score(points: Mapping[str, int]) -> int:
    """Return the sum of the points, limited to 0 to 100."""
    return min(100, max(0, sum(points.values())))


def severity_for_score(score: int) -> Severity:
    """Return the severity of a score."""
    return next((severity for least, severity in BANDS if score >= least), Severity.INFO)


def exposure_age(exposure: Exposure, now: datetime) -> Age:
    """Return the age of a grant; an unknown date gives an interval and is never estimated."""
    created = exposure.grant.created_at
    if not isinstance(created, Unknown):
        days = days_between(created, now)
        return Age(at_least=days, at_most=days)
    seen = days_between(exposure.first_seen, now)
    born = exposure.item.created_at
    at_most = None if isinstance(born, Unknown) else max(seen, days_between(born, now))
    return Age(at_least=seen, at_most=at_most)


def is_dormant(item: Item, now: datetime) -> bool:
    """Return True if the item is known to be unused for more than a year."""
    return idle_days(item, now) > DORMANT_DAYS


def days_left(expires_at: datetime | Unknown | None, now: datetime) -> int | None:
    """Return the days until an expiry, rounded up; None without one and for unknown."""
    if expires_at is None or isinstance(expires_at, Unknown):
        return None
    return max(0, -((now - expires_at) // _DAY))


def days_between(then: datetime, now: datetime) -> int:
    """Return the whole days between two times; 0 if the first is later."""
    return max(0, (now - then).days)


def expiry_bucket(left: int) -> str:
    """Return the name of the point for an expiry in so many days."""
    return next((name for most, name in _EXPIRY_STEPS if left <= most), "control.expiry.later")


def idle_days(item: Item, now: datetime) -> int:
    """Return the days without activity; 0 for unknown. What was never used counts from creation."""
    last = item.created_at if item.last_activity is None else item.last_activity
    return 0 if isinstance(last, Unknown) else days_between(last, now)
