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

from connectors.salesforce import aura, queries
from connectors.salesforce.aura import AuraContext, AuraResponse
from connectors.salesforce.client import Client, require_rows, rows_or_empty
from connectors.salesforce.errors import unexpected_response
from connectors.salesforce.query_pages import Row
from connectors.salesforce.sites import find_guests
from connectors.sdk.batched import batched
from connectors.sdk.errors import ConnectorError
from connectors.sdk.external_check import CountOutcome, PublicSite, VisitorCount
from connectors.sdk.http import HttpSession
from connectors.sdk.message import Message, say

# AuraInspector sends 10 objects per GraphQL query and up to 100 actions per request.
# Source: https://github.com/google/aura-inspector (read 2026-08-15)
MAX_REQUESTS = 40  # requests to one site, at most
OBJECTS_PER_QUERY = 10  # objects in one GraphQL query
LISTS_PER_REQUEST = 25  # single-record lists in one request
MAX_CONTEXT_REFRESHES = 2  # repeats after the site changed its framework build
AURA_PATHS = ("/s/sfsites/aura", "/sfsites/aura", "/s/aura", "/aura")

# Objects that visitors could read on many sites; counted whatever the scan knows of them.
# Source: https://github.com/google/aura-inspector (read 2026-08-15)
USUAL_OBJECTS = (
    "User",
    "Account",
    "Contact",
    "Lead",
    "Case",
    "Opportunity",
    "ContentDocument",
    "CollaborationGroup",
    "FeedItem",
    "Group",
    "KnowledgeArticleVersion",
    "Topic",
)

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", re.ASCII)
_PATH = re.compile(r"(/[\w-]+)*", re.ASCII)


def public_sites(client: Client) -> Iterator[PublicSite]:
    """Yield every address of every public site once, ordered by address.

    Raises:
        AccessDenied: Sites or their addresses are not visible to the audit user.
        QueryFailed: Salesforce refused one of these queries.
        UnexpectedResponse: An address that is no plain host and path.
    """
    sites, networks, addresses = client.batch_query(
        (queries.SITES, queries.NETWORKS, queries.SITE_ADDRESSES)
    )
    rows = require_rows(sites)
    guests = {guest.id: guest for guest in find_guests(rows, rows_or_empty(networks))}
    guest_of = {row["Id"]: row["GuestUserId"] for row in rows if row["GuestUserId"]}
    found: dict[tuple[str, str], PublicSite] = {}
    for row in require_rows(addresses):
        guest = guests.get(guest_of.get(row["SiteId"], ""))
        if guest is None:  # the second Site row of an Experience Cloud site has no guest
            continue
        host, path = _site_address(row)
        site = PublicSite(
            host=host,
            url=f"https://{host}{path}",
            title=guest.site,
            principal_id=guest.id,
            closed=not guest.live,
            scope_id="records",
            usual_items=USUAL_OBJECTS,
        )
        found.setdefault((site.url, guest.id), site)
    yield from (found[key] for key in sorted(found))


def _site_address(row: Row) -> tuple[str, str]:
    """Return host and path of a DomainSite row. Raise `UnexpectedResponse` for any other form."""
    domain: Row = row["Domain"] or {}
    host = str(domain.get("Domain") or "").casefold()
    path = str(row["PathPrefix"] or "").removesuffix("/").removesuffix("/s")
    path = path.removesuffix("vforcesite").removesuffix("/")
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(path):
        raise unexpected_response("Domain", "DomainSite")
    return host, path


