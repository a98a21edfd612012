"""Definitions of sharing, read by the Metadata API in tier C: rules and sharing sets.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-metadata/references/meta-types/metadata-sharingrules.html (read 2026-08-15)
Source: https://developer.salesforce.com/docs/atlas.en-us.262.0.api_meta.meta/api_meta/meta_sharingset.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.salesforce.client import Client
from connectors.salesforce.errors import QueryFailed
from connectors.salesforce.metadata_api import MetadataApi
from connectors.salesforce.read_gaps import ReadGaps
from connectors.salesforce.sharing_rules import SharingRule, read_sharing_rules
from connectors.salesforce.sharing_sets import AccessMapping, read_sharing_sets
from connectors.sdk.errors import AccessDenied

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingDefinitions:
    """Definitions of sharing by object.

    Attributes:
        rules: Sharing rules; None where they may not be read.
        access_mappings: Lines of sharing sets.
    """

    rules: Mapping[str, tuple[SharingRule, ...]] | None = None
    access_mappings: Mapping[str, tuple[AccessMapping, ...]] = field(
        default_factory=dict[str, "tuple[AccessMapping, ...]"]
    )


def read_sharing_definitions(
    client: Client, gaps: ReadGaps, names: Iterable[str], *, with_sharing_sets: bool
) -> SharingDefinitions:
    """Read the sharing definitions of objects. What is refused becomes a gap.

    One object for which the Metadata API has no sharing rules can make the whole call fail with
    `UNKNOWN_EXCEPTION`; the rules of all objects are unknown then.

    Source: https://github.com/SalesforceLabs/OrgCheck/issues/724 (read 2026-11-29)

    Args:
        client: The signed-in client.
        gaps: Collects what could not be read.
        names: API names of the objects.
        with_sharing_sets: Also read sharing sets; they matter only where external users sign in.
    """
    metadata = MetadataApi(client)
    sets = _or_gap(gaps, lambda: read_sharing_sets(metadata)) if with_sharing_sets else None
    return SharingDefinitions(
        rules=_or_gap(gaps, lambda: read_sharing_rules(metadata, names)),
        access_mappings=sets or {},
    )


def _or_gap(gaps: ReadGaps, read: Callable[[], T]) -> T | None:
    """Return a result, or None and a gap where it was refused."""
    try:
        return read()
    except (AccessDenied, QueryFailed) as refused:
        gaps.add_refusal(refused)
        return None
