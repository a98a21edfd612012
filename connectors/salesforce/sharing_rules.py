"""Definitions of sharing rules, by recipient and criteria.

A rule names the guest user of a site by its nickname (`User.CommunityNickname`), not by the site.

Source: https://developer.salesforce.com/docs/platform/api-metadata/references/meta-types/metadata-sharingrules.html (read 2026-08-15)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from connectors.salesforce.metadata_api import MetadataApi, child_elements, child_text, element_name
from connectors.salesforce.rule_criteria import Condition, leaves_nothing_out
from connectors.sdk.errors import UnexpectedResponse

ALL_CRITERIA = "*"
_RULE_ELEMENTS = (
    "sharingGuestRules",
    "sharingCriteriaRules",
    "sharingOwnerRules",
    "sharingTerritoryRules",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingRule:
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

    def shares_with_guest(self, nickname: str) -> bool:
        """Return True if the rule shares with the guest user of this nickname."""
        return bool(nickname) and ("guestUser", nickname.casefold()) in self.shared_to

    def shares_with(self, metadata_names: Iterable[tuple[str, str]]) -> bool:
        """Return True if the rule shares with one of these pairs of element name and text."""
        return not self.shared_to.isdisjoint(metadata_names)


def merge_rules(rules: Sequence[SharingRule]) -> SharingRule | None:
    """Merge rules with the same recipient into one; None if there are none.

    A share row does not say which rule created it.
    """
    if not rules:
        return None
    terms = dict.fromkeys(rule.criteria for rule in rules)
    return SharingRule(
        name=", ".join(rule.name for rule in rules),
        shared_to=frozenset(who for rule in rules for who in rule.shared_to),
        criteria=ALL_CRITERIA if ALL_CRITERIA in terms else " or ".join(filter(None, terms)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingRules:
    """The sharing rules that could be read.

    Attributes:
        by_object: Rules by object; None where no rule may be read.
        refused: The errors of objects whose rules could not be read.
    """

    by_object: dict[str, tuple[SharingRule, ...]] | None = None
    refused: dict[str, UnexpectedResponse] = field(default_factory=dict[str, UnexpectedResponse])


def read_sharing_rules(metadata: MetadataApi, names: Iterable[str]) -> SharingRules:
    """Read the sharing rules of objects.

    An object without sharing rules can make the whole call fail with `UNKNOWN_EXCEPTION`, so that
    objects are asked one by one where a call fails. One that has no definition has no rules.

    Source: https://github.com/SalesforceLabs/OrgCheck/issues/724 (read 2026-11-30)

    Raises:
        AccessDenied: The audit user may not read sharing rules.
    """
    refused: dict[str, UnexpectedResponse] = {}
    by_object = {
        child_text(found, "fullName"): tuple(
            _parse_rule(rule) for kind in _RULE_ELEMENTS for rule in child_elements(found, kind)
        )
        for found in metadata.read_apart("SharingRules", names, refused)
    }
    if refused:
        defined = metadata.list_names("SharingRules")
        refused = {name: error for name, error in refused.items() if name in defined}
    return SharingRules(by_object=by_object, refused=refused)


def _parse_rule(rule: Element) -> SharingRule:
    return SharingRule(
        name=child_text(rule, "fullName"),
        shared_to=frozenset(
            (element_name(who), (who.text or "").casefold())
            for shared in child_elements(rule, "sharedTo")
            for who in shared
        ),
        criteria=describe_criteria(rule),
    )


def describe_criteria(rule: Element) -> str:
    """Describe which records a rule shares, such as `Status equals Published`; `*` for all.

    "" for owner and territory rules, which select by owner. Conditions with a filter logic of their
    own are numbered. Criteria that hold for every record (a name that is not empty) are `*`.
    """
    if element_name(rule).endswith(("OwnerRules", "TerritoryRules")):
        return ""
    conditions = [
        Condition(
            field=child_text(item, "field"),
            operation=child_text(item, "operation"),
            value=child_text(item, "value") or child_text(item, "valueField"),
        )
        for item in child_elements(rule, "criteriaItems")
    ]
    order = child_text(rule, "booleanFilter")
    if leaves_nothing_out(conditions, order):
        return ALL_CRITERIA
    texts = [
        " ".join(filter(None, (each.field, each.operation, each.value.strip() or "(empty)")))
        for each in conditions
    ]
    if order:
        return "; ".join([order, *(f"{n}: {each}" for n, each in enumerate(texts, start=1))])
    return " and ".join(texts)
