"""How sharing is defined, as far as the audit user may read it: tier C."""

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
    """By object: sharing rules, None where they may not be read, and lines of sharing sets.

    `hardened` is False only where somebody read that guests are not held to Private defaults;
    since 2021 Salesforce sees to that itself.
    """

    rules: Mapping[str, tuple[Rule, ...]] | None = None
    mappings: Mapping[str, tuple[AccessMapping, ...]] = field(
        default_factory=dict[str, "tuple[AccessMapping, ...]"]
    )
    hardened: bool = True


def definitions_of(
    client: Client, gaps: Gaps, names: Iterable[str], *, members: bool
) -> Definitions:
    """Those of these objects; sharing sets matter where there are `members`."""
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
    """Whether guests see nothing by default: `true`, `false`, or nothing where nobody says."""
    found = metadata.read("SharingSettings", ["Sharing"])
    return next((text_of(each, "enableSecureGuestAccess") for each in found), "")


def _told(gaps: Gaps, ask: Callable[[], T]) -> T | None:
    """An answer; a gap where it was refused."""
    try:
        return ask()
    except (AccessDenied, Unanswered) as refused:
        gaps.refused(refused)
        return None
