"""External check of an organization's own public sites: how many records does a guest see?

Only addresses that the organization reports as its own are called, by a session without its
token. Nothing is retried: a site that throttles or fails is not called again in this run.

The endpoint paths and the limits on one request are those of AuraInspector; Salesforce documents
none of them.

Source: https://github.com/google/aura-inspector (read 2026-08-15)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from connectors.salesforce import aura, soql
from connectors.salesforce.aura import Answer, Framework
from connectors.salesforce.client import Client, Row, needed, rows_of
from connectors.salesforce.refusals import unknown_form
from connectors.salesforce.sites import guests_of
from connectors.sdk.batched import batched
from connectors.sdk.errors import ConnectorError
from connectors.sdk.http import Http
from connectors.sdk.message import Message, say
from connectors.sdk.proof import Count, Outcome, Place

# AuraInspector sends 10 objects per GraphQL query and up to 100 actions per request.
# Source: https://github.com/google/aura-inspector (read 2026-08-15)
MOST = 40  # requests to one site, at most
TOGETHER = 10  # objects in one GraphQL query
PAGES = 25  # single-record lists in one request
RENEWALS = 2  # repeats after the site changed its framework build
PATHS = ("/s/sfsites/aura", "/sfsites/aura", "/s/aura", "/aura")

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", re.ASCII)
_PATH = re.compile(r"(/[\w-]+)*", re.ASCII)


def places_of(client: Client) -> Iterator[Place]:
    """Yield every address of every public site once, ordered by address.

    Raises:
        AccessDenied: Sites or their addresses are not visible to the audit user.
        QueryFailed: Salesforce refused one of these queries.
        UnexpectedResponse: An address that is no plain host and path.
    """
    sites, networks, addresses = client.answers((soql.SITES, soql.NETWORKS, soql.SITE_ADDRESSES))
    rows = needed(sites)
    guests = {guest.id: guest for guest in guests_of(rows, rows_of(networks))}
    guest_of = {row["Id"]: row["GuestUserId"] for row in rows if row["GuestUserId"]}
    found: dict[tuple[str, str], Place] = {}
    for row in needed(addresses):
        guest = guests.get(guest_of.get(row["SiteId"], ""))
        if guest is None:  # the second Site row of an Experience Cloud site has no guest
            continue
        host, path = _address(row)
        place = Place(
            host=host,
            url=f"https://{host}{path}",
            title=guest.site,
            principal_id=guest.id,
            closed=not guest.live,
        )
        found.setdefault((place.url, guest.id), place)
    yield from (found[key] for key in sorted(found))


def _address(row: Row) -> tuple[str, str]:
    """Return host and path of a DomainSite row. Raise `UnexpectedResponse` for any other form."""
    domain: Row = row["Domain"] or {}
    host = str(domain.get("Domain") or "").casefold()
    path = str(row["PathPrefix"] or "").removesuffix("/").removesuffix("/s")
    path = path.removesuffix("vforcesite").removesuffix("/")
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(path):
        raise unknown_form("Domain", "DomainSite")
    return host, path


class _Stopped(Exception):
    """The site is not called any further: in this run, or at all."""

    def __init__(self, reason: Message, outcome: Outcome = Outcome.UNANSWERED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outcome = outcome


class Visit:
    """One external check of one site, without sign-in."""

    def __init__(self, place: Place, http: Http) -> None:
        self._place = place
        self._http = http
        self._asked = 0
        self._endpoint = ""
        self._framework = Framework()
        self._undefined: set[str] = set()

    def counted(self, items: Sequence[str]) -> Iterator[Count]:
        """Yield one count per object, in the order given, whatever the site answers."""
        names = [name for name in dict.fromkeys(items) if aura.countable(name)]
        counts: dict[str, int] = {}
        hidden: set[str] = set()
        end = _Stopped(say("salesforce.outside_silent"))
        try:
            self._find(names[:1])
            for batch in batched(names, TOGETHER):
                self._total(batch, counts)
            left = [name for name in names if name not in counts]
            for batch in batched(left, PAGES):
                self._page(batch, counts, hidden)
        except _Stopped as stopped:
            end = stopped
        for name in dict.fromkeys(items):
            if name in counts:
                yield Count(item_id=name, outcome=Outcome.COUNTED, count=counts[name])
            elif name in hidden:  # an error alone may be transient
                known = Outcome.HIDDEN if name in self._undefined else Outcome.UNANSWERED
                told = say("salesforce.outside_hidden")
                yield Count(item_id=name, outcome=known, reason=told)
            else:
                yield Count(item_id=name, outcome=end.outcome, reason=end.reason)

    def _find(self, names: Sequence[str]) -> None:
        """Find the path that serves Aura, and the framework build of the site.

        Raise `_StopProbing` if the site is closed, denies guests, or serves Aura on no known path.
        """
        if self._place.closed:
            raise _Stopped(say("salesforce.outside_closed"), Outcome.UNANSWERABLE)
        refused: list[str] = []
        for path in PATHS:
            self._endpoint = self._place.url + path
            answer = self._send(aura.totals(names), names)
            if isinstance(answer, str):
                refused.append(f"{path} {answer}")
                continue
            if answer.refused:
                raise _Stopped(say("salesforce.outside_refused"), Outcome.UNANSWERABLE)
            self._framework = answer.framework or Framework()
            return
        paths = ", ".join(refused)
        raise _Stopped(say("salesforce.outside_no_aura", paths=paths), Outcome.UNANSWERABLE)

    def _total(self, names: Sequence[str], counts: dict[str, int]) -> None:
        """Count by GraphQL, without records.

        Undefined objects are left out and the rest is sent again; a request that is too large is
        halved.
        """
        answer = self._ask(aura.totals(names), names)
        counts |= answer.counts
        self._undefined |= answer.undefined
        left = [n for n in names if n not in answer.counts and n not in answer.undefined]
        if answer.undefined and left:
            self._total(left, counts)
        elif answer.too_large and len(left) > 1:
            self._total(left[: len(left) // 2], counts)
            self._total(left[len(left) // 2 :], counts)

    def _page(self, names: Sequence[str], counts: dict[str, int], hidden: set[str]) -> None:
        answer = self._ask(aura.pages_of_one(names), names)
        counts |= answer.counts
        hidden |= answer.refusals

    def _ask(self, actions: Sequence[dict[str, object]], names: Iterable[str]) -> Answer:
        """Send actions in the site's framework build, again after a change of the build.

        Raise `_StopProbing` for a response that is no Aura, for denied guests, and for repeated
        changes.
        """
        for _ in range(1 + RENEWALS):
            answer = self._send(actions, names)
            if isinstance(answer, str):
                raise _Stopped(say("salesforce.outside_form", said=answer))
            if answer.refused:
                raise _Stopped(say("salesforce.outside_refused"), Outcome.UNANSWERABLE)
            if not answer.stale:
                return answer
            assert answer.framework is not None
            self._framework = Framework(fwuid=answer.framework.fwuid, app=self._framework.app)
        raise _Stopped(say("salesforce.outside_stale"))

    def _send(self, actions: Sequence[dict[str, object]], names: Iterable[str]) -> Answer | str:
        """Send one request; return the parsed response, or a word that says why it is none.

        Raise `_StopProbing` after `MAX_REQUESTS` requests, on a network error and on status 5xx.
        """
        if self._asked >= MOST:
            raise _Stopped(say("salesforce.outside_most", most=MOST))
        self._asked += 1
        form = aura.form_of(actions, self._framework)
        try:
            response = self._http.post(self._endpoint, data=form)
        except ConnectorError as error:
            raise _Stopped(error.message) from None
        if response.status_code >= 500:
            raise _Stopped(say("salesforce.outside_status", status=response.status_code))
        if 300 <= response.status_code < 400:
            return "redirect"
        answer = aura.answer_of(response.content, names)
        return answer if answer.spoken else f"HTTP {response.status_code}"
