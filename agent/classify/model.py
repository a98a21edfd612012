"""The types that go into an evaluation and come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import IntEnum, StrEnum
from hashlib import blake2b
from typing import Final

from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Coverage,
    Grant,
    Item,
    Principal,
    State,
    Unknown,
    frozen_record,
)

WIDTH: Final = {audience: rank for rank, audience in enumerate(Audience)}
"""Audience -> its rank, from the narrowest to the widest: the order of the enumeration."""

REACHES_OUT: Final = frozenset(Audience) - {
    Audience.NAMED_INTERNAL,
}
"""Audiences that make an exposure: everything beyond named insiders."""


class Severity(IntEnum):
    """The severity of a finding. UNKNOWN marks what was not read: always shown, never compared."""

    UNKNOWN = -1
    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """Return the form in files and events: `high`."""
        return _WORDS[self]


class Confidence(IntEnum):
    """How certain audience and sensitivity are; it does not change the score."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2

    @property
    def word(self) -> str:
        """Return the form in files and events: `medium`."""
        return self.name.lower()


class Subject(StrEnum):
    """What a finding is about."""

    EXPOSURE = "exposure"
    PRINCIPAL = "principal"
    SETTING = "setting"
    SCOPE = "scope"


class RulePhase(StrEnum):
    """When rules are evaluated that need more than the facts of one subject."""

    VERDICT = "verdict"  # once the severity is known
    WAIVER = "waiver"  # once an invalid waiver was found
    CHANGE = "change"  # once the finding of the last run is known


class SensitivityLevel(IntEnum):
    """The sensitivity of what is shared."""

    PUBLIC = -1  # declared public
    NONE = 0
    S1 = 1  # minutes, quotations
    S2 = 2  # contracts, confidential
    S3 = 3  # personal data, health, pay, credentials

    @property
    def word(self) -> str:
        """Return the form in files and events: `s3`."""
        return _LEVEL_WORDS[self]


QUARTERS: Final = 4
"""The parts that a sensitivity is divided into among the levels it may have."""

SCORED_LEVELS: Final = (
    SensitivityLevel.PUBLIC,
    SensitivityLevel.NONE,
    SensitivityLevel.S1,
    SensitivityLevel.S2,
    SensitivityLevel.S3,
)
"""The levels in the order of `Sensitivity.shares`."""

_WORDS: Final = {severity: severity.name.lower() for severity in Severity}
_LEVEL_WORDS: Final = {level: level.name.lower() for level in SensitivityLevel}


@frozen_record
class Sensitivity:
    """The sensitivity of an item, and the terms that it was concluded from.

    Attributes:
        source: `label` `policy` `object_type` `name` `folder`, or empty.
        encrypts: True if it comes from a label that encrypts the content.
        shares: How likely each of `SCORED_LEVELS` is, in quarters.
        topic: What it is about, of `NameModel.topics`; empty if nothing tells.
        signs: What the name says besides: `answers` to a form, an `export`.
    """

    level: SensitivityLevel = SensitivityLevel.NONE
    source: str = ""
    terms: tuple[str, ...] = ()
    confidence: Confidence = Confidence.MEDIUM
    encrypts: bool = False
    shares: tuple[int, ...] = (0, QUARTERS, 0, 0, 0)
    topic: str = ""
    signs: tuple[str, ...] = ()


@frozen_record
class ExternalCount:
    """How many records an anonymous visitor could count in an item.

    Attributes:
        site: The name of the site.
        url: The address that was asked.
        count: The number of records that the site reported.
        inside: The highest number that all known grants together open, as of that time; unknown if
            one of them is unknown or if they were read too long before.
        made: When it was counted.
    """

    site: str
    url: str
    count: int
    inside: int | Unknown
    made: datetime

    @property
    def exceeds_known(self) -> bool:
        """Return True if more records are visible than known grants open: one was missed."""
        return isinstance(self.inside, int) and self.count > self.inside


@frozen_record
class Exposure:
    """A grant on the item where it was made, joined with what else is known about it.

    Attributes:
        connector: The name of the connector in the configuration, for `public_paths`.
        service: The service; only custom rules may use it.
        item: The item; its `grants` are empty.
        audience: The audience as the service reports it after memberships are joined: for a group
            the widest audience of its external members. Approved, consumer and internal domains of
            the configuration are not applied yet.
        path: The names from the top container down, joined by slashes.
        principal_domains: Mail domains of the external accounts; for a group, of all its members.
        via_group: The name of the own group that has external members, or empty.
        reach: Items below the item (1 for a file), or records; 0 if the right has no effect today.
        first_seen: When this program first saw the grant: a lower bound of its age.
        co_located_domains: Mail domains of all external accounts with access to the same container
            or group by any grant on it or above. Empty for other items.
        guests: For a team or group, the number of its external members.
        external_count: The external count of the item, if there is one.
        creator_state: Whether the creator of the grant can still sign in.
        people: How many people the grant is for, where it names them or its group was read.
    """

    connector: str
    item: Item
    grant: Grant
    audience: Audience
    path: str
    reach: int | Unknown
    first_seen: datetime
    service: str = ""
    principal_domains: tuple[str, ...] = ()
    via_group: str = ""
    co_located_domains: tuple[str, ...] = ()
    guests: int = 0
    external_count: ExternalCount | None = None
    creator_state: State = State.UNKNOWN
    people: int | Unknown = UNKNOWN

    @property
    def has_no_effect_today(self) -> bool:
        """Return True if the grant has no effect today: no record, or a deleted principal."""
        return self.reach == 0 or self.grant.principal_state is State.DELETED


@frozen_record
class Match:
    """A rule that matched, with the values of its sentence: `{"max_days": "30"}`."""

    rule: str
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])


@frozen_record
class Evaluation:
    """The result of the evaluation of one subject.

    Attributes:
        score: 0 to 100; None for subjects without a score.
        audience: The audience after the configuration is applied (`ext_consumer` ...).
        points: All points by their reason, floors and controls included: `{"audience.anyone_link":
            55, "age": 12}`. Their sum is the score before clamping.
        matches: The rules that matched, the highest floor first, then by id; empty: no finding.
        unknowns: Names of unknown facts that could change the result: `expires_at`, `password`.
    """

    severity: Severity
    score: int | None = None
    confidence: Confidence = Confidence.HIGH
    audience: Audience | None = None
    sensitivity: Sensitivity = field(default_factory=Sensitivity)
    points: Mapping[str, int] = field(default_factory=dict[str, int])
    matches: tuple[Match, ...] = ()
    unknowns: tuple[str, ...] = ()

    @property
    def overexposed(self) -> bool:
        """Return True if any rule matched."""
        return bool(self.matches)


def finding_id(*what: str) -> str:
    """Return the id of a finding, which stays the same in every run until the finding is fixed.

    It is made of service, tenant id and the ids of the subject. Name, path, connector, rule, score
    and severity are no part of it.
    """
    return "tjm1:" + blake2b("\0".join(("tjm1", *what)).encode(), digest_size=16).hexdigest()


__all__ = [
    "REACHES_OUT",
    "WIDTH",
    "Access",
    "Audience",
    "Confidence",
    "Coverage",
    "Evaluation",
    "Exposure",
    "ExternalCount",
    "Grant",
    "Item",
    "Match",
    "Principal",
    "RulePhase",
    "Sensitivity",
    "SensitivityLevel",
    "Severity",
    "Subject",
    "finding_id",
]
