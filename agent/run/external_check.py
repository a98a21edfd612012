"""External checks: the connector lists the public sites, an anonymous session counts records there.

The connector's session is closed before the first anonymous request is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from agent.classify.model import ExternalCount
from agent.collect.connector_context import AgentConnectorContext
from agent.errors import ConfigError
from agent.report.external_check import ExternalCheckResult
from agent.run.contexts import anonymous_http, connector_context, open_connector
from agent.run.session import Session
from agent.store import external_checks
from agent.store.coverage import tenants
from agent.store.external_checks import ExternalCheck, KnownAccess
from connectors.sdk.errors import ConnectorError
from connectors.sdk.external_check import (
    CountOutcome,
    PublicSite,
    SupportsExternalCheck,
    VisitorCount,
)
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Unknown
from connectors.sdk.scan_guard import call_connector

MAX_AGE = timedelta(days=1)  # facts that are older are not compared with a count


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCheck:
    """A site and the items to count there.

    Attributes:
        known: What the audit knows about these items.
        others: Items that it knows nothing about; reported only if a visitor can count them.
        source: The connector, which knows how to count.
    """

    connector: str
    site: PublicSite
    known: tuple[KnownAccess, ...]
    source: SupportsExternalCheck
    others: tuple[KnownAccess, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPlan:
    """The sites that can be checked, and connectors whose sites could not be listed."""

    visits: list[SiteCheck] = field(default_factory=list[SiteCheck])
    refused: dict[str, ConnectorError] = field(default_factory=dict[str, ConnectorError])

    @property
    def hosts(self) -> list[str]:
        """Return the hosts that requests would go to; each must be confirmed."""
        return sorted({v.site.host for v in self.visits if not v.site.closed})


def plan_verification(session: Session, only: Sequence[str] = ()) -> VerificationPlan:
    """Sign in and return the sites of the connectors that allow checks. Nothing is counted yet.

    Raise `ConfigError` if no connector allows it, or if one was never scanned.
    """
    tables = session.loaded.config.connectors
    names = [name for name in session.connectors(only) if tables[name].get("verify") is True]
    if not names:
        raise ConfigError(say("verify.not_allowed", file=session.loaded.file))
    plan = VerificationPlan()
    for name in names:
        context = connector_context(session)
        try:
            visits = call_connector(
                partial(_site_checks, session, name, context), name, passthrough=(ConfigError,)
            )
            plan.visits.extend(visits)
        except ConnectorError as error:
            plan.refused[name] = error
        finally:
            context.close()  # it sends nothing from here on
    return plan


def _site_checks(session: Session, name: str, context: AgentConnectorContext) -> list[SiteCheck]:
    connector = open_connector(session, name, context)
    assert isinstance(connector, SupportsExternalCheck), f"{name} takes `verify` and cannot do it"
    id_ = connector.tenant().id
    known = [t.key for t in tenants(session.engine, [name]) if t.tenant_id == id_]
    if not known:
        raise ConfigError(say("verify.scan_first", name=name))
    found: list[SiteCheck] = []
    for site in connector.public_sites():
        known_items = tuple(
            external_checks.known_access(session.engine, known[0], site.principal_id)
        )
        asked = {one.item_id for one in known_items}
        others = external_checks.unknown_access(
            session.engine,
            known[0],
            site.scope_id,
            [item for item in site.usual_items if item not in asked],
        )
        if known_items or others:
            found.append(
                SiteCheck(
                    connector=name,
                    site=site,
                    known=known_items,
                    source=connector,
                    others=tuple(others),
                )
            )
    return found


def confirmed_hosts(plan: VerificationPlan, confirmed: Collection[str]) -> frozenset[str]:
    """Return the confirmed hosts.

    Raise `ConfigError` if one of them is not a public site of the tenant.
    """
    for host in confirmed:
        if host not in plan.hosts:
            known = ", ".join(plan.hosts) or "-"
            raise ConfigError(say("verify.not_ours", host=host, known=known))
    return frozenset(confirmed)


def run_verification(
    session: Session,
    plan: VerificationPlan,
    hosts: Collection[str],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[ExternalCheckResult]:
    """Count on the confirmed hosts, one after the other; store and yield each result."""
    for visit in plan.visits:
        if visit.site.closed or visit.site.host in hosts:
            yield from _run_site_check(session, visit, now)


def _run_site_check(
    session: Session, check: SiteCheck, now: Callable[[], datetime]
) -> Iterator[ExternalCheckResult]:
    by_id = {one.item_id: one for one in (*check.known, *check.others)}
    unknown = {one.item_id for one in check.others}
    for count in _counts(session, check, list(by_id)):
        if count.item_id in unknown and not (isinstance(count.count, int) and count.count):
            continue
        asked, made = by_id[count.item_id], now()
        inside = asked.known_count if made - asked.read <= MAX_AGE else UNKNOWN
        _store_count(session, check, asked, count, _external_count(check, count, inside, made))
        yield ExternalCheckResult(
            connector=check.connector,
            site=check.site.title,
            url=check.site.url,
            name=asked.name,
            answer=count,
            known_count=inside,
            made=made,
        )


def _counts(session: Session, check: SiteCheck, items: list[str]) -> Iterator[VisitorCount]:
    """Yield a count for each item, even if the connector fails."""
    http, left, site = anonymous_http(session), dict.fromkeys(items), check.site
    try:
        source = call_connector(lambda: check.source.count_as_visitor(site, items, http), site.url)
        while (count := call_connector(lambda: next(source, None), site.url)) is not None:
            left.pop(count.item_id)
            yield count
        reason = None
    except ConnectorError as error:
        reason = error.message
    finally:
        http.transport.stop()
    for id_ in left:
        yield VisitorCount(item_id=id_, outcome=CountOutcome.UNANSWERED, reason=reason)


def _external_count(
    check: SiteCheck, count: VisitorCount, inside: int | Unknown, made: datetime
) -> ExternalCount | None:
    if not isinstance(count.count, int):
        return None
    site = check.site
    return ExternalCount(site=site.title, url=site.url, count=count.count, inside=inside, made=made)


def _store_count(
    session: Session,
    check: SiteCheck,
    known: KnownAccess,
    count: VisitorCount,
    external_count: ExternalCount | None,
) -> None:
    """Store a count; delete an old one if neither audit nor visitor finds the item any more."""
    who = check.site.principal_id
    with session.engine.begin() as db:
        if external_count is not None:
            external_check = ExternalCheck(
                item_id=known.item_id,
                name=known.name,
                principal_id=who,
                external_count=external_count,
            )
            external_checks.save_check(db, known.scope, external_check)
        elif count.outcome is CountOutcome.HIDDEN and not known.known:
            external_checks.delete_check(db, known.scope, known.item_id, who, check.site.url)
