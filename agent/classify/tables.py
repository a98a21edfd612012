"""What the administrator writes: `[organization]` and `[policy]`. Every key is checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from agent.classify.domains import Domain
from agent.classify.exposure import POINTS
from agent.classify.model import Severity
from agent.classify.posture import posture_rules
from agent.classify.rules.registry import catalogue
from connectors.sdk.records import Access, Audience
from connectors.sdk.settings import Table

Domains = Annotated[tuple[Domain, ...], Strict(False)]
Said = Annotated[str, Field(min_length=1)]
"""A text that may not be empty: a reason, an approver."""


def _flat(value: object, prefix: str = "") -> object:
    """Let `audience.anyone_link = 50` and `"audience.anyone_link" = 50` mean the same."""
    if not isinstance(value, dict):
        return value
    flat: dict[str, object] = {}
    for key, inner in cast("dict[str, object]", value).items():
        below = _flat(inner, f"{prefix}{key}.")
        flat |= (
            cast("dict[str, object]", below) if isinstance(below, dict) else {prefix + key: inner}
        )
    return flat


def _known(names: Mapping[str, Any], known: Collection[str], what: str) -> None:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise PydanticCustomError(
                "unknown_name",
                "unknown {what} {name}{hint}",
                {
                    "what": what,
                    "name": name,
                    "hint": f"; did you mean {near[0]}?" if near else "",
                },
            )


def _known_points(scoring: dict[str, int]) -> dict[str, int]:
    _known(scoring, POINTS, "point")
    return scoring


class OrganizationTable(Table):
    """Who we are, and whom we trust."""

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


class RuleOverride(Table):
    """The administrator's own word on one rule."""

    severity: Literal["info", "low", "medium", "high", "critical"] | None = Field(
        default=None, description="Replaces the least severity that the rule asks for."
    )
    enabled: bool = Field(default=True, description="False: the rule never objects.")
    reason: Said = Field(description="Why this rule is judged otherwise here.")

    @property
    def floor(self) -> Severity | None:
        """The severity as the judge compares it."""
        return Severity[self.severity.upper()] if self.severity else None


def _known_rules(rules: dict[str, RuleOverride]) -> dict[str, RuleOverride]:
    _known(rules, {*catalogue(), *posture_rules()}, "rule")
    return rules


class Vendor(Table):
    """A line of the contract register."""

    name: Said = Field(description="The name of the vendor.")
    domains: Domains = Field(min_length=1, description="The mail domains of its people.")
    contract: str = Field(default="", description="The number of the contract.")
    ends: date = Field(description="The last day of the contract.")
    owner: str = Field(default="", description="Who answers for it here: a mail address.")
    shared_by_design: bool = Field(
        default=False, description="It may meet other parties in one place."
    )


class Waiver(Table):
    """A risk that somebody has accepted, for a time. All that is named must hold."""

    finding: str | None = Field(default=None, description="The id of a finding: tjm1:…")
    item: str | None = Field(default=None, description="The id of an item, as in exposures.csv.")
    principal: str | None = Field(
        default=None,
        description="An address or id; holds where nobody else is behind the same grant.",
    )
    rule: str | None = Field(
        default=None, description="A rule; holds where no other rule objects as well."
    )
    reason: Said = Field(description="Why the risk is accepted.")
    approved_by: Said = Field(description="Who has accepted it.")
    expires: date = Field(description="The last day on which it holds.")
    max_audience: Annotated[Audience, Strict(False)] | None = Field(
        default=None, description="Void when the audience is wider than this."
    )
    max_access: Annotated[Access, Strict(False)] | None = Field(
        default=None, description="Void when the access is more than this."
    )

    @model_validator(mode="after")
    def _names_something(self) -> Waiver:
        named = (self.finding, self.item, self.principal, self.rule)
        if not any(named) or "" in named:
            raise PydanticCustomError(
                "waives_everything", "names neither finding, item, principal nor rule"
            )
        if self.rule is not None:
            _known({self.rule: None}, {*catalogue(), *posture_rules()}, "rule")
        return self


class PolicyTable(Table):
    """What is too open here."""

    link_max_days: int = Field(
        default=30, ge=1, description="The longest life of a link for anyone, in days."
    )
    guest_dormant_days: int = Field(
        default=90, ge=1, description="A guest is dormant after so many days without a sign-in."
    )
    large_group: int = Field(
        default=500, ge=1, description="An internal group above so many members is a large one."
    )
    public_paths: Annotated[tuple[str, ...], Strict(False)] = Field(
        default=(),
        description='What everybody may read: globs over "<connector>:<path>".',
    )
    scoring: Annotated[dict[str, int], BeforeValidator(_flat), AfterValidator(_known_points)] = (
        Field(
            default_factory=dict[str, int],
            description="Points of the exposure model, where they differ from the default.",
        )
    )
    rules: Annotated[dict[str, RuleOverride], AfterValidator(_known_rules)] = Field(
        default_factory=dict[str, RuleOverride], description="Rules judged otherwise, by id."
    )
    vendors: Annotated[tuple[Vendor, ...], Strict(False)] = Field(
        default=(), description="The contract register."
    )
    waivers: Annotated[tuple[Waiver, ...], Strict(False)] = Field(
        default=(), description="Risks that somebody has accepted, for a time."
    )
