"""Definitions of sharing, read by the Metadata API in tier C: rules, sharing sets, one setting.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-metadata/references/meta-types/metadata-sharingrules.html (read 2026-08-15)
Source: https://developer.salesforce.com/docs/atlas.en-us.262.0.api_meta.meta/api_meta/meta_sharingset.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.salesforce.client import Client
from connectors.salesforce.gaps import Gaps
from connectors.salesforce.mappings import AccessMapping, mappings_of
from connectors.salesforce.refusals import Unanswered
from connectors.salesforce.rules import Rule, rules_of
from connectors.salesforce.soap import Metadata, text_of
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import say

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Definitions of sharing by object.

    Attributes:
        rules: Sharing rules; None where they may not be read.
        access_mappings: Lines of sharing sets.
        secure_guest_access: False only where `enableSecureGuestAccess` was read as false. The
            Metadata API reference says that from API version 50.0 on the field has no effect and
            secure guest access is always on, even if it reads false.

    Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-29)
    """  # noqa: E501

    rules: Mapping[str, tuple[Rule, ...]] | None = None
    mappings: Mapping[str, tuple[AccessMapping, ...]] = field(
        default_factory=dict[str, "tuple[AccessMapping, ...]"]
    )
    hardened: bool = True


def definitions_of(
    client: Client, gaps: Gaps, names: Iterable[str], *, members: bool
) -> Definitions:
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
    metadata = Metadata(client)
    secure = _told(gaps, lambda: secure_guests(metadata))
    if secure == "":
        gaps.add(
            say(
                "salesforce.unknown_answer",
                object="SharingSettings",
                what="enableSecureGuestAccess",
            ),
            say("salesforce.sharing_hint"),
        )
    sets = _told(gaps, lambda: mappings_of(metadata)) if members else None
    return Definitions(
        rules=_told(gaps, lambda: rules_of(metadata, names)),
        mappings=sets or {},
        hardened=secure != "false",
    )


def secure_guests(metadata: Metadata) -> str:
    """Return `enableSecureGuestAccess` as "true" or "false"; "" where the field is missing.

    Raises:
        AccessDenied: The audit user lacks Manage Sharing or a Metadata API permission.
        QueryFailed: Salesforce refused the call.
    """
    found = metadata.read("SharingSettings", ["Sharing"])
    return next((text_of(each, "enableSecureGuestAccess") for each in found), "")


def _told(gaps: Gaps, ask: Callable[[], T]) -> T | None:
    """Return a result, or None and a gap where it was refused."""
    try:
        return ask()
    except (AccessDenied, Unanswered) as refused:
        gaps.refused(refused)
        return None
