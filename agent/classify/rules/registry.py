"""What a rule is, how one is written, and how all of them are found."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Generic, TypeVar

from agent.classify.model import Severity, Stage, Subject
from connectors.sdk.records import Audience

Evidence = Mapping[str, str]
"""What the sentence of a rule needs. An empty one objects just the same; None does not."""

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[V]):
    """A pure function with its metadata.

    Attributes:
        id: Stable, and never used again for another rule.
        family: The module that it stands in.
        audiences: For exposures: the rule is asked for no other. Empty for other subjects.
        floor: The least severity of what it objects to; None adds nothing to the score's band.
        raised: A higher floor and the condition that calls for it.
        latent: It speaks of rights that open nothing today; no other rule is asked about them.
        since: The version of this program that knew it first.
        references: Ids of baselines, as in `references.toml`.
        check: Its evidence, or None where it does not object.
    """

    id: str
    family: str
    subject: Subject | Stage
    audiences: frozenset[Audience]
    floor: Severity | None
    raised: tuple[Severity, Callable[[V], bool]] | None
    references: tuple[str, ...]
    check: Callable[[V], Evidence | None]
    latent: bool = False
    since: str = "0.1"

    def floor_for(self, seen: V) -> Severity | None:
        """The least severity for this one."""
        if self.raised is not None and self.raised[1](seen):
            return self.raised[0]
        return self.floor


def rule(
    name: str,
    on: frozenset[Audience] | Subject | Stage,
    *references: str,
    at_least: Severity | None = None,
    raised: tuple[Severity, Callable[[V], bool]] | None = None,
    latent: bool = False,
) -> Callable[[Callable[[V], Evidence | None]], Rule[V]]:
    """Make a rule of a function: on exposures of these audiences, or on another subject."""
    subject, audiences = (
        (on, frozenset[Audience]()) if isinstance(on, Subject | Stage) else (Subject.EXPOSURE, on)
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
def catalogue() -> Mapping[str, Rule[Any]]:
    """All rules by id, in the order of their ids. A family is a module of this folder."""
    package = __name__.rpartition(".")[0]
    rules: dict[str, Rule[Any]] = {}
    for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        for thing in vars(import_module(module.name)).values():
            if isinstance(thing, Rule):
                assert thing.id not in rules, f"{thing.id} twice"
                rules[thing.id] = thing
    return dict(sorted(rules.items()))
