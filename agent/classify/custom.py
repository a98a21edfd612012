"""Compile custom rules of the configuration to functions.

The set of conditions is closed. An unknown fact matches no condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agent.classify.domains import within
from agent.classify.exposure import is_as_wide
from agent.classify.model import REACHES_OUT, Level, Subject
from agent.classify.paths import comparable, matcher
from agent.classify.rules.registry import Evidence, Rule
from agent.classify.tables import CustomRule, When
from agent.classify.view import View
from connectors.sdk.records import Access, Audience, Unknown

Condition = Callable[[View], bool]


def rule_of(table: CustomRule) -> Rule[View]:
    """Return the rule; it matches where all conditions of any of its `when` tables hold."""
    ways = [tuple(_conditions(when)) for when in table.when]
    evidence = {"title": table.title, "fix": table.fix or table.title}

    def check(seen: View) -> Evidence | None:
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


def _conditions(when: When) -> Iterator[Condition]:
    yield from _about_the_item(when)
    yield from _about_the_grant(when)
    yield from _about_time(when)


def _about_the_item(when: When) -> Iterator[Condition]:
    if services := frozenset(when.service):
        yield lambda seen: seen.exposure.service in services
    if kinds := frozenset(when.kind):
        yield lambda seen: seen.item.kind in kinds
    if when.name_glob is not None:
        named = matcher((when.name_glob,))
        yield lambda seen: named.match(comparable(seen.item.name)) is not None
    if when.name_regex is not None:
        written = re.compile(when.name_regex, re.IGNORECASE)
        yield lambda seen: written.search(seen.item.name) is not None
    if when.path_glob is not None:
        lies = matcher((when.path_glob,))
        yield lambda seen: lies.match(comparable(_place(seen))) is not None
    if when.sensitivity_at_least is not None:
        level = Level[when.sensitivity_at_least.upper()]
        yield lambda seen: seen.level >= level


def _about_the_grant(when: When) -> Iterator[Condition]:
    if audiences := frozenset(when.audience):
        yield lambda seen: seen.audience in audiences
    if (least := when.audience_at_least) is not None:
        yield (
            lambda seen: seen.audience is not Audience.UNKNOWN and is_as_wide(seen.audience, least)
        )
    if (power := when.access_at_least) is not None:
        yield lambda seen: seen.grant.access is not Access.UNKNOWN and seen.allows(power)
    if domains := frozenset(when.principal_domain):
        yield lambda seen: any(within(d, domains) for d in seen.exposure.principal_domains)
    if (inherited := when.inherited) is not None:
        yield lambda seen: (seen.grant.inherited_from is not None) is inherited


def _about_time(when: When) -> Iterator[Condition]:
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


def _place(seen: View) -> str:
    return f"{seen.exposure.connector}:{seen.exposure.path}"
