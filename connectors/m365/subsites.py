"""The subsites of a tenant, which the listing of all sites may leave out.

To list the subsites of every site costs as much as to list its libraries. It is done as often as a
full scan of the libraries, and the result is stored in between.

Source: https://learn.microsoft.com/en-us/graph/api/site-list-subsites (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import cast

from connectors.m365.client import Client
from connectors.m365.graph import BATCH
from connectors.m365.shapes import Site
from connectors.sdk.batched import batched
from connectors.sdk.contract import Context
from connectors.sdk.message import say
from connectors.sdk.records import Checkpoint, Coverage, Record, Scope, Started, Status

SUBSITES = Scope(id="subsites", title="SharePoint subsites")
_FOUND, _AT = "s/", "at"


class Subsites:
    """The subsites of one tenant."""

    def __init__(self, client: Client, context: Context, *, every: int) -> None:
        self._client = client
        self._context = context
        self._every = timedelta(days=every)
        self._found: list[Site] | None = None

    def of(self, sites: Sequence[Site]) -> list[Site]:
        """Return the subsites of these sites at any depth, without these sites themselves.

        Raises:
            ConnectorError: Graph throttles or does not answer; a site that refuses has no subsites.
        """
        memory = self._context.memory(SUBSITES)
        at = memory.get(_AT)
        if at is not None and self._context.now() - datetime.fromisoformat(at) < self._every:
            self._found = None
            known = (cast(Site, json.loads(told)) for _, told in memory.items(_FOUND))
        else:
            self._found = list(self._walk(sites))
            known = iter(self._found)
        above = {site["id"] for site in sites}
        return [site for site in known if site["id"] not in above]

    def _walk(self, sites: Sequence[Site]) -> Iterator[Site]:
        """Yield the subsites level by level; a site that refuses has none."""
        seen = {site["id"] for site in sites}
        sites = [site for site in sites if not site.get("isPersonalSite")]
        while sites:
            batches = batched(sites, BATCH)
            below: list[Site] = []
            for listings in self._context.map(self._client.subsites, batches):
                for site in (s for listing in listings for s in listing):
                    if site["id"] not in seen:
                        seen.add(site["id"])
                        below.append(site)
            yield from below
            sites = below

    def scan(self) -> Iterator[Record]:
        """Store the subsites that the listing of the scopes found.

        The libraries of subsites are scopes of their own. The coverage of this scope says that
        new subsites may not be known yet.
        """
        yield Started(full=True, resumed=False)
        if self._found is not None:
            memory = self._context.memory(SUBSITES)
            for key, _ in memory.items(_FOUND):
                memory.put(key, None)
            for site in self._found:
                memory.put(_FOUND + site["id"], json.dumps(site))
            memory.put(_AT, self._context.now().isoformat())
        yield Checkpoint(cursor="")
        yield Coverage(
            status=Status.SKIPPED,
            standing=True,
            reason=say("m365.subsites", days=self._every.days),
            hint=say("m365.subsites_hint"),
        )
