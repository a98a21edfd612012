"""The counts of a run, made once: screen, page, manifest and JSON show the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import REACHES_OUT, Audience, Severity, Subject

DONE_STATES: Final = frozenset({"waived", "resolved"})
STATES: Final = ("new", "changed", "returned", "open", "resolved", "waived", "not_compared")
INTERNAL_AUDIENCES: Final = frozenset(
    {Audience.LARGE_INTERNAL, Audience.ORG_LINK, Audience.ORG_DISCOVERABLE}
)
EXTERNAL_AUDIENCES: Final = REACHES_OUT - INTERNAL_AUDIENCES
NO_SIGN_IN: Final = frozenset({Audience.ANYONE_LINK, Audience.PUBLIC_DISCOVERABLE})
LINKS: Final = frozenset({Audience.ANYONE_LINK, Audience.ORG_LINK})
UNKNOWN: Final = "unknown"

SeverityCounts = Counter[Severity]
"""How many findings of each severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorLine:
    """One tenant. `scopes` counts what should have been read, standing blind spots not.

    `problem` says why nothing was read at all (nobody could sign in); then counts are zero.
    `planned` are the calls that `plan` foretold, where this run read everything from the start.
    """

    name: str
    service: str
    title: str
    complete: int
    scopes: int
    items: int
    calls: int
    problem: str = ""
    planned: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadScope:
    """A scope that should have been scanned and was not, or a standing blind spot.

    `title` is as stored; `service` and `scope_id` lead to its translation.
    """

    connector: str
    title: str
    reason: str
    hint: str = ""
    service: str = ""
    scope_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatistics:
    """What was found and what was read.

    A finding *stands* while it is neither waived nor resolved. `severities`, `services`, `owners`
    and `rules` are about those that stand; `audiences` about those of them that are exposures.

    Attributes:
        doors: Active findings about exposures to people outside that reach something
            (`external_exposures` in files and events).
        tonight: Those of them that are urgent: critical (`urgent` in files and events).
        findings: Root causes that stand and whose severity is known.
        states: All findings by state, see `STATES`.
        owners: Severities by owner of the item; "unknown" where nobody told.
        domains: Severities by outside domain; a finding with two domains counts in both.
        rules: How many findings each rule objects to.
        endless: Links that stand and never expire.
        connectors: A line for each tenant.
        statuses: Scopes by the way their reading ended.
        unread: Scopes that should have been read and were not.
        blind: Standing blind spots, which no configuration avoids.
    """

    doors: int = 0
    tonight: int = 0
    findings: int = 0
    severities: Mapping[Severity, int] = field(default_factory=dict[Severity, int])
    states: Mapping[str, int] = field(default_factory=dict[str, int])
    services: Mapping[str, SeverityCounts] = field(default_factory=dict[str, SeverityCounts])
    audiences: Mapping[str, SeverityCounts] = field(default_factory=dict[str, SeverityCounts])
    owners: Mapping[str, SeverityCounts] = field(default_factory=dict[str, SeverityCounts])
    domains: Mapping[str, SeverityCounts] = field(default_factory=dict[str, SeverityCounts])
    rules: Mapping[str, int] = field(default_factory=dict[str, int])
    endless: int = 0
    connectors: Sequence[ConnectorLine] = ()
    statuses: Mapping[str, int] = field(default_factory=dict[str, int])
    unread: Sequence[UnreadScope] = ()
    blind: Sequence[UnreadScope] = ()

    @property
    def standing(self) -> int:
        """Return the number of findings that are neither waived nor resolved."""
        return sum(self.severities.values())

    @property
    def scopes(self) -> int:
        """Return the number of scopes that should have been read."""
        return sum(line.scopes for line in self.connectors)

    @property
    def missed(self) -> int:
        """Return the number of scopes that were not read completely."""
        short = sum(line.scopes - line.complete for line in self.connectors)
        return max(short, len(self.unread))

    @property
    def whole(self) -> bool:
        """Return True if every scope of this configuration was read completely."""
        return bool(self.connectors) and not (
            self.missed or any(line.problem for line in self.connectors)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the counts for the manifest and for programs; no names."""
        return {
            "external_exposures": self.doors,
            "urgent": self.tonight,
            "doors": self.doors,  # the older names of the two above
            "tonight": self.tonight,
            "findings": self.findings,
            "severities": {level.word: count for level, count in self.severities.items()},
            "states": dict(self.states),
            "services": {name: grades.total() for name, grades in self.services.items()},
            "audiences": {name: grades.total() for name, grades in self.audiences.items()},
            "links_without_end": self.endless,
            "scopes": self.scopes,
            "missed": self.missed,
            "blind_spots": len(self.blind),
            "whole": self.whole,
        }


class StatisticsCollector:
    """Counts findings and scopes while the files are written."""

    def __init__(self) -> None:
        self._severities: SeverityCounts = Counter()
        self._states: Counter[str] = Counter()
        self._services: dict[str, SeverityCounts] = {}
        self._audiences: dict[str, SeverityCounts] = {}
        self._owners: dict[str, SeverityCounts] = {}
        self._domains: dict[str, SeverityCounts] = {}
        self._rules: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._unread: list[UnreadScope] = []
        self._blind: list[UnreadScope] = []
        self._external_exposures = self._urgent = self._findings = self._endless = 0

    def add_finding(self, kept: TrackedFinding) -> None:
        """Count a finding."""
        self._states[kept.state] += 1
        if not is_open(kept):
            return
        finding = kept.finding
        self._severities[finding.severity] += 1
        self._rules.update(finding.rules)
        _count_severity(self._services, finding.service, finding)
        for domain in _domains(finding):
            _count_severity(self._domains, domain, finding)
        if finding.subject is Subject.EXPOSURE:
            self._exposure(finding)
        if finding.severity is not Severity.UNKNOWN:
            self._findings += 1

    def _exposure(self, finding: Finding) -> None:
        _count_severity(self._audiences, finding.audience, finding)
        _count_severity(self._owners, finding.owner or UNKNOWN, finding)
        self._endless += never_expires(finding)
        if finding.severity is Severity.UNKNOWN or finding.audience not in EXTERNAL_AUDIENCES:
            return
        self._external_exposures += finding.reach != 0
        self._urgent += is_urgent(finding)

    def add_scope(self, status: str) -> None:
        """Count a scope by its coverage status."""
        self._statuses[status] += 1

    def add_unread(self, scope: UnreadScope, *, first: bool = False) -> None:
        """Add a scope that should have been read; a whole tenant comes first."""
        self._unread.insert(0 if first else len(self._unread), scope)

    def add_blind_spot(self, scope: UnreadScope) -> None:
        """Add a standing blind spot."""
        self._blind.append(scope)

    def statistics(self, connectors: Sequence[ConnectorLine]) -> RunStatistics:
        """Return the counts so far."""
        return RunStatistics(
            doors=self._external_exposures,
            tonight=self._urgent,
            findings=self._findings,
            severities=self._severities,
            states=self._states,
            services=self._services,
            audiences=self._audiences,
            owners=self._owners,
            domains=self._domains,
            rules=self._rules,
            endless=self._endless,
            connectors=connectors,
            statuses=self._statuses,
            unread=self._unread,
            blind=self._blind,
        )


def is_open(kept: TrackedFinding) -> bool:
    """Return True if the finding is neither waived nor resolved."""
    return kept.state not in DONE_STATES


def is_urgent(finding: Finding) -> bool:
    """Return True for what must be shut today: severity critical."""
    return finding.severity is Severity.CRITICAL


def never_expires(finding: Finding) -> bool:
    """Return True for a link without an expiry; an unknown expiry does not count."""
    return finding.audience in LINKS and not finding.expires_at


def _domains(finding: Finding) -> Iterator[str]:
    if finding.subject is Subject.PRINCIPAL:
        yield from {p.rpartition("@")[2].lower() for p in finding.principals if "@" in p}
    elif finding.audience in EXTERNAL_AUDIENCES:
        yield from finding.domains


def _count_severity(table: dict[str, SeverityCounts], name: str, finding: Finding) -> None:
    table.setdefault(name, Counter())[finding.severity] += 1
