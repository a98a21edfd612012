"""External checks: the connector lists the public sites, an anonymous session counts records there.

The connector's session is closed before the first anonymous request is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from agent.classify.model import Proof
from agent.collect.context import LentContext
from agent.errors import ConfigError
from agent.report.proof import Told
from agent.run.desk import Desk
from agent.run.lending import anonymous, connected, lent
from agent.store import proofs
from agent.store.coverage import tenants
from agent.store.proofs import Asked, Proven
from connectors.sdk.boundary import attempted
from connectors.sdk.errors import ConnectorError
from connectors.sdk.message import say
from connectors.sdk.proof import Count, Outcome, Place, Provable
from connectors.sdk.records import UNKNOWN, Unknown

FRESH = timedelta(days=1)  # facts that are older are not compared with a count


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A site and the items to count there.

    Attributes:
        asked: What the audit knows about these items.
        source: The connector, which knows how to count.
    """

    connector: str
    place: Place
    asked: tuple[Asked, ...]
    source: Provable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """The sites that can be checked, and connectors whose sites could not be listed."""

    visits: list[Visit] = field(default_factory=list[Visit])
    refused: dict[str, ConnectorError] = field(default_factory=dict[str, ConnectorError])

    @property
    def hosts(self) -> list[str]:
        """Return the hosts that requests would go to; each must be confirmed."""
        return sorted({v.place.host for v in self.visits if not v.place.closed})


def look(desk: Desk, only: Sequence[str] = ()) -> Sights:
    """Sign in and return the sites of the connectors that allow checks. Nothing is counted yet.

    Raise `ConfigError` if no connector allows it, or if one was never scanned.
    """
    tables = desk.loaded.config.connectors
    names = [name for name in desk.connectors(only) if tables[name].get("verify") is True]
    if not names:
        raise ConfigError(say("verify.not_allowed", file=desk.loaded.file))
    sights = Sights()
    for name in names:
        context = lent(desk)
        try:
            visits = attempted(partial(_visits, desk, name, context), name, let=(ConfigError,))
            sights.visits.extend(visits)
        except ConnectorError as error:
            sights.refused[name] = error
        finally:
            context.close()  # it sends nothing from here on
    return sights


def _visits(desk: Desk, name: str, context: LentContext) -> list[Visit]:
    connector = connected(desk, name, context)
    assert isinstance(connector, Provable), f"{name} takes `verify` and cannot do it"
    id_ = connector.tenant().id
    known = [t.key for t in tenants(desk.engine, [name]) if t.tenant_id == id_]
    if not known:
        raise ConfigError(say("verify.scan_first", name=name))
    found: list[Visit] = []
    for place in connector.places():
        asked = tuple(proofs.asked(desk.engine, known[0], place.principal_id))
        if asked:
            found.append(Visit(connector=name, place=place, asked=asked, source=connector))
    return found


def checked(sights: Sights, confirmed: Collection[str]) -> frozenset[str]:
    """Return the confirmed hosts.

    Raise `ConfigError` if one of them is not a public site of the tenant.
    """
    for host in confirmed:
        if host not in sights.hosts:
            known = ", ".join(sights.hosts) or "-"
            raise ConfigError(say("verify.not_ours", host=host, known=known))
    return frozenset(confirmed)


def prove(
    desk: Desk,
    sights: Sights,
    hosts: Collection[str],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Told]:
    """Count on the confirmed hosts, one after the other; store and yield each result."""
    for visit in sights.visits:
        if visit.place.closed or visit.place.host in hosts:
            yield from _visited(desk, visit, now)


def _visited(desk: Desk, visit: Visit, now: Callable[[], datetime]) -> Iterator[Told]:
    by_id = {asked.item_id: asked for asked in visit.asked}
    for count in _counts(desk, visit, list(by_id)):
        asked, made = by_id[count.item_id], now()
        inside = asked.inside if made - asked.read <= FRESH else UNKNOWN
        _keep(desk, visit, asked, count, _proof(visit, count, inside, made))
        yield Told(
            connector=visit.connector,
            site=visit.place.title,
            url=visit.place.url,
            name=asked.name,
            count=count,
            inside=inside,
            made=made,
        )


def _counts(desk: Desk, visit: Visit, items: list[str]) -> Iterator[Count]:
    """Yield a count for each item, even if the connector fails."""
    http, left, place = anonymous(desk), dict.fromkeys(items), visit.place
    try:
        source = attempted(lambda: visit.source.counted(place, items, http), place.url)
        while (count := attempted(lambda: next(source, None), place.url)) is not None:
            left.pop(count.item_id)
            yield count
        reason = None
    except ConnectorError as error:
        reason = error.message
    finally:
        http.courier.stop()
    for id_ in left:
        yield Count(item_id=id_, outcome=Outcome.UNANSWERED, reason=reason)


def _proof(visit: Visit, count: Count, inside: int | Unknown, made: datetime) -> Proof | None:
    if not isinstance(count.count, int):
        return None
    place = visit.place
    return Proof(site=place.title, url=place.url, count=count.count, inside=inside, made=made)


def _keep(desk: Desk, visit: Visit, asked: Asked, count: Count, proof: Proof | None) -> None:
    """Store a count; delete an old one if neither audit nor visitor finds the item any more."""
    who = visit.place.principal_id
    with desk.engine.begin() as db:
        if proof is not None:
            proven = Proven(item_id=asked.item_id, name=asked.name, principal_id=who, proof=proof)
            proofs.keep(db, asked.scope, proven)
        elif count.outcome is Outcome.HIDDEN and not asked.known:
            proofs.forget(db, asked.scope, asked.item_id, who, visit.place.url)
