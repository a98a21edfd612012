"""External organizations and people with access, and their contracts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from agent.classify.domains import matching_parent
from agent.classify.exposure_row import ExposureRow
from agent.classify.model import Severity
from agent.classify.policy import Policy
from agent.classify.policy_config import Vendor
from agent.report.csv_rows import LIST_SEPARATOR, PrincipalRow
from agent.report.statistics import EXTERNAL_AUDIENCES
from connectors.sdk.records import Access, Audience

_ACCESS = {access.value: rank for rank, access in enumerate(Access)}


@dataclass(slots=True)
class ExternalParty:
    """An external person or organization and its access.

    Attributes:
        people: For an organization, the addresses of its people.
        items: The number of items that it can reach.
        access: The most access to any of them.
        severity: The highest severity of its exposures.
        account: The account in the directory, if there is one.
        last_activity: For an organization, the last sign-in of its people; empty if unknown.
    """

    connectors: set[str] = field(default_factory=set[str])
    people: set[str] = field(default_factory=set[str])
    items: int = 0
    access: str = ""
    severity: Severity = Severity.INFO
    account: PrincipalRow | None = None
    last_activity: str = ""

    def add_exposure(self, row: ExposureRow) -> None:
        """Add an exposure."""
        self.items += 1
        self.connectors.add(row.connector)
        if _ACCESS.get(row.access, 0) >= _ACCESS.get(self.access, -1):
            self.access = row.access
        self.severity = max(self.severity, Severity[row.severity.upper()])


class ThirdPartyIndex:
    """All external people and organizations in grants and directories.

    Memory grows with their number, not with that of the exposures.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.people: dict[str, ExternalParty] = {}
        self.organisations: dict[str, ExternalParty] = {}

    def add_exposure(self, row: ExposureRow) -> None:
        """Add the people of an exposure; links have none."""
        if row.audience not in EXTERNAL_AUDIENCES:
            return
        for domain in filter(None, row.principal_domain.split(LIST_SEPARATOR)):
            organisation = self.organisations.setdefault(domain, ExternalParty())
            organisation.add_exposure(row)
            if "@" in row.principal and not row.via_group:
                organisation.people.add(row.principal.lower())
        if "@" in row.principal and not row.via_group:
            self.people.setdefault(row.principal.lower(), ExternalParty()).add_exposure(row)

    def add_account(self, row: PrincipalRow) -> None:
        """Add an account of a directory, also one without access."""
        name = (row.mail or row.name).lower()
        person = self.people.setdefault(name, ExternalParty())
        person.account = row
        person.connectors.add(row.connector)
        if isinstance(row.items_reached, int):
            person.items = max(person.items, row.items_reached)
        if row.domain:
            organisation = self.organisations.setdefault(row.domain.lower(), ExternalParty())
            organisation.people.add(name)
            if row.last_sign_in not in ("", "unknown"):
                organisation.last_activity = max(organisation.last_activity, row.last_sign_in)

    def vendor(self, domain: str) -> Vendor | None:
        """Return the vendor of a domain; of several contracts the one that ends last."""
        ours = [v for v in self._policy.table.vendors if matching_parent(domain, v.domains)]
        return max(ours, key=lambda vendor: vendor.ends, default=None)

    def contract_status(self, domain: str, today: date) -> str:
        """Return the contract status of a domain: a key of `evidence.standing`."""
        if self._policy.blocked_domain([domain]):
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


def inactivity(account: PrincipalRow, now: datetime, days: int) -> str:
    """Return why an account is inactive: `pending`, `dormant`, `never`, `unknown`, or empty.

    Args:
        days: Days without a sign-in after which an account is dormant.
    """
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
