"""Compile custom rules of the configuration to functions.

The set of conditions is closed. An unknown fact matches no condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agent.classify.domains import matching_parent
from agent.classify.globs import compile_globs, normalize_path
from agent.classify.model import REACHES_OUT, SensitivityLevel, Subject
from agent.classify.policy_config import CustomRule, CustomRuleConditions
from agent.classify.rule_input import ExposureContext
from agent.classify.rules.registry import Evidence, Rule
from agent.classify.scoring import audience_at_least
from connectors.sdk.records import Access, Audience, Unknown

Condition = Callable[[ExposureContext], bool]


def compile_custom_rule(table: CustomRule) -> Rule[ExposureContext]:
    """Return the rule; it matches where all conditions of any of its `when` tables hold."""
    ways = [tuple(_conditions(when)) for when in table.when]
    evidence = {"title": table.title, "fix": table.fix or table.title}

    def check(seen: ExposureContext) -> Evidence | None:
        return evidence if any(all(holds(seen) for holds in way) for way in ways) else None

    return Rule(
        id=table.id,
        family="custom",
        subject=Subject.EXPOSURE,
        audiences=REACHES_OUT,
        floor=table.floor,
        raised=None,
        references=(),
        check=check,
    )


def _conditions(when: CustomRuleConditions) -> Iterator[Condition]:
    yield from _item_conditions(when)
    yield from _grant_conditions(when)
    yield from _time_conditions(when)


def _item_conditions(when: CustomRuleConditions) -> Iterator[Condition]:
    if services := frozenset(when.service):
        yield lambda seen: seen.exposure.service in services
    if kinds := frozenset(when.kind):
        yield lambda seen: seen.item.kind in kinds
    if when.name_glob is not None:
        named = compile_globs((when.name_glob,))
        yield lambda seen: named.match(normalize_path(seen.item.name)) is not None
    if when.name_regex is not None:
        written = re.compile(when.name_regex, re.IGNORECASE)
        yield lambda seen: written.search(seen.item.name) is not None
    if when.path_glob is not None:
        lies = compile_globs((when.path_glob,))
        yield lambda seen: lies.match(normalize_path(_qualified_path(seen))) is not None
    if when.sensitivity_at_least is not None:
        level = SensitivityLevel[when.sensitivity_at_least.upper()]
        yield lambda seen: seen.level >= level


def _grant_conditions(when: CustomRuleConditions) -> Iterator[Condition]:
    if audiences := frozenset(when.audience):
        yield lambda seen: seen.audience in audiences
    if (least := when.audience_at_least) is not None:
        yield (
            lambda seen: (
                seen.audience is not Audience.UNKNOWN and audience_at_least(seen.audience, least)
            )
        )
    if (power := when.access_at_least) is not None:
        yield lambda seen: seen.grant.access is not Access.UNKNOWN and seen.allows(power)
    if domains := frozenset(when.principal_domain):
        yield lambda seen: any(matching_parent(d, domains) for d in seen.exposure.principal_domains)
    if (inherited := when.inherited) is not None:
        yield lambda seen: (seen.grant.inherited_from is not None) is inherited


def _time_conditions(when: CustomRuleConditions) -> Iterator[Condition]:
    if (least := when.min_age_days) is not None:
        yield lambda seen: seen.age.at_least >= least
    if (most := when.max_age_days) is not None:
        yield lambda seen: seen.age.at_most is not None and seen.age.at_most <= most
    if (ends := when.expires) is not None:
        wanted = ends == "any"
        yield (
            lambda seen: (
                not isinstance(seen.grant.expires_at, Unknown)
                and ((seen.grant.expires_at is not None) is wanted)
            )
        )


def _qualified_path(seen: ExposureContext) -> str:
    return f"{seen.exposure.connector}:{seen.exposure.path}"
