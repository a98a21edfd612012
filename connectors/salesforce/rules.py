"""Sharing rules as they are defined: whom they name, whatever they open today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from connectors.salesforce.soap import Metadata, name_of, parts_of, text_of

_KINDS = ("sharingGuestRules", "sharingCriteriaRules", "sharingOwnerRules", "sharingTerritoryRules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its name, and to whom it shares, as pairs of the element's name and its text.

    An empty element such as `<allPartnerUsers/>` says the most of all.
    """

    name: str
    shared_to: frozenset[tuple[str, str]]

    def opens_to_guest(self, nickname: str) -> bool:
        """Whether it names a site's guest, who goes by a nickname."""
        return bool(nickname) and ("guestUser", nickname.casefold()) in self.shared_to

    def opens_to(self, known_as: Iterable[tuple[str, str]]) -> bool:
        """Whether it names one of these."""
        return not self.shared_to.isdisjoint(known_as)


def rules_of(metadata: Metadata, names: Iterable[str]) -> dict[str, tuple[Rule, ...]]:
    """The sharing rules of objects."""
    return {
        text_of(found, "fullName"): tuple(
            _rule(rule) for kind in _KINDS for rule in parts_of(found, kind)
        )
        for found in metadata.read("SharingRules", names)
    }


def _rule(rule: Element) -> Rule:
    return Rule(
        name=text_of(rule, "fullName"),
        shared_to=frozenset(
            (name_of(who), (who.text or "").casefold())
            for shared in parts_of(rule, "sharedTo")
            for who in shared
        ),
    )
