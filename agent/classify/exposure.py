"""How exposed something is: a score whose every point has a reason.

The sum of audience, access, sensitivity, age, dormancy and reach is lifted to a floor where one
holds, and only then lowered by what keeps the door in check (an end, a password). In this order
the score never falls when the audience, the access or the sensitivity rises.

A closed door (`live` is False: a site that is not active) keeps its points, because it opens
again with one click; but no floor lifts it, and the floors of rules count one step less for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from agent.classify.model import WIDTH, Exposure, Level, Severity
from connectors.sdk.records import UNKNOWN, Access, Audience, Item, Unknown, record

DORMANT_DAYS: Final = 365

POINTS: Final[Mapping[str, int]] = {
    "audience.named_internal": 0,
    "audience.large_internal": 10,
    "audience.ext_allowlisted": 12,
    "audience.ext_named": 25,
    "audience.org_link": 28,
    "audience.org_discoverable": 35,
    "audience.ext_consumer": 35,
    "audience.ext_unresolved": 38,
    "audience.unknown": 38,
    "audience.ext_authenticated_any": 45,
    "audience.anyone_link": 55,
    "audience.public_discoverable": 70,
    "access.view_only": -3,
    "access.view": 0,
    "access.comment": 2,
    "access.create": 4,
    "access.edit": 8,
    "access.manage": 12,
    "access.all_records": 15,
    "sensitivity.public": -25,
    "sensitivity.none": 0,
    "sensitivity.s1": 8,
    "sensitivity.s2": 16,
    "sensitivity.s3": 25,
    "age.30": 2,
    "age.180": 5,
    "age.365": 9,
    "age.1095": 12,
    "dormant": 3,
    "reach.10": 2,
    "reach.1000": 5,
    "reach.100000": 8,
    "floor.F1": 85,
    "floor.F2": 65,
    "floor.F3": 65,
    "floor.F4": 65,
    "floor.F5": 65,
    "control.expiry.7": -15,
    "control.expiry.30": -10,
    "control.expiry.90": -6,
    "control.expiry.later": -2,
    "control.password": -8,
    "control.label": -20,
}
"""The points by name; `[policy.scoring]` may set each of them. Steps name where they begin (days,
items), an expiry the days that are left at most; a floor is the score that it lifts to."""

BANDS: Final = (
    (85, Severity.CRITICAL),
    (65, Severity.HIGH),
    (45, Severity.MEDIUM),
    (25, Severity.LOW),
)

_POWER: Final = {access: rank for rank, access in enumerate(Access)} | {
    Access.UNKNOWN: list(Access).index(Access.EDIT)
}
_DAY: Final = timedelta(days=1)
AGES: Final = (30, 180, 365, 1095)
"""Days at which an age counts more, for points and rules alike."""
REACHES: Final = (1, 10, 1_000, 100_000)
"""Items or records at which a reach counts more; below the first, a right opens nothing."""
_AGE_STEPS: Final = tuple((days, f"age.{days}") for days in reversed(AGES))
_REACH_STEPS: Final = tuple((count, f"reach.{count}") for count in reversed(REACHES[1:]))
_EXPIRY_STEPS: Final = tuple((days, f"control.expiry.{days}") for days in (7, 30, 90))

# three tables, not one: Audience.UNKNOWN and Access.UNKNOWN are equal as strings
_AUDIENCES: Final = {audience: f"audience.{audience.value}" for audience in Audience}
_ACCESSES: Final = {access: f"access.{access.value}" for access in Access}
_LEVELS: Final = {level: f"sensitivity.{level.name.lower()}" for level in Level}


@record
class Traits:
    """What the score is made of.

    Attributes:
        min_age_days: A lower bound: an unknown age counts as new, never as harmless.
        reach: Unknown gives no points; the judgement lists it instead.
        days_left: Until the grant ends by itself; None for never and for unknown alike, because
            only a known end earns credit.
        password: Known to be asked for.
        encrypted: By a label that encrypts.
        live: False for a closed door.
    """

    audience: Audience
    access: Access = Access.VIEW
    level: Level = Level.NONE
    min_age_days: int = 0
    dormant: bool = False
    reach: int | Unknown = 1
    days_left: int | None = None
    password: bool = False
    encrypted: bool = False
    live: bool = True


@record
class Age:
    """How long a grant has stood: an interval, because few vendors tell.

    `at_most` is the age of the item, or None where even that is unknown.
    """

    at_least: int
    at_most: int | None

    @property
    def known(self) -> bool:
        """Whether both ends are the same."""
        return self.at_least == self.at_most


def allows(access: Access, least: Access) -> bool:
    """Whether an access is at least another; an unknown one is judged as `edit`."""
    return _POWER[access] >= _POWER[least]


def is_as_wide(audience: Audience, least: Audience) -> bool:
    """Whether an audience stands at least as high on the ladder."""
    return WIDTH[audience] >= WIDTH[least]


def points_of(traits: Traits, scale: Mapping[str, int] = POINTS) -> dict[str, int]:
    """Every point with its reason; they add up to the score before it is clamped."""
    audience, level = _AUDIENCES[traits.audience], _LEVELS[traits.level]
    access = _ACCESSES[traits.access]
    points = {
        audience: scale[audience],
        access: scale[_ACCESSES[Access.EDIT] if traits.access is Access.UNKNOWN else access],
        level: scale[level],
        "age": _step(scale, _AGE_STEPS, traits.min_age_days),
        "dormant": scale["dormant"] if traits.dormant else 0,
        "reach": 0 if traits.reach is UNKNOWN else _step(scale, _REACH_STEPS, traits.reach),
    }
    floor = max(_floors(traits), key=scale.__getitem__, default=None) if traits.live else None
    if floor is not None:
        points[floor] = max(0, scale[floor] - sum(points.values()))
    if traits.days_left is not None:
        points["control.expiry"] = scale[expiry_step(traits.days_left)]
    if traits.password:
        points["control.password"] = scale["control.password"]
    if traits.encrypted:
        points["control.label"] = scale["control.label"]
    return {reason: value for reason, value in points.items() if value}


def score_of(points: Mapping[str, int]) -> int:
    """The sum, between 0 and 100."""
    return min(100, max(0, sum(points.values())))


def band_of(score: int) -> Severity:
    """The severity that a score stands for."""
    return next((severity for least, severity in BANDS if score >= least), Severity.INFO)


def age_of(exposure: Exposure, now: datetime) -> Age:
    """The interval that is known; a date that the vendor did not tell is never made up."""
    created = exposure.grant.created_at
    if not isinstance(created, Unknown):
        days = days_between(created, now)
        return Age(at_least=days, at_most=days)
    seen = days_between(exposure.first_seen, now)
    born = exposure.item.created_at
    at_most = None if isinstance(born, Unknown) else max(seen, days_between(born, now))
    return Age(at_least=seen, at_most=at_most)


def is_dormant(item: Item, now: datetime) -> bool:
    """Whether it is known that nobody has used it for a year."""
    last = item.created_at if item.last_activity is None else item.last_activity
    return not isinstance(last, Unknown) and days_between(last, now) > DORMANT_DAYS


def days_left(expires_at: datetime | Unknown | None, now: datetime) -> int | None:
    """Whole days until the end, rounded up; None where there is none or nobody told."""
    if expires_at is None or isinstance(expires_at, Unknown):
        return None
    return max(0, -((now - expires_at) // _DAY))


def expiry_step(left: int) -> str:
    """The name of the point for an end so many days ahead."""
    return next((name for most, name in _EXPIRY_STEPS if left <= most), "control.expiry.later")


def days_between(then: datetime, now: datetime) -> int:
    """Whole days that have passed; a date in the future counts as today."""
    return max(0, (now - then).days)


def _floors(traits: Traits) -> Iterator[str]:
    """The floors that hold, the highest first among equals."""
    open_to_anyone = is_as_wide(traits.audience, Audience.ANYONE_LINK)
    if open_to_anyone and traits.level is Level.S3:
        yield "floor.F1"
    if traits.audience is Audience.PUBLIC_DISCOVERABLE and traits.level is not Level.PUBLIC:
        yield "floor.F2"
    if open_to_anyone and allows(traits.access, Access.EDIT):
        yield "floor.F3"
    if is_as_wide(traits.audience, Audience.EXT_AUTHENTICATED_ANY) and traits.level >= Level.S2:
        yield "floor.F4"
    if is_as_wide(traits.audience, Audience.ORG_LINK) and traits.level is Level.S3:
        yield "floor.F5"


def _step(scale: Mapping[str, int], steps: tuple[tuple[int, str], ...], value: int) -> int:
    for least, name in steps:
        if value >= least:
            return scale[name]
    return 0
