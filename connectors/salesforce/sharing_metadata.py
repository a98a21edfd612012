"""Definitions of sharing, read by the Metadata API in tier C: rules and sharing sets.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-metadata/references/meta-types/metadata-sharingrules.html (read 2026-08-15)
Source: https://developer.salesforce.com/docs/atlas.en-us.262.0.api_meta.meta/api_meta/meta_sharingset.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.salesforce.client import Client
from connectors.salesforce.metadata_api import MetadataApi
from connectors.salesforce.read_gaps import ReadGaps, first_names
from connectors.salesforce.sharing_rules import SharingRule, SharingRules, read_sharing_rules
from connectors.salesforce.sharing_sets import AccessMapping, read_profile_ids, read_sharing_sets
from connectors.sdk.message import say


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingDefinitions:
    """Definitions of sharing by object.

    Attributes:
        rules: Sharing rules; None where they may not be read.
        unread: Objects whose rules could not be read although those of others could.
        access_mappings: Lines of sharing sets.
    """

    rules: Mapping[str, tuple[SharingRule, ...]] | None = None
    unread: frozenset[str] = frozenset()
    access_mappings: Mapping[str, tuple[AccessMapping, ...]] = field(
        default_factory=dict[str, "tuple[AccessMapping, ...]"]
    )

    def rules_of(self, name: str) -> tuple[SharingRule, ...] | None:
        """Return the sharing rules of an object; None where they could not be read."""
        if self.rules is None or name in self.unread:
            return None
        return self.rules.get(name, ())


def read_sharing_definitions(
    client: Client, gaps: ReadGaps, names: Iterable[str], *, with_sharing_sets: bool
) -> SharingDefinitions:
    """Read the sharing definitions of objects. What is refused becomes a gap.

    Args:
        client: The signed-in client.
        gaps: Collects what could not be read.
        names: API names of the objects.
        with_sharing_sets: Also read sharing sets; they matter only where external users sign in.
    """
    metadata = MetadataApi(client)
    found: dict[str, tuple[AccessMapping, ...]] = {}
    if with_sharing_sets:

        def list_profiles() -> dict[str, str] | None:
            return gaps.attempt(lambda: read_profile_ids(metadata), None)

        found = gaps.attempt(lambda: read_sharing_sets(metadata, list_profiles), found)
    rules = gaps.attempt(lambda: read_sharing_rules(metadata, names), SharingRules())
    if rules.refused:
        gaps.add(
            say("salesforce.unread_rules", objects=first_names(sorted(rules.refused))),
            say("salesforce.unanswered_hint"),
        )
    return SharingDefinitions(
        rules=rules.by_object, unread=frozenset(rules.refused), access_mappings=found
    )
