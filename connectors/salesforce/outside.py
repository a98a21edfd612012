"""The organization's public sites, asked as a visitor would: how many records do you show?

Only addresses that the organization reports as its own, by a session without its token. Each
question goes once; what answers "slow down" or with an error of its own is left alone.
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

MOST = 40  # questions to one site, whatever there is to ask
TOGETHER = 10  # objects in one question
PAGES = 25  # lists of one record in one question
RENEWALS = 2  # a site that is updated meanwhile is asked again
PATHS = ("/s/sfsites/aura", "/sfsites/aura", "/s/aura", "/aura")

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", re.ASCII)
_PATH = re.compile(r"(/[\w-]+)*", re.ASCII)


def places_of(client: Client) -> Iterator[Place]:
    """Every address of every public site, once each, in a stable order."""
    sites, networks, addresses = client.answers((soql.SITES, soql.NETWORKS, soql.SITE_ADDRESSES))
    rows = needed(sites)
    guests = {guest.id: guest for guest in guests_of(rows, rows_of(networks))}
    guest_of = {row["Id"]: row["GuestUserId"] for row in rows if row["GuestUserId"]}
    found: dict[tuple[str, str], Place] = {}
    for row in needed(addresses):
        guest = guests.get(guest_of.get(row["SiteId"], ""))
        if guest is None:  # a second Site row has the address of the first
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
    """Host and path of a row; what has another form is no address that is ever asked."""
    domain: Row = row["Domain"] or {}
    host = str(domain.get("Domain") or "").casefold()
    path = str(row["PathPrefix"] or "").removesuffix("/").removesuffix("/s")
    path = path.removesuffix("vforcesite").removesuffix("/")
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(path):
        raise unknown_form("Domain", "DomainSite")
    return host, path


class _Stopped(Exception):
    """The site is asked no further, this time or at all."""

    def __init__(self, reason: Message, outcome: Outcome = Outcome.UNANSWERED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outcome = outcome


class Visit:
    """One visit to one site, by nobody in particular."""

    def __init__(self, place: Place, http: Http) -> None:
        self._place = place
        self._http = http
        self._asked = 0
        self._endpoint = ""
        self._framework = Framework()
        self._undefined: set[str] = set()

    def counted(self, items: Sequence[str]) -> Iterator[Count]:
        """One answer for each object, whatever the site does."""
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
            elif name in hidden:  # an error alone may be one of the moment
                known = Outcome.HIDDEN if name in self._undefined else Outcome.UNANSWERED
                told = say("salesforce.outside_hidden")
                yield Count(item_id=name, outcome=known, reason=told)
            else:
                yield Count(item_id=name, outcome=end.outcome, reason=end.reason)

    def _find(self, names: Sequence[str]) -> None:
        """The address that speaks the protocol, and the build of the framework it speaks."""
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
        """Counts without records; what spoils a question is left out or asked for itself."""
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
        """A question in the site's own build, which may change between two of them."""
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
        """The answer, or in a word why it is none. The body is looked at here and nowhere else."""
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
