"""Fit the points of the exposure score: `python -m tools.fit_scorecard --models FOLDER`.

The folder holds four models of names, each trained without one of the companies of
`tests/evaluation/corpus`:
`python -m tools.train_name_model --without a --out FOLDER/without-a.txt`.
Writes `agent/classify/scorecard.toml`. With `--leave-one-out FOLDER` it also judges each company
with the model that never saw it and with points that were fitted to the three others, and writes a
line for each exposure and for each name.

The fit is an ordinal logistic regression that leans towards `tools/scorecard_prior.toml`, points
set by hand, and keeps the laws of the exposure model: a wider audience, more access, a higher
level, more age and more reach never lower a score. Needs `pip install --group training`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize

from agent.classify.evaluator import Evaluator
from agent.classify.model import QUARTERS
from agent.classify.name_model import parse_name_model
from agent.classify.policy import Policy
from agent.classify.score_inputs import score_inputs
from agent.classify.scoring import NARROWER, ScoreInputs, flatten, score_terms
from connectors.sdk.records import Access, Audience, Item
from tests.evaluation.corpus import (
    ACTS,
    COMPANIES,
    CORPUS,
    TODAY,
    LabelledExposure,
    read_exposures,
    read_names,
    read_policy,
)

SCORECARD: Final = Path("agent/classify/scorecard.toml")
PRIOR: Final = Path(__file__).with_name("scorecard_prior.toml")
UNIT: Final = 12
"""Points of a step of 1 in the logarithm of odds: act and shut lie some 1.6 apart, 20 points."""
HIGH: Final = 65
"""The score at which acting this week is as likely as not."""
LEAN: Final = 6.0
"""How strongly the fit leans towards the prior."""
LAW: Final = 200.0
"""The price of a broken law, squared; what rounding leaves is mended afterwards."""
GRADES: Final = (1.0, 2.0, 1.5)
"""How much it counts that an act is told from those below: review, fix_soon, shut_now."""

_NEVER_BELOW_0: Final = (
    "change.", "reach.", "age.", "people.", "dormant", "contradicts", "owner_gone",
    "contract_ended", "parties", "idle.",
)  # fmt: skip
_NEVER_ABOVE_0: Final = ("control.", "unread", "own_account")
_BY_GROUP: Final = ("change", "idle", "owner_gone")
_GROUPS: Final = (("inside", "outside"), ("outside", "open"))
_EXPIRIES: Final = ("7", "30", "90", "later")
_LEVELS: Final = ("public", "none", "s1", "s2", "s3")
_ACCESSES: Final = [a for a in Access if a not in (Access.CREATE, Access.UNKNOWN)]


@dataclass(frozen=True)
class Sample:
    """The exposures with the inputs of their scores."""

    exposures: Sequence[LabelledExposure]
    inputs: Sequence[ScoreInputs]

    def of(self, companies: Sequence[str]) -> Sample:
        """Return the exposures of some companies."""
        kept = [i for i, e in enumerate(self.exposures) if e.company in companies]
        return Sample([self.exposures[i] for i in kept], [self.inputs[i] for i in kept])


def read_sample(models: Path) -> Sample:
    """Return all exposures; the names of a company are read by the model that never saw them."""
    exposures: list[LabelledExposure] = []
    inputs: list[ScoreInputs] = []
    for company in COMPANIES:
        evaluator = Evaluator(policy_with_model(company, models), TODAY)
        for each in read_exposures(CORPUS / company):
            exposures.append(each)
            inputs.append(score_inputs(evaluator.context_of(each.exposure)))
    return Sample(exposures, inputs)


def policy_with_model(company: str, models: Path) -> Policy:
    """Return the policy of a company with the model of names that never saw it."""
    model = parse_name_model((models / f"without-{company}.txt").read_text(encoding="utf-8"))
    policy = read_policy(CORPUS / company)
    return replace(policy, names=replace(policy.names, model=model, cached={}))


def fit(sample: Sample, prior: Mapping[str, float]) -> dict[str, int]:
    """Return the points that tell best what both labellers would do."""
    names = list(prior)
    units = _units(sample, names)
    acts = np.array([[ACTS.index(act) for act in e.acts] for e in sample.exposures])
    start = np.array([prior[name] for name in names])
    laws = _laws(names)
    size = len(names)

    def loss(values: Any) -> tuple[float, Any]:
        weights, middle = values[:size], values[size]
        cuts = (middle - np.exp(values[size + 1]), middle, middle + np.exp(values[size + 2]))
        scores, total = units @ weights, 0.0
        slope, cut_slopes = np.zeros(len(units)), np.zeros(3)
        for grade, (cut, count) in enumerate(zip(cuts, GRADES, strict=True)):
            for labeller in range(acts.shape[1]):
                side = np.where(acts[:, labeller] > grade, 1.0, -1.0)
                margin = side * (scores - cut)
                total += count * float(np.logaddexp(0, -margin).sum()) / 2
                pull = -(count * side / (1 + np.exp(margin))) / 2
                slope += pull
                cut_slopes[grade] -= pull.sum()
        gradient = units.T @ slope + LEAN * (weights - start)
        total += LEAN * float(((weights - start) ** 2).sum()) / 2
        broken = np.maximum(0, -laws @ weights)
        total += LAW * float((broken**2).sum())
        gradient -= 2 * LAW * (laws.T @ broken)
        outer = (
            cut_slopes.sum(),
            -cut_slopes[0] * np.exp(values[size + 1]),
            cut_slopes[2] * np.exp(values[size + 2]),
        )
        return total, np.append(gradient, outer)

    least = [0.0 if name.startswith(_NEVER_BELOW_0) else -np.inf for name in names]
    most = [0.0 if name.startswith(_NEVER_ABOVE_0) else np.inf for name in names]
    bounds = [*zip(least, most, strict=True), (-9, 9), (-2, 2), (-2, 2)]
    begin = np.append(np.clip(start, least, most), (0.0, np.log(1.5), np.log(2.0)))
    found = minimize(
        loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1_000}
    ).x
    weights, middle = found[:size], float(found[size])
    return _as_points(dict(zip(names, weights, strict=True)), middle)


def _as_points(weights: Mapping[str, float], middle: float) -> dict[str, int]:
    """Return whole points; those of the audiences put the border to acting at HIGH."""
    points = {name: round(UNIT * float(weight)) for name, weight in weights.items()}
    view = points["access.view"]  # viewing is the usual: it needs no line of its own
    for access in Access:
        if (name := f"access.{access.value}") in points:
            points[name] -= view
    for audience in Audience:
        points[f"audience.{audience.value}"] += HIGH - round(UNIT * middle) + view
    return _lawful(points)


def _lawful(points: dict[str, int]) -> dict[str, int]:
    """Return the points with what rounding broke of the laws mended, by raising the wider side."""
    by_level = [
        ((narrow, level), (wide, level)) for narrow, wide in NARROWER for level in _LEVELS
    ] + [
        ((audience, low), (audience, high))
        for audience in Audience
        for low, high in pairwise(_LEVELS)
    ]
    for _ in Audience:
        for less, more in by_level:
            missing = _cell(points, *less) - _cell(points, *more)
            audience, level = more
            own = f"sensitivity.{level}.{audience.value}"
            points[own if own in points else f"audience.{audience.value}"] += max(0, missing)
    pairs = [(f"access.{a.value}", f"access.{b.value}") for a, b in pairwise(_ACCESSES)]
    pairs += [(f"{kind}.{a}", f"{kind}.{b}") for kind in _BY_GROUP for a, b in _GROUPS]
    pairs += [(f"control.expiry.{a}", f"control.expiry.{b}") for a, b in pairwise(_EXPIRIES)]
    for less_name, more_name in pairs:
        points[more_name] = max(points[more_name], points[less_name])
    return points


def _cell(points: Mapping[str, int], audience: Audience, level: str) -> int:
    """Return the points of an audience and a level together."""
    names = (
        f"audience.{audience.value}",
        f"sensitivity.{level}",
        f"sensitivity.{level}.{audience.value}",
    )
    return sum(points.get(name, 0) for name in names)


def _units(sample: Sample, names: Sequence[str]) -> Any:
    columns = {name: i for i, name in enumerate(names)}
    units = np.zeros((len(sample.inputs), len(names)))
    for row, inputs in enumerate(sample.inputs):
        for term in score_terms(inputs):
            if term.name in columns:
                units[row, columns[term.name]] += term.quarters / QUARTERS
    return units


def _laws(names: Sequence[str]) -> Any:
    """Return a row for each pair of points that must not fall: its product must not be negative."""
    columns = {name: i for i, name in enumerate(names)}

    def row(*signed: tuple[int, str]) -> Any:
        law = np.zeros(len(names))
        for sign, name in signed:
            if name in columns:
                law[columns[name]] += sign
        return law

    def cell(sign: int, audience: Audience, level: str) -> Iterator[tuple[int, str]]:
        yield sign, f"audience.{audience.value}"
        yield sign, f"sensitivity.{level}"
        yield sign, f"sensitivity.{level}.{audience.value}"

    laws = [
        row(*cell(1, wide, level), *cell(-1, narrow, level))
        for narrow, wide in NARROWER
        for level in _LEVELS
    ]
    laws += [
        row(*cell(1, audience, high), *cell(-1, audience, low))
        for audience in Audience
        for low, high in pairwise(_LEVELS)
    ]
    laws += [
        row((1, f"access.{more.value}"), (-1, f"access.{less.value}"))
        for less, more in pairwise(_ACCESSES)
    ]
    laws += [
        row((1, f"{kind}.{more}"), (-1, f"{kind}.{less}"))
        for kind in _BY_GROUP
        for less, more in _GROUPS
    ]
    laws += [
        row((1, f"control.expiry.{more}"), (-1, f"control.expiry.{less}"))
        for less, more in pairwise(_EXPIRIES)
    ]
    return np.array(laws)


def judge(sample: Sample, points: Mapping[str, int], models: Path) -> Iterator[dict[str, Any]]:
    """Yield the judgement of each exposure with these points."""
    by_company: dict[str, list[LabelledExposure]] = {}
    for each in sample.exposures:
        by_company.setdefault(each.company, []).append(each)
    for company, exposures in by_company.items():
        evaluator = Evaluator(replace(policy_with_model(company, models), scale=points), TODAY)
        for each in exposures:
            said = evaluator.evaluate_exposure(each.exposure)
            yield {
                "company": company,
                "id": each.id,
                "severity": said.severity.word,
                "score": said.score,
                "rules": [match.rule for match in said.matches],
                "sensitivity": said.sensitivity.level.word,
                "topic": said.sensitivity.topic,
            }


def read_left_out_names(models: Path) -> Iterator[dict[str, Any]]:
    """Yield what the model that never saw a company reads in each of its names."""
    for company in COMPANIES:
        names = policy_with_model(company, models).names
        for each in read_names(CORPUS / company):
            item = Item(id=each.id, kind=each.kind, name=each.name)
            said = names.read(item, f"{each.path}/{each.name}")
            yield {
                "company": company,
                "id": each.id,
                "level": said.level.word,
                "topic": said.topic,
            }


def _write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def text_of(points: Mapping[str, int]) -> str:
    """Return the file of a scorecard, a table for each kind of point."""
    lines = [
        "# The points of the exposure score. Made by `python -m tools.fit_scorecard`; what they",
        "# mean is in agent/classify/scoring.py and docs/policy.md.",
    ]
    kind = ""
    for name in sorted(points, key=lambda name: (name.count(".") > 0, name)):
        table, _, key = name.partition(".")
        if not key:
            lines.append(f"{name} = {points[name]}")
            continue
        if table != kind:
            lines += ["", f"[{table}]"]
            kind = table
        lines.append(f'"{key}" = {points[name]}')
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fit to all companies, and to each three of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--leave-one-out", type=Path)
    options = parser.parse_args()
    prior = flatten(tomllib.loads(PRIOR.read_text(encoding="utf-8")))
    fixed = {name: int(value) for name, value in prior.items() if name.startswith("floor.")}
    free = {name: float(value) for name, value in prior.items() if name not in fixed}
    sample = read_sample(options.models)
    if options.leave_one_out:
        folder: Path = options.leave_one_out
        exposures: list[dict[str, Any]] = []
        for company in COMPANIES:
            others = sample.of([c for c in COMPANIES if c != company])
            points = fit(others, free) | fixed
            exposures += judge(sample.of([company]), points, options.models)
        _write_lines(folder / "leave_one_out.jsonl", exposures)
        _write_lines(folder / "leave_one_out_names.jsonl", read_left_out_names(options.models))
    SCORECARD.write_text(text_of(fit(sample, free) | fixed), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{SCORECARD} is written\n")


if __name__ == "__main__":
    main()
