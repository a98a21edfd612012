"""Compare sharing settings with the baseline of `postures.toml`."""

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
    """The result of a comparison. A setting that could not be read is unknown, never passed."""

    PASS = "pass"  # noqa: S105 -- a word of the files
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedSetting:
    """What is expected of one setting.

    Attributes:
        rule: The id of the rule that lists it; several settings may share one.
        setting: The id of the setting.
        severity: The severity of another value.
        references: Ids of baselines.
        values: The expected values; empty if `at_most` is set.
        at_most: The highest expected number. 0 and less mean "never" or "off" and fail.
        unless: Setting -> values of the same tenant under which this one does not apply.
        default: The value in effect if the service omits an unchanged setting; None: it omits none.
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
        """Return the expectation as text: `false`, `1 - 30`, `allowList | blockList`."""
        if self.at_most is not None:
            return f"1 - {self.at_most}"
        return " | ".join(format_value(value) for value in self.values)

    def compare(self, value: Value, others: Mapping[str, Value]) -> Result:
        """Return the result for a value.

        Args:
            others: The other settings of the tenant by id.
        """
        if any(_is_one_of(others.get(id_), values) for id_, values in self.unless.items()):
            return Result.NOT_APPLICABLE
        if isinstance(value, Unknown):
            return Result.UNKNOWN
        if self.at_most is None:
            return Result.PASS if _is_one_of(value, self.values) else Result.FAIL
        number = _number(value)
        if number is None:
            return Result.UNKNOWN
        return Result.PASS if 0 < number <= self.at_most else Result.FAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedSetting:
    """A setting with the result of its comparison.

    Attributes:
        expectation: What is expected; None if nothing is.
        assumed: True if the service omitted the setting, so that its default was compared.
    """

    setting: Setting
    expectation: ExpectedSetting | None
    result: Result
    assumed: bool = False


def evaluate_settings(settings: list[Setting]) -> Iterator[EvaluatedSetting]:
    """Yield every setting of a tenant with its result, then omitted ones with their defaults."""
    overall = {s.id: s.value for s in sorted(settings, key=lambda s: s.subject, reverse=True)}
    assumed = [
        Setting(id=p.setting, value=p.default)
        for p in expected_settings()
        if p.default is not None and p.setting not in overall and _was_omitted(p.setting, overall)
    ]
    overall |= {s.id: s.value for s in assumed}
    expected = {posture.setting: posture for posture in expected_settings()}
    for setting in (*settings, *assumed):
        expectation = expected.get(setting.id)
        result = (
            Result.UNKNOWN if expectation is None else expectation.compare(setting.value, overall)
        )
        yield EvaluatedSetting(
            setting=setting, expectation=expectation, result=result, assumed=setting in assumed
        )


def format_value(value: Value) -> str:
    """Return a value as text for reports and files."""
    match value:
        case bool():
            return "true" if value else "false"
        case Unknown():
            return "unknown"
        case None:
            return ""
        case _:
            return str(value)


def resource_of(setting: str) -> str:
    """Return the part of a setting's id in front of the first dot: the resource of the service."""
    return setting.partition(".")[0]


@cache
def expected_settings() -> tuple[ExpectedSetting, ...]:
    """Return all expectations in the order of `postures.toml`."""
    source = files("agent.classify").joinpath("postures.toml").read_text(encoding="utf-8")
    return tuple(map(_expected_setting, tomllib.loads(source)["posture"]))


@cache
def expected_setting_rules() -> frozenset[str]:
    """Return the ids of the rules of settings."""
    return frozenset(expectation.rule for expectation in expected_settings())


def _expected_setting(table: Mapping[str, Any]) -> ExpectedSetting:
    return ExpectedSetting(
        rule=table["rule"],
        setting=table["setting"],
        severity=Severity[table["severity"].upper()],
        references=tuple(table["references"]),
        values=tuple(table.get("is", ())),
        at_most=table.get("at_most"),
        unless={id_: tuple(values) for id_, values in table.get("unless", {}).items()},
        default=table.get("default"),
    )


def _is_one_of(value: Value, values: tuple[Value, ...]) -> bool:
    """Return True if the text of a value equals that of one of the values, regardless of case."""
    return format_value(value).casefold() in {format_value(v).casefold() for v in values}


def _number(value: Value) -> int | None:
    if isinstance(value, bool) or value is None or isinstance(value, Unknown):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _was_omitted(setting: str, known: Mapping[str, Value]) -> bool:
    """Return True if the service reported settings of the same resource, but not this one."""
    return resource_of(setting) in map(resource_of, known)
