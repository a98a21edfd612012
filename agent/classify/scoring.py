"""The exposure score: 0 to 100, made of points that each have a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from agent.classify.model import WIDTH, Exposure, SensitivityLevel, Severity
from connectors.sdk.records import UNKNOWN, Access, Audience, Item, Unknown, frozen_record

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
"""Points by name; `[policy.scoring]` may change each. The number of an age or a reach is where its
step begins (days, items), that of an expiry its highest number of days; a floor is the least score
that it guarantees."""

BANDS: Final = (
    (85, Severity.CRITICAL),
    (65, Severity.HIGH),
    (45, Severity.MEDIUM),
    (25, Severity.LOW),
)

_ACCESS_RANK: Final = {access: rank for rank, access in enumerate(Access)} | {
    Access.UNKNOWN: list(Access).index(Access.EDIT)
}
_DAY: Final = timedelta(days=1)
AGES: Final = (30, 180, 365, 1095)
"""Days from which on an age counts more, for points and rules."""
REACHES: Final = (1, 10, 1_000, 100_000)
"""Items or records from which on a reach counts more; below the first, a right has no effect."""
_AGE_STEPS: Final = tuple((days, f"age.{days}") for days in reversed(AGES))
_REACH_STEPS: Final = tuple((count, f"reach.{count}") for count in reversed(REACHES[1:]))
_EXPIRY_STEPS: Final = tuple((days, f"control.expiry.{days}") for days in (7, 30, 90))

# three tables, not one: Audience.UNKNOWN and Access.UNKNOWN are equal as strings
_AUDIENCES: Final = {audience: f"audience.{audience.value}" for audience in Audience}
_ACCESSES: Final = {access: f"access.{access.value}" for access in Access}
_LEVELS: Final = {level: f"sensitivity.{level.name.lower()}" for level in SensitivityLevel}


@frozen_record
class ScoreInputs:
    """The inputs of the score.

    Attributes:
        min_age_days: A lower bound: an unknown age counts as new.
        dormant: True if it is known to be unused for a year.
        reach: Items or records; unknown gives no points and is listed with the evaluation.
        days_left: Days until the grant expires; None for never and for unknown alike, because only
            a known end lowers the score.
        password: True if a password is known to be required.
        encrypted: True if a label encrypts the content.
        live: False if the grant has no effect now, as on a site that is not published.
    """

    audience: Audience
    access: Access = Access.VIEW
    level: SensitivityLevel = SensitivityLevel.NONE
    min_age_days: int = 0
    dormant: bool = False
    reach: int | Unknown = 1
    days_left: int | None = None
    password: bool = False
    encrypted: bool = False
    live: bool = True


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


def score_points(traits: ScoreInputs, scale: Mapping[str, int] = POINTS) -> dict[str, int]:
    """Return all points that are not 0 by their reason; their sum is the score before clamping.

    Args:
        scale: Name of a point -> its value, from the default or the configuration.
    """
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
        points["control.expiry"] = scale[expiry_bucket(traits.days_left)]
    if traits.password:
        points["control.password"] = scale["control.password"]
    if traits.encrypted:
        points["control.label"] = scale["control.label"]
    return {reason: value for reason, value in points.items() if value}


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
    """Return True if the item is known to be unused for more than a year.

    An item that was never used counts from its creation.
    """
    last = item.created_at if item.last_activity is None else item.last_activity
    return not isinstance(last, Unknown) and days_between(last, now) > DORMANT_DAYS


def days_left(expires_at: datetime | Unknown | None, now: datetime) -> int | None:
    """Return the days until an expiry, rounded up; None without one and for unknown."""
    if expires_at is None or isinstance(expires_at, Unknown):
        return None
    return max(0, -((now - expires_at) // _DAY))


def expiry_bucket(left: int) -> str:
    """Return the name of the point for an expiry in so many days."""
    return next((name for most, name in _EXPIRY_STEPS if left <= most), "control.expiry.later")


def days_between(then: datetime, now: datetime) -> int:
    """Return the whole days between two times; 0 if the first is later."""
    return max(0, (now - then).days)


def _floors(traits: ScoreInputs) -> Iterator[str]:
    """Yield the names of the floors that apply, the highest first among equals."""
    open_to_anyone = audience_at_least(traits.audience, Audience.ANYONE_LINK)
    if open_to_anyone and traits.level is SensitivityLevel.S3:
        yield "floor.F1"
    if (
        traits.audience is Audience.PUBLIC_DISCOVERABLE
        and traits.level is not SensitivityLevel.PUBLIC
    ):
        yield "floor.F2"
    if open_to_anyone and access_at_least(traits.access, Access.EDIT):
        yield "floor.F3"
    if (
        audience_at_least(traits.audience, Audience.EXT_AUTHENTICATED_ANY)
        and traits.level >= SensitivityLevel.S2
    ):
        yield "floor.F4"
    if (
        audience_at_least(traits.audience, Audience.ORG_LINK)
        and traits.level is SensitivityLevel.S3
    ):
        yield "floor.F5"


def _step(scale: Mapping[str, int], steps: tuple[tuple[int, str], ...], value: int) -> int:
    for least, name in steps:
        if value >= least:
            return scale[name]
    return 0
