"""Definitions of sharing rules, by recipient and criteria.

A rule names the guest user of a site by its nickname (`User.CommunityNickname`), not by the site.

Source: https://developer.salesforce.com/docs/platform/api-metadata/references/meta-types/metadata-sharingrules.html (read 2026-08-15)
"""  # noqa: E501

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
    """One sharing rule.

    Attributes:
        name: API name; several names where rules were merged.
        shared_to: Pairs of element name and text in `sharedTo`, the text in lower case. An empty
            element such as `<allPartnerUsers/>` names all users of a kind.
        criteria: As in `Grant.criteria`; `*` for all records.
    """

    name: str
    shared_to: frozenset[tuple[str, str]]
    criteria: str = ""  # as in `Grant`

    def opens_to_guest(self, nickname: str) -> bool:
        """Return True if the rule shares with the guest user of this nickname."""
        return bool(nickname) and ("guestUser", nickname.casefold()) in self.shared_to

    def opens_to(self, known_as: Iterable[tuple[str, str]]) -> bool:
        """Return True if the rule shares with one of these pairs of element name and text."""
        return not self.shared_to.isdisjoint(known_as)


def named(rules: Sequence[Rule]) -> Rule | None:
    """Merge rules with the same recipient into one; None if there are none.

    A share row does not say which rule created it.
    """
    if not rules:
        return None
    terms = dict.fromkeys(rule.criteria for rule in rules)
    return Rule(
        name=", ".join(rule.name for rule in rules),
        shared_to=frozenset(who for rule in rules for who in rule.shared_to),
        criteria=ALL if ALL in terms else " or ".join(filter(None, terms)),
    )


def rules_of(metadata: Metadata, names: Iterable[str]) -> dict[str, tuple[Rule, ...]]:
    """Read the sharing rules of objects.

    Raises:
        AccessDenied: The audit user may not read sharing rules.
        QueryFailed: Salesforce refused the call.
        UnexpectedResponse: A response of unknown form.
    """
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
    """Describe which records a rule shares, such as `Status equals Published`; `*` for all.

    "" for owner and territory rules, which select by owner. Conditions with a filter logic of their
    own are numbered. A field that is never empty, compared with "not empty", selects all records.
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
