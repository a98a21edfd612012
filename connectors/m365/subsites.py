"""The subsites of a tenant, which the listing of all sites may leave out.

To list the subsites of every site costs as much as to list its libraries. It is done as often as a
full scan of the libraries, and the result is stored in between.

Source: https://learn.microsoft.com/en-us/graph/api/site-list-subsites (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import cast

from connectors.m365.api_types import Site
from connectors.m365.client import Client
from connectors.m365.graph import BATCH
from connectors.sdk.batched import batched
from connectors.sdk.errors import ConnectorError
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say
from connectors.sdk.records import Checkpoint, Coverage, Record, Scope, Started, Status

SUBSITES = Scope(id="subsites", title="SharePoint subsites")
_SITE_KEY, _READ_AT_KEY = "s/", "at"


class Subsites:
    """The subsites of one tenant."""

    def __init__(self, client: Client, context: ConnectorContext, *, every: int) -> None:
        self._client = client
        self._context = context
        self._every = timedelta(days=every)
        self._found: list[Site] | None = None
        self._refused: dict[str, ConnectorError] = {}

    def below(self, sites: Sequence[Site]) -> list[Site]:
        """Return the subsites of these sites at any depth, without these sites themselves.

        A site that refuses to list its subsites is noted, and makes the coverage partial.

        Raises:
            ConnectorError: Graph throttles or does not answer.
        """
        self._refused = {}
        scan_state = self._context.scan_state(SUBSITES)
        at = scan_state.get(_READ_AT_KEY)
        if at is not None and self._context.now() - datetime.fromisoformat(at) < self._every:
            self._found = None
            known = (cast(Site, json.loads(text)) for _, text in scan_state.items(_SITE_KEY))
        else:
            self._found = list(self._walk(sites))
            known = iter(self._found)
        above = {site["id"] for site in sites}
        return [site for site in known if site["id"] not in above]

    def _walk(self, sites: Sequence[Site]) -> Iterator[Site]:
        """Yield the subsites level by level."""
        seen = {site["id"] for site in sites}
        sites = [site for site in sites if not site.get("isPersonalSite")]
        while sites:
            batches = batched(sites, BATCH)
            below: list[Site] = []
            listings = chain.from_iterable(self._context.map(self._client.subsites, batches))
            for above, listing in zip(sites, listings, strict=True):
                if isinstance(listing, ConnectorError):
                    self._refused[above["id"]] = listing
                    continue
                for site in listing:
                    if site["id"] not in seen:
                        seen.add(site["id"])
                        below.append(site)
            yield from below
            sites = below

    def excuse(self, site_id: str) -> None:
        """Note that a site refuses to list its libraries, too, and that its own row says so."""
        self._refused.pop(site_id, None)

    def scan(self) -> Iterator[Record]:
        """Store the subsites that the listing of the scopes found.

        The libraries of subsites are scopes of their own. The coverage of this scope says that
        new subsites may not be known yet, or that some sites refused to list theirs: then they are
        asked again in the next run.
        """
        yield Started(full=True, resumed=False)
        if self._found is not None:
            scan_state = self._context.scan_state(SUBSITES)
            for key, _ in scan_state.items(_SITE_KEY):
                scan_state.put(key, None)
            for site in self._found:
                scan_state.put(_SITE_KEY + site["id"], json.dumps(site))
            at = None if self._refused else self._context.now().isoformat()
            scan_state.put(_READ_AT_KEY, at)
        yield Checkpoint(cursor="")
        if self._refused:
            error = next(iter(self._refused.values()))
            yield Coverage(
                status=Status.PARTIAL,
                reason=say("m365.subsites_unread", count=len(self._refused)),
                hint=error.hint,
            )
            return
        yield Coverage(
            status=Status.SKIPPED,
            standing=True,
            reason=say("m365.subsites", days=self._every.days),
            hint=say("m365.subsites_hint"),
        )
