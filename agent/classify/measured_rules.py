"""How often each rule is right on the labelled exposures of this project.

`measured.toml` is made by `python -m tests.evaluation rules`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

FILE: Final = "measured.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMeasure:
    """The figures of a rule.

    Attributes:
        matches: Labelled exposures that the rule matches.
        precision: The share of the matches that both labellers would act on, 0 to 1.
        recall: The share of all exposures that both would act on that the rule matches, 0 to 1.
    """

    matches: int
    precision: float
    recall: float


@cache
def measured_rules() -> Mapping[str, RuleMeasure]:
    """Return the figures by the id of the rule; a rule without a match has none."""
    text = files("agent.classify").joinpath(FILE).read_text(encoding="utf-8")
    return {rule: RuleMeasure(**row) for rule, row in tomllib.loads(text)["rules"].items()}
