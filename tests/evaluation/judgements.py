"""What the program says of the exposures and names of the corpus, or said in a file.

`leave_one_out.jsonl` and `leave_one_out_names.jsonl` hold what was said of each company by what
never saw it; `tools/fit_scorecard.py` and `tools/train_name_model.py` write them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.classify.evaluator import Evaluator
from agent.classify.model import Evaluation, SensitivityLevel, Severity
from agent.classify.name_model import load_name_model
from agent.classify.policy import Policy
from agent.classify.rules.registry import all_rules
from connectors.sdk.records import Audience, Item
from tests.evaluation.corpus import (
    COMPANIES,
    CORPUS,
    TODAY,
    LabelledExposure,
    LabelledName,
    read_exposures,
    read_names,
    read_policy,
)
from tests.evaluation.folders import BrokenFolder, check_exposures, check_names, json_lines

LEAVE_ONE_OUT: Final = Path(__file__).with_name("leave_one_out.jsonl")
LEAVE_ONE_OUT_NAMES: Final = Path(__file__).with_name("leave_one_out_names.jsonl")

_SEVERITIES: Final = {s.word: s for s in Severity if s is not Severity.UNKNOWN}
_LEVELS: Final = {level.word: level for level in SensitivityLevel}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a labelled exposure; `audience` is the one after the policy."""

    of: LabelledExposure
    audience: Audience
    severity: Severity
    score: int | None
    rules: tuple[str, ...]
    sensitivity: SensitivityLevel
    topic: str

    @property
    def company(self) -> str:
        """Return the organization, by the name of its folder."""
        return self.of.company

    @property
    def flagged(self) -> bool:
        """Return True if it is judged high or critical: to act on this week."""
        return self.severity >= Severity.HIGH

    @property
    def urgent(self) -> bool:
        """Return True if it is judged critical: to close today."""
        return self.severity is Severity.CRITICAL

    @property
    def rank(self) -> float:
        """Return the score; one below all others where there is none."""
        return -1 if self.score is None else self.score


@dataclass(frozen=True, slots=True)
class NameJudgement:
    """What is said of a labelled name."""

    of: LabelledName
    level: SensitivityLevel
    topic: str

    @property
    def company(self) -> str:
        """Return the organization, by the name of its folder."""
        return self.of.company


def judge_exposures(folder: Path) -> Iterator[Judgement]:
    """Yield what the program says of each exposure of a folder, in the order of the file.

    Raises:
        BrokenFolder: A file is missing, or a line is broken.
    """
    check_exposures(folder)
    policy = read_policy(folder)
    evaluator = Evaluator(policy, TODAY)
    for each in read_exposures(folder):
        yield _judgement(each, policy, evaluator.evaluate_exposure(each.exposure))


def judge_names(folder: Path) -> Iterator[NameJudgement]:
    """Yield what the program reads in each name of a folder, in the order of the file.

    Raises:
        BrokenFolder: A file is missing, or a line is broken.
    """
    check_names(folder)
    names = read_policy(folder).names
    for each in read_names(folder):
        item = Item(id=each.id, kind=each.kind, name=each.name)
        said = names.read(item, f"{each.path}/{each.name}")
        yield NameJudgement(each, said.level, said.topic)


def read_leave_one_out(
    file: Path = LEAVE_ONE_OUT,
    corpus: Path = CORPUS,
    companies: Sequence[str] = COMPANIES,
) -> list[Judgement]:
    """Return what was said of each exposure of the corpus, in its order.

    Raises:
        BrokenFolder: A file is missing, a line is broken, or an exposure has no line or two.
    """
    exposures: list[LabelledExposure] = []
    policies: dict[str, Policy] = {}
    for company in companies:
        check_exposures(corpus / company)
        policies[company] = read_policy(corpus / company)
        exposures += read_exposures(corpus / company)
    said = _by_subject(file, ((e.company, e.id) for e in exposures), _exposure_fault)
    return [
        Judgement(
            of=each,
            audience=_audience(each, policies[each.company]),
            severity=_SEVERITIES[line["severity"]],
            score=line["score"],
            rules=tuple(line["rules"]),
            sensitivity=_LEVELS[line["sensitivity"]],
            topic=line["topic"],
        )
        for each, line in zip(exposures, said, strict=True)
    ]


