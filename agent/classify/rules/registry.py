"""The type of a rule, the decorator that makes one, and the list of all rules."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Generic, TypeVar

from agent.classify.model import RulePhase, Severity, Subject
from connectors.sdk.records import Audience

Evidence = Mapping[str, str]
"""The values of a rule's sentence. An empty mapping is a match, too; None is none."""

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[V]):
    """A rule: a pure function with metadata.

    Attributes:
        id: Stable, and never used again for another rule.
        family: The name of the module that defines it.
        subject: What it is evaluated for.
        audiences: For exposures: the audiences that it is evaluated for; else empty.
        floor: The least severity of a match; None if the band of the score decides.
        raised: A higher floor and its condition.
        references: Ids of baselines, as in `references.toml`.
        check: Returns the evidence of a match, or None.
        latent: True if it applies to grants without effect today; no other rule does.
        since: The first version of this program that has the rule.
    """

    id: str
    family: str
    subject: Subject | RulePhase
    audiences: frozenset[Audience]
    floor: Severity | None
    raised: tuple[Severity, Callable[[V], bool]] | None
    references: tuple[str, ...]
    check: Callable[[V], Evidence | None]
    latent: bool = False
    since: str = "0.1"

    def floor_for(self, seen: V) -> Severity | None:
        """Return the least severity of a match with this subject."""
        if self.raised is not None and self.raised[1](seen):
            return self.raised[0]
        return self.floor


def rule(
    name: str,
    on: frozenset[Audience] | Subject | RulePhase,
    *references: str,
    at_least: Severity | None = None,
    raised: tuple[Severity, Callable[[V], bool]] | None = None,
    latent: bool = False,
) -> Callable[[Callable[[V], Evidence | None]], Rule[V]]:
    """Return a decorator that makes a rule of a function.

    Args:
        name: The id.
        on: The audiences of exposures, or another subject.
        references: Ids of baselines.
        at_least: The least severity of a match.
        raised: A higher least severity and its condition.
        latent: Also evaluate grants without effect today.
    """
    subject, audiences = (
        (on, frozenset[Audience]())
        if isinstance(on, Subject | RulePhase)
        else (Subject.EXPOSURE, on)
    )

    def made(check: Callable[[V], Evidence | None]) -> Rule[V]:
        return Rule(
            id=name,
            family=check.__module__.rpartition(".")[2],
            subject=subject,
            audiences=audiences,
            floor=at_least,
            raised=raised,
            references=references,
            check=check,
            latent=latent,
        )

    return made


@cache
def all_rules() -> Mapping[str, Rule[Any]]:
    """Return all rules by id, sorted. The modules of this package are the families."""
    package = __name__.rpartition(".")[0]
    rules: dict[str, Rule[Any]] = {}
    for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        for thing in vars(import_module(module.name)).values():
            if isinstance(thing, Rule):
                assert thing.id not in rules, f"{thing.id} twice"
                rules[thing.id] = thing
    return dict(sorted(rules.items()))
