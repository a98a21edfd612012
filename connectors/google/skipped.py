"""Scopes that the configuration leaves out, or that Google lets nobody read."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Record, Scope, Started, Status

PUBLICATIONS = Scope(id="publications", title="Google Drive: published to the web")


def skipped(sentence: str) -> Iterator[Record]:
    """Yield the coverage of a scope that the configuration leaves out: a known blind spot."""
    yield Started(full=True, resumed=False)
    yield Coverage(
        status=Status.SKIPPED, standing=True, reason=say(sentence), hint=say(f"{sentence}_hint")
    )
