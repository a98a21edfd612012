"""Sites below sites, which the listing of all sites may leave out.

To ask every site for them costs as much as asking it for its libraries. So it is done as often as
libraries are read from the start, and what was found is remembered in between.
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
        """The sites below these that are none of them, at any depth."""
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
        """Level by level. A site that refuses to tell refuses its libraries, too, and says so."""
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
        """What the listing of the scopes has found becomes durable here. Libraries of subsites are
        scopes of their own; what this one has to say is that new subsites may not be known yet."""
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