def read_leave_one_out_names(
    file: Path = LEAVE_ONE_OUT_NAMES,
    corpus: Path = CORPUS,
    companies: Sequence[str] = COMPANIES,
) -> list[NameJudgement]:
    """Return what was said of each name of the corpus, in its order.

    Raises:
        BrokenFolder: A file is missing, a line is broken, or a name has no line or two.
    """
    names: list[LabelledName] = []
    for company in companies:
        check_names(corpus / company)
        names += read_names(corpus / company)
    said = _by_subject(file, ((name.company, name.id) for name in names), _name_fault)
    return [
        NameJudgement(name, _LEVELS[line["level"]], line["topic"])
        for name, line in zip(names, said, strict=True)
    ]


def as_json(said: Judgement) -> str:
    """Return the line of a judgement for other programs."""
    return json.dumps(
        {
            "id": said.of.id,
            "severity": said.severity.word,
            "score": said.score,
            "rules": list(said.rules),
            "sensitivity": said.sensitivity.word,
            "topic": said.topic,
        },
        ensure_ascii=False,
    )


def _judgement(each: LabelledExposure, policy: Policy, said: Evaluation) -> Judgement:
    return Judgement(
        of=each,
        audience=_audience(each, policy),
        severity=said.severity,
        score=said.score,
        rules=tuple(match.rule for match in said.matches),
        sensitivity=said.sensitivity.level,
        topic=said.sensitivity.topic,
    )


def _audience(each: LabelledExposure, policy: Policy) -> Audience:
    return policy.audience_of(each.exposure.audience, each.exposure.principal_domains)


def _by_subject(
    file: Path,
    subjects: Iterable[tuple[str, str]],
    fault: Callable[[Mapping[str, Any]], str],
) -> list[Mapping[str, Any]]:
    """Return the line of each subject, and raise unless it has one."""
    lines: dict[tuple[str, str], Mapping[str, Any]] = {}
    for number, line in json_lines(file):
        if wrong := fault(line):
            raise BrokenFolder(file, wrong, number)
        key = line["company"], line["id"]
        if key in lines:
            raise BrokenFolder(file, f"{' '.join(key)} has a line already", number)
        lines[key] = line
    wanted = list(subjects)
    if strange := lines.keys() - {*wanted}:
        raise BrokenFolder(file, f"{' '.join(min(strange))} is not in the corpus")
    if missing := [key for key in wanted if key not in lines]:
        raise BrokenFolder(file, f"{' '.join(missing[0])} has no line")
    return [lines[key] for key in wanted]


def _exposure_fault(line: Mapping[str, Any]) -> str:
    """Return what is wrong with a line, or nothing."""
    score, rules = line.get("score", ""), line.get("rules")
    if not (score is None or (isinstance(score, int) and not isinstance(score, bool))):
        return "score is no whole number"
    if not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
        return "rules is no list of texts"
    if strange := sorted({*rules} - all_rules().keys()):
        return f"{strange[0]} is no rule"
    return (
        _fault_of_subject(line)
        or _fault_of_word(line, "severity", _SEVERITIES)
        or _fault_of_word(line, "sensitivity", _LEVELS)
    )


def _name_fault(line: Mapping[str, Any]) -> str:
    """Return what is wrong with a line, or nothing."""
    return _fault_of_subject(line) or _fault_of_word(line, "level", _LEVELS)


def _fault_of_subject(line: Mapping[str, Any]) -> str:
    for field in ("company", "id"):
        if not isinstance(line.get(field), str):
            return f"{field} is no text"
    return _fault_of_word(line, "topic", ("", *load_name_model().topics))


def _fault_of_word(line: Mapping[str, Any], field: str, words: Collection[str]) -> str:
    value = line.get(field)
    known = isinstance(value, str) and value in words
    return "" if known else f"{field} is none of {', '.join(filter(None, words))}"
