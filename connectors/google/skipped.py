"""Scopes that the configuration leaves out, or that Google lets nobody read."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Record, Scope, Started, Status

BLIND_SPOTS = {
    Scope(id="trust-rules", title="Google Drive: trust rules"): "google.blind_trust_rules",
    Scope(id="target-audiences", title="Google Drive: target audiences"): "google.blind_audiences",
    Scope(id="visitors", title="Google Drive: visitors"): "google.blind_visitors",
    Scope(id="form-responses", title="Google Forms: responses"): "google.blind_responses",
    Scope(id="chat-spaces", title="Google Chat: spaces"): "google.blind_chat",
    Scope(id="calendars", title="Google Calendar"): "google.blind_calendars",
    Scope(id="looker-studio", title="Looker Studio"): "google.blind_looker",
}
"""What may be open to outsiders and is not read: scope -> the sentence that says so."""

PUBLICATIONS = Scope(id="publications", title="Google Drive: published to the web")


def skipped(sentence: str) -> Iterator[Record]:
    """Yield the coverage of a scope that the configuration leaves out: a known blind spot."""
    yield Started(full=True, resumed=False)
    yield Coverage(
        status=Status.SKIPPED, standing=True, reason=say(sentence), hint=say(f"{sentence}_hint")
    )