class _StopProbing(Exception):
    """The site is not called any further: in this run, or at all."""

    def __init__(self, reason: Message, outcome: CountOutcome = CountOutcome.UNANSWERED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outcome = outcome


class GuestSession:
    """One external check of one site, without sign-in."""

    def __init__(self, site: PublicSite, http: HttpSession) -> None:
        self._site = site
        self._http = http
        self._request_count = 0
        self._endpoint = ""
        self._aura_context = AuraContext()
        self._undefined: set[str] = set()

    def count_records(self, items: Sequence[str]) -> Iterator[VisitorCount]:
        """Yield one count per object, in the order given, whatever the site answers."""
        names = [name for name in dict.fromkeys(items) if aura.is_api_name(name)]
        counts: dict[str, int] = {}
        failed: set[str] = set()
        end = _StopProbing(say("salesforce.outside_silent"))
        try:
            self._find_endpoint(names[:1])
            for batch in batched(names, OBJECTS_PER_QUERY):
                self._count_by_query(batch, counts)
            left = [name for name in names if name not in counts]
            for batch in batched(left, LISTS_PER_REQUEST):
                self._count_by_list(batch, counts, failed)
        except _StopProbing as stopped:
            end = stopped
        for name in dict.fromkeys(items):
            if name in counts:
                yield VisitorCount(item_id=name, outcome=CountOutcome.COUNTED, count=counts[name])
            elif name in failed:  # an error alone may be transient
                known = CountOutcome.HIDDEN if name in self._undefined else CountOutcome.UNANSWERED
                reason = say("salesforce.outside_hidden")
                yield VisitorCount(item_id=name, outcome=known, reason=reason)
            else:
                yield VisitorCount(item_id=name, outcome=end.outcome, reason=end.reason)

    def _find_endpoint(self, names: Sequence[str]) -> None:
        """Find the path that serves Aura, and the framework build of the site.

        Raise `_StopProbing` if the site is closed, denies guests, or serves Aura on no known path.
        """
        if self._site.closed:
            raise _StopProbing(say("salesforce.outside_closed"), CountOutcome.UNANSWERABLE)
        refused: list[str] = []
        for path in AURA_PATHS:
            self._endpoint = self._site.url + path
            answer = self._send(aura.count_query(names), names)
            if isinstance(answer, str):
                refused.append(f"{path} {answer}")
                continue
            if answer.guests_denied:
                raise _StopProbing(say("salesforce.outside_refused"), CountOutcome.UNANSWERABLE)
            self._aura_context = answer.context or AuraContext()
            return
        paths = ", ".join(refused)
        raise _StopProbing(
            say("salesforce.outside_no_aura", paths=paths), CountOutcome.UNANSWERABLE
        )

    def _count_by_query(self, names: Sequence[str], counts: dict[str, int]) -> None:
        """Count by GraphQL, without records.

        Undefined objects are left out and the rest is sent again; a request that is too large is
        halved.
        """
        answer = self._call(aura.count_query(names), names)
        counts |= answer.counts
        self._undefined |= answer.undefined
        left = [n for n in names if n not in answer.counts and n not in answer.undefined]
        if answer.undefined and left:
            self._count_by_query(left, counts)
        elif answer.too_large and len(left) > 1:
            self._count_by_query(left[: len(left) // 2], counts)
            self._count_by_query(left[len(left) // 2 :], counts)

    def _count_by_list(
        self, names: Sequence[str], counts: dict[str, int], failed: set[str]
    ) -> None:
        answer = self._call(aura.single_record_lists(names), names)
        counts |= answer.counts
        failed |= answer.failed

    def _call(self, actions: Sequence[dict[str, object]], names: Iterable[str]) -> AuraResponse:
        """Send actions in the site's framework build, again after a change of the build.

        Raise `_StopProbing` for a response that is no Aura, for denied guests, and for repeated
        changes.
        """
        for _ in range(1 + MAX_CONTEXT_REFRESHES):
            answer = self._send(actions, names)
            if isinstance(answer, str):
                raise _StopProbing(say("salesforce.outside_form", said=answer))
            if answer.guests_denied:
                raise _StopProbing(say("salesforce.outside_refused"), CountOutcome.UNANSWERABLE)
            if not answer.stale_context:
                return answer
            assert answer.context is not None
            self._aura_context = AuraContext(fwuid=answer.context.fwuid, app=self._aura_context.app)
        raise _StopProbing(say("salesforce.outside_stale"))

    def _send(
        self, actions: Sequence[dict[str, object]], names: Iterable[str]
    ) -> AuraResponse | str:
        """Send one request; return the parsed response, or a word that says why it is none.

        Raise `_StopProbing` after `MAX_REQUESTS` requests, on a network error and on status 5xx.
        """
        if self._request_count >= MAX_REQUESTS:
            raise _StopProbing(say("salesforce.outside_most", most=MAX_REQUESTS))
        self._request_count += 1
        form = aura.encode_request(actions, self._aura_context)
        try:
            response = self._http.post(self._endpoint, data=form)
        except ConnectorError as error:
            raise _StopProbing(error.message) from None
        if response.status_code >= 500:
            raise _StopProbing(say("salesforce.outside_status", status=response.status_code))
        if 300 <= response.status_code < 400:
            return "redirect"
        answer = aura.parse_response(response.content, names)
        return answer if answer.is_aura else f"HTTP {response.status_code}"
