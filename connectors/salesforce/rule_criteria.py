"""Criteria of sharing rules: what they say, and whether they leave any record out.

Source: https://developer.salesforce.com/docs/platform/api-metadata/references/meta-types/metadata-sharingrules.html (read 2026-08-15)
"""  # noqa: E501 -- an address

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

# Fields that no record is without.
# Source: https://developer.salesforce.com/docs/platform/object-reference/guide/system-fields.html (read 2026-11-30)  # noqa: E501 -- an address
NEVER_EMPTY = frozenset(
    {
        "casenumber",
        "closedate",
        "company",
        "createdby",
        "createdbyid",
        "createddate",
        "id",
        "isactive",
        "isdeleted",
        "lastmodifiedby",
        "lastmodifiedbyid",
        "lastmodifieddate",
        "lastname",
        "name",
        "owner",
        "ownerid",
        "stagename",
        "status",
        "systemmodstamp",
        "username",
    }
)
_NOTHING = frozenset({"", "null", '""', "''"})
_OPPOSITES = {"notEqual": "equals", "notContain": "contains", "excludes": "includes"}
_MOST_CONDITIONS = 10  # different conditions that are tried out in all combinations
_TOKEN = re.compile(r"\s*(\d+|\(|\)|AND\b|OR\b|NOT\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a rule's criteria, in Salesforce's words."""

    field: str
    operation: str
    value: str

    @property
    def always_holds(self) -> bool:
        """True if the condition holds for every record, whatever is in it."""
        field = self.field.rpartition(".")[2].rpartition(":")[2].casefold()
        nothing = self.value.strip().casefold() in _NOTHING
        if self.operation in ("notEqual", "notContain"):
            return nothing and field in NEVER_EMPTY
        if self.operation in ("contains", "startsWith"):
            return nothing and field in NEVER_EMPTY
        both = {part.strip().casefold() for part in self.value.split(",")}
        return self.operation in ("equals", "includes") and both >= {"true", "false"}

    @property
    def atom(self) -> tuple[tuple[str, str, str], bool]:
        """What is asked, and whether yes is expected: `notEqual` expects no where `equals` yes."""
        positive = _OPPOSITES.get(self.operation, self.operation)
        asked = (self.field.casefold(), positive, self.value.casefold())
        return asked, positive == self.operation


def leaves_nothing_out(conditions: Sequence[Condition], order: str) -> bool:
    """Return True if the criteria hold for every record, by what they mean.

    Args:
        conditions: The conditions, numbered from 1.
        order: The filter logic, such as `1 AND (2 OR 3)`; "" for all of them.
    """
    asked = list(dict.fromkeys(c.atom[0] for c in conditions if not c.always_holds))
    if len(asked) > _MOST_CONDITIONS:
        return False
    tokens = (
        _TOKEN.findall(order)
        or [part for n in range(1, len(conditions) + 1) for part in ("AND", str(n))][1:]
    )
    return all(
        _evaluate(tokens, conditions, dict(zip(asked, answers, strict=True)))
        for answers in product((False, True), repeat=len(asked))
    )


def _evaluate(
    tokens: Sequence[str],
    conditions: Sequence[Condition],
    answers: Mapping[tuple[str, str, str], bool],
) -> bool:
    """Return what the filter logic says for these answers; False for a logic of another form."""
    rest = iter([*(word.upper() for word in tokens), ""])
    try:
        value, last = _either(rest, conditions, answers, next(rest))
    except (IndexError, ValueError, StopIteration):
        return False
    return value and last == ""


_Answers = Mapping[tuple[str, str, str], bool]


def _either(
    rest: Iterator[str], conditions: Sequence[Condition], answers: _Answers, word: str
) -> tuple[bool, str]:
    if word == "":
        return not conditions, ""
    value, word = _both(rest, conditions, answers, word)
    while word == "OR":
        other, word = _both(rest, conditions, answers, next(rest))
        value = value or other
    return value, word


def _both(
    rest: Iterator[str], conditions: Sequence[Condition], answers: _Answers, word: str
) -> tuple[bool, str]:
    value, word = _one(rest, conditions, answers, word)
    while word == "AND":
        other, word = _one(rest, conditions, answers, next(rest))
        value = value and other
    return value, word


def _one(
    rest: Iterator[str], conditions: Sequence[Condition], answers: _Answers, word: str
) -> tuple[bool, str]:
    if word == "NOT":
        value, following = _one(rest, conditions, answers, next(rest))
        return not value, following
    if word == "(":
        value, closing = _either(rest, conditions, answers, next(rest))
        if closing != ")":
            raise ValueError(closing)
        return value, next(rest)
    condition = conditions[int(word) - 1]
    asked, expected = condition.atom
    return condition.always_holds or answers[asked] is expected, next(rest)
