"""Who outside has access: organisations, people, and the contracts they stand under."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from agent.classify.domains import within
from agent.classify.exposure_row import ExposureRow
from agent.classify.model import Severity
from agent.classify.policy import Policy
from agent.classify.tables import Vendor
from agent.report.numbers import OUTSIDE
from agent.report.rows import BETWEEN, PrincipalRow
from connectors.sdk.records import Access, Audience

_ACCESS = {access.value: rank for rank, access in enumerate(Access)}


@dataclass(slots=True)
class Party:
    """A person or an organisation outside, and what it reaches."""

    connectors: set[str] = field(default_factory=set[str])
    people: set[str] = field(default_factory=set[str])
    items: int = 0
    access: str = ""
    severity: Severity = Severity.INFO
    account: PrincipalRow | None = None
    last_activity: str = ""

    def reaches(self, row: ExposureRow) -> None:
        """One exposure more."""
        self.items += 1
        self.connectors.add(row.connector)
        if _ACCESS.get(row.access, 0) >= _ACCESS.get(self.access, -1):
            self.access = row.access
        self.severity = max(self.severity, Severity[row.severity.upper()])


class Parties:
    """Everybody outside who is named by a grant or known to a directory.

    Memory grows with the outsiders, not with the exposures.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.people: dict[str, Party] = {}
        self.organisations: dict[str, Party] = {}

    def exposed(self, row: ExposureRow) -> None:
        """Take in what an exposure says of outsiders; links name nobody."""
        if row.audience not in OUTSIDE:
            return
        for domain in filter(None, row.principal_domain.split(BETWEEN)):
            organisation = self.organisations.setdefault(domain, Party())
            organisation.reaches(row)
            if "@" in row.principal and not row.via_group:
                organisation.people.add(row.principal.lower())
        if "@" in row.principal and not row.via_group:
            self.people.setdefault(row.principal.lower(), Party()).reaches(row)

    def known(self, row: PrincipalRow) -> None:
        """Take in an account of a directory, also one that reaches nothing."""
        name = (row.mail or row.name).lower()
        person = self.people.setdefault(name, Party())
        person.account = row
        person.connectors.add(row.connector)
        if isinstance(row.items_reached, int):
            person.items = max(person.items, row.items_reached)
        if row.domain:
            organisation = self.organisations.setdefault(row.domain.lower(), Party())
            organisation.people.add(name)
            if row.last_sign_in not in ("", "unknown"):
                organisation.last_activity = max(organisation.last_activity, row.last_sign_in)

    def vendor(self, domain: str) -> Vendor | None:
        """The vendor of a domain: its contract that ends last."""
        ours = [v for v in self._policy.table.vendors if within(domain, v.domains)]
        return max(ours, key=lambda vendor: vendor.ends, default=None)

    def standing(self, domain: str, today: date) -> str:
        """How we stand with an organisation: a word of `evidence.standing`."""
        if self._policy.blocked([domain]):
            return "blocked"
        vendor = self.vendor(domain)
        if vendor is not None:
            return "in_contract" if vendor.ends >= today else "ended"
        audience = self._policy.audience_of(Audience.EXT_NAMED, [domain])
        if audience is Audience.EXT_ALLOWLISTED:
            return "approved"
        if audience is Audience.EXT_CONSUMER:
            return "consumer"
        return "unregistered" if self._policy.table.vendors else "unknown"


def dormant(account: PrincipalRow, now: datetime, days: int) -> str:
    """Why an account is worth a look: `pending` `dormant` `never` `unknown`, or empty."""
    if account.state == "pending":
        return "pending"
    if account.state in ("disabled", "deleted"):
        return ""
    if account.last_sign_in == "unknown":
        return "unknown"
    limit = now - timedelta(days=days)
    if account.last_sign_in:
        return "dormant" if datetime.fromisoformat(account.last_sign_in) < limit else ""
    if account.created_at in ("", "unknown"):
        return "unknown"
    return "never" if datetime.fromisoformat(account.created_at) < limit else ""
