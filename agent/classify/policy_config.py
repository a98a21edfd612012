"""The tables `[organization]` and `[policy]` of the configuration."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import AfterValidator, BeforeValidator, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from agent.classify.domains import Domain
from agent.classify.model import Severity
from agent.classify.rules.registry import all_rules
from agent.classify.scoring import POINTS
from agent.classify.settings_baseline import expected_setting_rules
from connectors.sdk.config import StrictTable
from connectors.sdk.records import Access, Audience

Domains = Annotated[tuple[Domain, ...], Strict(False)]
OWN = "X-"
"""The prefix of the ids of custom rules."""
NonEmptyText = Annotated[str, Field(min_length=1)]
"""A text that must not be empty, such as a reason."""


def _flatten_table(value: object, prefix: str = "") -> object:
    """Return nested tables as one with dotted keys, so that both may be written."""
    if not isinstance(value, dict):
        return value
    flat: dict[str, object] = {}
    for key, inner in cast("dict[str, object]", value).items():
        below = _flatten_table(inner, f"{prefix}{key}.")
        flat |= (
            cast("dict[str, object]", below) if isinstance(below, dict) else {prefix + key: inner}
        )
    return flat


def _check_known(names: Mapping[str, Any], known: Collection[str], what: str) -> None:
    for name in names:
        if name not in known:
            said = {"what": what, "name": name}
            if near := get_close_matches(name, known, n=1):
                raise PydanticCustomError(
                    "unknown_name_near",
                    "unknown {what} {name}; did you mean {near}?",
                    said | {"near": near[0]},
                )
            raise PydanticCustomError("unknown_name", "unknown {what} {name}", said)


def _as_list(value: object) -> object:
    """Return a single table as a list with one element."""
    return [value] if isinstance(value, dict) else value  # pyright: ignore[reportUnknownVariableType]


def _check_points(scoring: dict[str, int]) -> dict[str, int]:
    _check_known(scoring, POINTS, "point")
    return scoring


class OrganizationConfig(StrictTable):
    """`[organization]`: the own domains, and those of others."""

    name: str = Field(default="", description="The name of the organization, for reports.")
    internal_domains: Domains = Field(
        default=(),
        description="Mail domains that are ours, beside those that the services report.",
    )
    approved_domains: Domains = Field(
        default=(), description="Mail domains of outside parties that may be shared with."
    )
    blocked_domains: Domains = Field(
        default=(), description="Mail domains that must have no access; beats every approval."
    )
    consumer_domains: Domains = Field(
        default=(),
        description="Mail domains where anybody can have an address, beside those that this "
        "program knows.",
    )


class RuleOverride(StrictTable):
    """`[policy.rules.<id>]`: changes of one rule."""

    severity: Literal["info", "low", "medium", "high", "critical"] | None = Field(
        default=None, description="Replaces the least severity that the rule asks for."
    )
    enabled: bool = Field(default=True, description="False: the rule never objects.")
    reason: NonEmptyText = Field(description="Why this rule is judged otherwise here.")

    @property
    def floor(self) -> Severity | None:
        """Return the severity as an enumeration; None if it is not changed."""
        return Severity[self.severity.upper()] if self.severity else None


R = TypeVar("R")


def _check_rules(rules: dict[str, R]) -> dict[str, R]:
    ours = {name: None for name in rules if not name.startswith(OWN)}
    _check_known(ours, {*all_rules(), *expected_setting_rules()}, "rule")
    return rules


class Vendor(StrictTable):
    """`[[policy.vendors]]`: an entry of the contract register."""

    name: NonEmptyText = Field(description="The name of the vendor.")
    domains: Domains = Field(min_length=1, description="The mail domains of its people.")
    contract: str = Field(default="", description="The number of the contract.")
    ends: date = Field(description="The last day of the contract.")
    owner: str = Field(default="", description="Who answers for it here: a mail address.")
    shared_by_design: bool = Field(
        default=False, description="It may meet other parties in one place."
    )


class Label(StrictTable):
    """`[policy.labels.<id or name>]`: the sensitivity of a label of the service."""

    level: Literal["public", "none", "s1", "s2", "s3"] = Field(
        description="How sensitive it makes what carries it: public, none, s1, s2 or s3."
    )
    encrypts: bool = Field(
        default=False, description="True: it also encrypts, so that a link alone opens nothing."
    )
    name: str = Field(default="", description="What reports call it; else as the table is named.")


TextList = Annotated[tuple[NonEmptyText, ...], Strict(False)]


class TermsConfig(StrictTable):
    """`[policy.terms]`: terms in names, in addition to the built-in ones."""

    s3: TextList = Field(default=(), description="Personal data, health, pay, credentials.")
    s2: TextList = Field(default=(), description="Contracts, confidential.")
    s1: TextList = Field(default=(), description="Everyday business.")
    soften: TextList = Field(
        default=(), description="Words that make it about the thing: template, guideline."
    )
    ignore: TextList = Field(
        default=(), description="Words that hold a term by chance, or mean something else here."
    )
    model: bool = Field(
        default=True,
        description="False: names are read by terms alone, without the trained model.",
    )


class CustomRuleConditions(StrictTable):
    """`[[policy.custom_rules.when]]`: conditions that must all hold; an unknown fact never does."""

    service: TextList = Field(default=(), description="One of these services.")
    kind: TextList = Field(default=(), description="One of these kinds: file, folder, site ...")
    name_glob: NonEmptyText | None = Field(default=None, description="The name, with * and ?.")
    name_regex: NonEmptyText | None = Field(
        default=None, description="A regular expression in the name."
    )
    path_glob: NonEmptyText | None = Field(
        default=None, description='"<connector>:<path>", with * and ?.'
    )
    audience: Annotated[tuple[Annotated[Audience, Strict(False)], ...], Strict(False)] = Field(
        default=(), description="One of these audiences."
    )
    audience_at_least: Annotated[Audience, Strict(False)] | None = Field(
        default=None, description="This audience or a wider one."
    )
    access_at_least: Annotated[Access, Strict(False)] | None = Field(
        default=None, description="This access or more."
    )
    principal_domain: Domains = Field(default=(), description="An outsider of these domains.")
    sensitivity_at_least: Literal["s1", "s2", "s3"] | None = Field(
        default=None, description="At least so sensitive."
    )
    min_age_days: int | None = Field(default=None, ge=0, description="Shared for so long, surely.")
    max_age_days: int | None = Field(default=None, ge=0, description="Shared no longer, surely.")
    expires: Literal["none", "any"] | None = Field(
        default=None, description="none: it never ends; any: it ends one day."
    )
    inherited: bool | None = Field(default=None, description="Whether it is passed on from above.")

    @model_validator(mode="after")
    def _has_a_condition(self) -> CustomRuleConditions:
        if not self.model_fields_set:
            raise PydanticCustomError("matches_everything", "names no condition")
        if self.name_regex is not None:
            try:
                re.compile(self.name_regex)
            except re.error as error:
                raise PydanticCustomError(
                    "regex",
                    "name_regex is not a regular expression ({detail})",
                    {"detail": str(error)},
                ) from None
        return self


def _check_not_empty(when: tuple[CustomRuleConditions, ...]) -> tuple[CustomRuleConditions, ...]:
    if not when:
        raise PydanticCustomError("matches_nothing", "names no condition")
    return when


class CustomRule(StrictTable):
    """`[[policy.custom_rules]]`: a rule of the organization."""

    id: Annotated[str, Field(pattern=r"^X-\d{3}$")] = Field(description="X-001 and so on.")
    title: NonEmptyText = Field(description="What is wrong, in a few words.")
    severity: Literal["info", "low", "medium", "high", "critical"] = Field(
        description="The least severity of what it objects to."
    )
    fix: str = Field(default="", description="What to do about it.")
    when: Annotated[
        tuple[CustomRuleConditions, ...],
        Strict(False),
        BeforeValidator(_as_list),
        AfterValidator(_check_not_empty),
    ] = Field(description="What it looks for; of several tables any.")

    @property
    def floor(self) -> Severity:
        """Return the severity as an enumeration."""
        return Severity[self.severity.upper()]


class Waiver(StrictTable):
    """`[[policy.waivers]]`: an accepted risk with an end. All given criteria must match."""

    finding: str | None = Field(default=None, description="The id of a finding: tjm1:…")
    item: str | None = Field(default=None, description="The id of an item, as in exposures.csv.")
    container: str | None = Field(
        default=None, description="The id of a folder, site or drive: it and all that lies in it."
    )
    principal: str | None = Field(
        default=None,
        description="An address or id; holds where nobody else is behind the same grant.",
    )
    rule: str | None = Field(
        default=None, description="A rule; holds where no other rule objects as well."
    )
    reason: NonEmptyText = Field(description="Why the risk is accepted.")
    approved_by: NonEmptyText = Field(description="Who has accepted it.")
    expires: date = Field(description="The last day on which it holds.")
    max_audience: Annotated[Audience, Strict(False)] | None = Field(
        default=None, description="Void when the audience is wider than this."
    )
    max_access: Annotated[Access, Strict(False)] | None = Field(
        default=None, description="Void when the access is more than this."
    )

    @model_validator(mode="after")
    def _has_a_subject(self) -> Waiver:
        named = (self.finding, self.item, self.container, self.principal, self.rule)
        if not any(named) or "" in named:
            raise PydanticCustomError(
                "waives_everything", "names neither finding, item, container, principal nor rule"
            )
        if self.rule is not None:
            _check_rules({self.rule: None})
        return self


class PolicyConfig(StrictTable):
    """`[policy]`: limits, points, rules, vendors, labels, terms and waivers."""

    link_max_days: int = Field(
        default=30, ge=1, description="The longest life of a link for anyone, in days."
    )
    guest_dormant_days: int = Field(
        default=90, ge=1, description="A guest is dormant after so many days without a sign-in."
    )
    large_group: int = Field(
        default=500, ge=1, description="An internal group above so many members is a large one."
    )
    waiver_max_days: int = Field(
        default=365, ge=1, description="The longest time for which a risk may be accepted, in days."
    )
    public_paths: Annotated[tuple[str, ...], Strict(False)] = Field(
        default=(),
        description='What everybody may read: globs over "<connector>:<path>".',
    )
    scoring: Annotated[
        dict[str, int], BeforeValidator(_flatten_table), AfterValidator(_check_points)
    ] = Field(
        default_factory=dict[str, int],
        description="Points of the exposure model, where they differ from the default.",
    )
    rules: Annotated[dict[str, RuleOverride], AfterValidator(_check_rules)] = Field(
        default_factory=dict[str, RuleOverride], description="Rules judged otherwise, by id."
    )
    vendors: Annotated[tuple[Vendor, ...], Strict(False)] = Field(
        default=(), description="The contract register."
    )
    labels: dict[str, Label] = Field(
        default_factory=dict[str, Label],
        description="What the classification labels of the services say, by their ids or names.",
    )
    terms: TermsConfig = Field(
        default=TermsConfig(), description="Words in names that say something here."
    )
    custom_rules: Annotated[tuple[CustomRule, ...], Strict(False)] = Field(
        default=(), description="Rules of the organization's own."
    )
    waivers: Annotated[tuple[Waiver, ...], Strict(False)] = Field(
        default=(), description="Risks that somebody has accepted, for a time."
    )

    @model_validator(mode="after")
    def _custom_rules_exist(self) -> PolicyConfig:
        own = [rule.id for rule in self.custom_rules]
        if len(own) != len(set(own)):
            raise PydanticCustomError("twice", "custom_rules: an id stands there twice")
        named = (*self.rules, *(w.rule for w in self.waivers if w.rule))
        _check_known({name: None for name in named if name.startswith(OWN)}, own, "rule")
        return self
