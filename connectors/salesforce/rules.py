"""Sharing rules as they are defined: whom they name, whatever they open today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from connectors.salesforce.soap import Metadata, name_of, parts_of, text_of

ALL = "*"
_NEVER_EMPTY = frozenset(
    {"Id", "Name", "LastName", "CreatedDate", "CreatedById", "LastModifiedDate", "OwnerId"}
)
_KINDS = ("sharingGuestRules", "sharingCriteriaRules", "sharingOwnerRules", "sharingTerritoryRules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its name, and to whom it shares, as pairs of the element's name and its text.

    An empty element such as `<allPartnerUsers/>` says the most of all.
    """

    name: str
    shared_to: frozenset[tuple[str, str]]
    criteria: str = ""  # as in `Grant`

    def opens_to_guest(self, nickname: str) -> bool:
        """Whether it names a site's guest, who goes by a nickname."""
        return bool(nickname) and ("guestUser", nickname.casefold()) in self.shared_to

    def opens_to(self, known_as: Iterable[tuple[str, str]]) -> bool:
        """Whether it names one of these."""
        return not self.shared_to.isdisjoint(known_as)


def named(rules: Sequence[Rule]) -> Rule | None:
    """Rules for the same people as one: share rows do not tell which of them made a row."""
    if not rules:
        return None
    terms = dict.fromkeys(rule.criteria for rule in rules)
    return Rule(
        name=", ".join(rule.name for rule in rules),
        shared_to=frozenset(who for rule in rules for who in rule.shared_to),
        criteria=ALL if ALL in terms else " or ".join(filter(None, terms)),
    )


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
        criteria=criteria_of(rule),
    )


def criteria_of(rule: Element) -> str:
    """Which records a rule opens: `Status equals Published and Site__c equals A,B`; `*` for all.

    A rule of owners has none: it says whose records, not which. `not empty` of a field that is
    never empty leaves nothing out. With a filter of its own the conditions come numbered.
    """
    if name_of(rule).endswith(("OwnerRules", "TerritoryRules")):
        return ""
    items = parts_of(rule, "criteriaItems")
    if all(_always(item) for item in items):
        return ALL
    told = [
        " ".join(filter(None, (text_of(item, "field"), text_of(item, "operation"), _value(item))))
        for item in items
    ]
    if order := text_of(rule, "booleanFilter"):
        return "; ".join([order, *(f"{n}: {each}" for n, each in enumerate(told, start=1))])
    return " and ".join(told)


def _value(item: Element) -> str:
    return text_of(item, "value") or text_of(item, "valueField") or "(empty)"


def _always(item: Element) -> bool:
    never_empty = text_of(item, "field").rpartition(".")[2] in _NEVER_EMPTY
    any_value = text_of(item, "operation") == "notEqual" and _value(item) == "(empty)"
    return never_empty and any_value
