"""What the classifier is given, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import IntEnum, StrEnum
from hashlib import blake2b
from typing import Final

from connectors.sdk.records import (
    Access,
    Audience,
    Coverage,
    Grant,
    Item,
    Principal,
    State,
    Unknown,
    record,
)

WIDTH: Final = {audience: rank for rank, audience in enumerate(Audience)}
"""The audience ladder: the members of `Audience` stand in its order."""

REACHES_OUT: Final = frozenset(Audience) - {
    Audience.NAMED_INTERNAL,
}
"""Audiences that make an exposure: everything beyond named insiders."""


class Severity(IntEnum):
    """How bad. UNKNOWN speaks for what was not read: always shown, never compared."""

    UNKNOWN = -1
    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The form in files and events: `high`."""
        return _WORDS[self]


class Confidence(IntEnum):
    """How sure we are of audience and sensitivity; it never changes the score."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2

    @property
    def word(self) -> str:
        """The form in files and events: `medium`."""
        return self.name.lower()


class Subject(StrEnum):
    """What a finding is about."""

    EXPOSURE = "exposure"
    PRINCIPAL = "principal"
    SETTING = "setting"
    SCOPE = "scope"


class Stage(StrEnum):
    """When a rule is asked that needs more than the facts of one subject."""

    VERDICT = "verdict"  # once the severity is known
    WAIVER = "waiver"  # once a waiver was found that does not hold
    CHANGE = "change"  # once it is known what the last run said


class Level(IntEnum):
    """Sensitivity of what is shared."""

    PUBLIC = -1  # declared public
    NONE = 0
    S1 = 1  # minutes, quotations
    S2 = 2  # contracts, confidential
    S3 = 3  # personal data, health, pay, credentials

    @property
    def word(self) -> str:
        """The form in files and events: `s3`."""
        return _LEVEL_WORDS[self]


_WORDS: Final = {severity: severity.name.lower() for severity in Severity}
_LEVEL_WORDS: Final = {level: level.name.lower() for level in Level}


@record
class Sensitivity:
    """How sensitive, and which terms say so.

    `source`: `label` `policy` `object_type` `name` `folder`, or empty. `encrypts`: it is carried
    by a label that keeps the content shut for whoever has no key.
    """

    level: Level = Level.NONE
    source: str = ""
    terms: tuple[str, ...] = ()
    confidence: Confidence = Confidence.MEDIUM
    encrypts: bool = False


@record
class Proof:
    """What a visitor who had not signed in could count of an item.

    `inside` is what all ways that were known inside came to at that time, at most; unknown where
    one of them was, or where they had been read too long before.
    """

    site: str
    url: str
    count: int
    inside: int | Unknown
    made: datetime

    @property
    def surplus(self) -> bool:
        """Whether more is seen outside than is known inside: a way was missed."""
        return isinstance(self.inside, int) and self.count > self.inside


@record
class Exposure:
    """One grant on one item, where it is made, joined with what else is known about it.

    Attributes:
        connector: The administrator's name of the tenant, for `public_paths`.
        service: Which service it is; only rules of the organization's own may ask.
        item: The item; its `grants` are not filled in.
        audience: The vendor's word after memberships are joined: the widest of a group's
            outsiders. Policy (approved, consumer, internal domains) is not applied yet.
        path: Names from the top container down, joined by slashes.
        principal_domains: Mail domains of the outsiders, of all of them for a group.
        via_group: The own group that lets outsiders in, or empty.
        reach: Items below (1 for a file), or records; unknown is not zero. 0 is a latent right.
        first_seen: When this agent first saw the grant: a lower bound of its age.
        meeting: Mail domains of all outsiders who are let into the same place, by this grant or
            another, here or above. Empty where it is no place in which anybody meets.
        guests: How many outsiders are members of a team or group that is the item itself.
        proof: What a visitor could count of the item, where somebody has tried.
        maker_state: Whether the one who made the grant can still sign in.
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
    meeting: tuple[str, ...] = ()
    guests: int = 0
    proof: Proof | None = None
    maker_state: State = State.UNKNOWN

    @property
    def latent(self) -> bool:
        """Whether it opens nothing today: no record to read, or nobody left to use it."""
        return self.reach == 0 or self.grant.principal_state is State.DELETED


@record
class Match:
    """A rule that objects, and what its sentence needs: `{"max_days": "30"}`."""

    rule: str
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])


@record
class Judgement:
    """The answer on one subject.

    Attributes:
        audience: As policy sees it (`ext_consumer`, `ext_allowlisted` ...).
        points: Every point with its reason: `{"audience.anyone_link": 55, "age": 12, ...}`;
            floors and controls included, so that they add up to the score before clamping.
        score: 0 to 100; None for subjects that have none.
        matches: All rules that objected, the highest floor first, then by id. None: no finding.
        unknowns: Names of facts that could change the judgement: `expires_at`, `password`.
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
        """Whether any rule objects."""
        return bool(self.matches)


def finding_id(*what: str) -> str:
    """The same in every run until it is fixed.

    Made of service, tenant id, and the ids of what it is about; no name, path, connector name,
    rule, score or severity is in it.
    """
    return "tjm1:" + blake2b("\0".join(("tjm1", *what)).encode(), digest_size=16).hexdigest()


__all__ = [
    "REACHES_OUT",
    "WIDTH",
    "Access",
    "Audience",
    "Confidence",
    "Coverage",
    "Exposure",
    "Grant",
    "Item",
    "Judgement",
    "Level",
    "Match",
    "Principal",
    "Proof",
    "Sensitivity",
    "Severity",
    "Stage",
    "Subject",
    "finding_id",
]
