"""What sharing settings should be, and what they are: `postures.toml` against stored values."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from agent.classify.model import Severity
from connectors.sdk.records import Setting, Unknown

Value = str | int | bool | Unknown | None


class Result(StrEnum):
    """How a setting compares. What could not be read is unknown, never passed."""

    PASS = "pass"  # noqa: S105 -- a word of the files
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """What is expected of one setting.

    Attributes:
        rule: The id it is listed, overridden and explained by; several settings may share one.
        values: Any of these is right; empty where `at_most` says it.
        at_most: The largest right number. 0 and less mean "never" or "off" and are wrong.
        unless: Settings and values of the same tenant under which it does not apply.
        default: What holds where the service leaves out what nobody has changed; None: nothing.
    """

    rule: str
    setting: str
    severity: Severity
    references: tuple[str, ...]
    values: tuple[Value, ...] = ()
    at_most: int | None = None
    unless: Mapping[str, tuple[Value, ...]]
    default: Value = None

    @property
    def expected(self) -> str:
        """For people: `false`, `<= 30`, `allowList`."""
        if self.at_most is not None:
            return f"1 - {self.at_most}"
        return " | ".join(shown(value) for value in self.values)

    def judge(self, value: Value, others: Mapping[str, Value]) -> Result:
        """Compare a value; `others` are the tenant's settings by id."""
        if any(_among(others.get(id_), values) for id_, values in self.unless.items()):
            return Result.NOT_APPLICABLE
        if isinstance(value, Unknown):
            return Result.UNKNOWN
        if self.at_most is None:
            return Result.PASS if _among(value, self.values) else Result.FAIL
        number = _number(value)
        if number is None:
            return Result.UNKNOWN
        return Result.PASS if 0 < number <= self.at_most else Result.FAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One setting with what is made of it. `assumed`: the service says nothing, so its default."""

    setting: Setting
    posture: Posture | None
    result: Result
    assumed: bool = False


def stated(settings: list[Setting]) -> Iterator[Stated]:
    """Every setting of a tenant, judged where something is expected of it, then what is assumed."""
    overall = {s.id: s.value for s in sorted(settings, key=lambda s: s.subject, reverse=True)}
    assumed = [
        Setting(id=p.setting, value=p.default)
        for p in postures()
        if p.default is not None and p.setting not in overall and _told_of(p.setting, overall)
    ]
    overall |= {s.id: s.value for s in assumed}
    expected = {posture.setting: posture for posture in postures()}
    for setting in (*settings, *assumed):
        posture = expected.get(setting.id)
        result = Result.UNKNOWN if posture is None else posture.judge(setting.value, overall)
        yield Stated(setting=setting, posture=posture, result=result, assumed=setting in assumed)


def shown(value: Value) -> str:
    """A value as people and files read it."""
    match value:
        case bool():
            return "true" if value else "false"
        case Unknown():
            return "unknown"
        case None:
            return ""
        case _:
            return str(value)


def product_of(setting: str) -> str:
    """What the id of a setting begins with: the vendor's resource."""
    return setting.partition(".")[0]


@cache
def postures() -> tuple[Posture, ...]:
    """What is expected, in the order of the file."""
    source = files("agent.classify").joinpath("postures.toml").read_text(encoding="utf-8")
    return tuple(map(_posture, tomllib.loads(source)["posture"]))


@cache
def posture_rules() -> frozenset[str]:
    """The ids under which settings are judged."""
    return frozenset(posture.rule for posture in postures())


def _posture(table: Mapping[str, Any]) -> Posture:
    return Posture(
        rule=table["rule"],
        setting=table["setting"],
        severity=Severity[table["severity"].upper()],
        references=tuple(table["references"]),
        values=tuple(table.get("is", ())),
        at_most=table.get("at_most"),
        unless={id_: tuple(values) for id_, values in table.get("unless", {}).items()},
        default=table.get("default"),
    )


def _among(value: Value, values: tuple[Value, ...]) -> bool:
    """Whether it is one of them as files show it; letters count the same in either case."""
    return shown(value).casefold() in {shown(v).casefold() for v in values}


def _number(value: Value) -> int | None:
    if isinstance(value, bool) or value is None or isinstance(value, Unknown):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _told_of(setting: str, known: Mapping[str, Value]) -> bool:
    """Whether the service told of its settings at all, and left this one out."""
    return product_of(setting) in map(product_of, known)
