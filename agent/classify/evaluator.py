"""Evaluate one subject: facts and policy in, severity and matching rules out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from agent.classify.memo_key import CACHE_SIZE, EvaluationKey, EvaluationKeys
from agent.classify.model import (
    Confidence,
    Evaluation,
    Exposure,
    Match,
    RulePhase,
    Sensitivity,
    Severity,
    Subject,
)
from agent.classify.policy import Policy
from agent.classify.rule_input import (
    Change,
    ExposureContext,
    PrincipalContext,
    ScoredExposure,
)
from agent.classify.rules.registry import Evidence, Rule, all_rules
from agent.classify.score_inputs import score_inputs
from agent.classify.scoring import (
    exposure_age,
    is_dormant,
    score_points,
    severity_for_score,
    total_score,
)
from agent.classify.sensitivity import DECLARED, with_doubt
from agent.classify.settings_baseline import EvaluatedSetting, Result, format_value
from agent.classify.waivers import InvalidWaiver
from agent.classify.what_if import required_unknowns, what_if_principal_variants, what_if_variants
from connectors.sdk.records import (
    UNKNOWN,
    Audience,
    Coverage,
    GrantCause,
    Item,
    Principal,
    Status,
    factory_of,
)

CACHE_LIMIT: Final = 8_192  # results in the cache

_UNSURE: Final = frozenset({Audience.UNKNOWN, Audience.EXT_UNRESOLVED})

V = TypeVar("V")

_make_match, _make_context = factory_of(Match), factory_of(ExposureContext)
_make_evaluation = factory_of(Evaluation)


@dataclass(frozen=True, slots=True)
class _RuleMatch:
    """A match with the floor that it asks for; `overridden` if the configuration sets the floor."""

    rule: Rule[Any]
    evidence: Evidence
    floor: Severity | None
    overridden: bool

    @property
    def order(self) -> tuple[int, str]:
        """Return the sort key: the highest floor first, then by id."""
        return (-2 if self.floor is None else self.floor) * -1, self.rule.id


@dataclass(frozen=True, slots=True)
class _Result:
    """The part of a result that is the same for all subjects with the same cache key."""

    severity: Severity
    rule_matches: tuple[_RuleMatch, ...]
    points: dict[str, int]
    score: int | None

    @property
    def comparison_key(self) -> tuple[Severity, tuple[str, ...]]:
        """Return what a variant must change for its unknown fact to be listed."""
        return self.severity, tuple(o.rule.id for o in self.rule_matches)

    @property
    def matches(self) -> tuple[Match, ...]:
        """Return the matches of the subject that was evaluated."""
        return tuple(Match(rule=o.rule.id, evidence=o.evidence) for o in self.rule_matches)

    def matches_of(self, seen: ExposureContext) -> tuple[Match, ...]:
        """Return the matches of another exposure with the same cache key, with its own evidence."""
        matches: list[Match] = []
        for objection in self.rule_matches:
            rule, about = objection.rule, seen
            if rule.subject is RulePhase.VERDICT:
                about = ScoredExposure(context=seen, severity=self.severity)
            evidence = rule.check(about)
            assert evidence is not None, f"{rule.id} looks at something that is in no shape"
            matches.append(_make_match(rule=rule.id, evidence=evidence))
        return tuple(matches)


@dataclass(frozen=True, slots=True)
class _CachedResult:
    """A cached result with the names of its unknown facts."""

    result: _Result
    unknowns: tuple[str, ...]


class Evaluator:
    """Evaluates subjects under one policy and at one moment."""

    def __init__(self, policy: Policy, now: datetime) -> None:
        self._policy = policy
        self._now = now
        self._audience_of = lru_cache(CACHE_SIZE)(policy.audience_of)
        self._keys = EvaluationKeys(policy, now)
        self._cache: dict[EvaluationKey, _CachedResult] = {}
        known: list[Rule[Any]] = [*all_rules().values(), *policy.custom]
        rules = [rule for rule in known if self._enabled(rule)]
        self._rules_by_audience: dict[Audience, tuple[Rule[ExposureContext], ...]] = {
            audience: tuple(rule for rule in rules if audience in rule.audiences)
            for audience in Audience
        }
        self._rules_by_subject: dict[Subject | RulePhase, tuple[Rule[Any], ...]] = {
            on: tuple(rule for rule in rules if rule.subject is on) for on in (*Subject, *RulePhase)
        }

    def evaluate_exposure(self, exposure: Exposure) -> Evaluation:
        """Evaluate one exposure."""
        (evaluation,) = self.evaluate_exposures([exposure])
        return evaluation

    def evaluate_exposures(self, exposures: Sequence[Exposure]) -> list[Evaluation]:
        """Evaluate exposures; return the results in the same order."""
        views = [self.context_of(exposure) for exposure in exposures]
        answers = [self._cached_result(seen) for seen in views]
        return [_evaluation(seen, known) for seen, known in zip(views, answers, strict=True)]

    def context_of(self, exposure: Exposure) -> ExposureContext:
        """Return an exposure with what the policy and its name say about it."""
        return self._context(
            exposure,
            self._audience_of(exposure.audience, exposure.principal_domains),
            self._sensitivity(exposure),
        )

    def _cached_result(self, seen: ExposureContext) -> _CachedResult:
        """Return the result for all exposures that are equal for the rules.

        An account of an internal domain is no exposure: no rule is evaluated.
        """
        if seen.audience is Audience.NAMED_INTERNAL and not seen.exposure.has_no_effect_today:
            return _INTERNAL
        if self._policy.custom:  # the cache key does not contain what custom rules read
            return self._evaluate(seen)
        shape = self._keys.key_for(seen)
        known = self._cache.get(shape)
        if known is None:
            if len(self._cache) >= CACHE_LIMIT:
                self._cache.clear()
            known = self._cache[shape] = self._evaluate(seen)
        return known

    def _evaluate(self, seen: ExposureContext) -> _CachedResult:
        """Return the result with the names of unknown facts that could change it."""
        verdict = self._result(seen)
        names = dict.fromkeys(required_unknowns(seen.exposure))
        for name, guess in what_if_variants(seen.exposure, self._now):
            if name not in names:
                guessed = self._context(guess, seen.audience, seen.sensitivity)
                if self._result(guessed).comparison_key != verdict.comparison_key:
                    names[name] = None
        for said in self._possible_labels(seen.item):
            guessed = self._context(seen.exposure, seen.audience, said)
            if self._result(guessed).comparison_key != verdict.comparison_key:
                names["label"] = None
        return _CachedResult(verdict, tuple(names))

    def _possible_labels(self, item: Item) -> Iterator[Sensitivity]:
        """Yield the sensitivity of every configured label if those of the file are unknown."""
        if item.labels is UNKNOWN and item.kind == "file":
            yield from filter(
                None, map(self._policy.sensitivity_of_label, self._policy.table.labels)
            )

    def evaluate_principal(
        self, principal: Principal, *, containers: int = 0, guests: int = 0
    ) -> Evaluation:
        """Evaluate an account or group by its rules alone; it has no score.

        Args:
            containers: The number of containers that it reaches.
            guests: For a group, the number of its external members.
        """
        seen = PrincipalContext(
            principal=principal,
            policy=self._policy,
            now=self._now,
            containers=containers,
            guests=guests,
        )
        rules = self._rules_by_subject[Subject.PRINCIPAL]
        verdict = self._result_from_floors(rules, seen)
        unknowns = (
            name
            for name, guess in what_if_principal_variants(seen)
            if self._result_from_floors(rules, guess).comparison_key != verdict.comparison_key
        )
        return Evaluation(
            severity=verdict.severity,
            matches=verdict.matches,
            unknowns=tuple(dict.fromkeys(unknowns)),
        )

    def evaluate_scope(self, coverage: Coverage) -> Evaluation:
        """Evaluate how a scope was read. What was not read has severity UNKNOWN."""
        complete = coverage.status is Status.COMPLETE
        verdict = self._result_from_floors(
            self._rules_by_subject[Subject.SCOPE],
            coverage,
            Severity.INFO if complete else Severity.UNKNOWN,
        )
        return Evaluation(severity=verdict.severity, matches=verdict.matches)

    def evaluate_setting(self, seen: EvaluatedSetting) -> Evaluation:
        """Evaluate a setting; one that fails matches its rule unless that is disabled."""
        expectation = seen.expectation
        if expectation is None or seen.result is not Result.FAIL:
            return Evaluation(severity=Severity.INFO)
        override = self._policy.override(expectation.rule)
        if override is not None and not override.enabled:
            return Evaluation(severity=Severity.INFO)
        floor = override.floor if override is not None else None
        evidence = {
            "setting": seen.setting.id,
            "subject": seen.setting.subject,
            "value": format_value(seen.setting.value),
            "expected": expectation.expected,
        }
        if seen.assumed or seen.setting.subject:
            evidence["variant"] = "default" if seen.assumed else "subject"
        return Evaluation(
            severity=expectation.severity if floor is None else floor,
            matches=(Match(rule=expectation.rule, evidence=evidence),),
            unknowns=("setting",) if seen.assumed else (),
        )

    def evaluate_invalid_waiver(self, seen: InvalidWaiver) -> tuple[Match, ...]:
        """Return the matches of an invalid waiver."""
        return self._result_from_floors(self._rules_by_subject[RulePhase.WAIVER], seen).matches

    def evaluate_change(self, seen: Change) -> tuple[Match, ...]:
        """Return the matches of a finding that was opened or widened since the last run."""
        return self._result_from_floors(self._rules_by_subject[RulePhase.CHANGE], seen).matches

    def _enabled(self, rule: Rule[Any]) -> bool:
        override = self._policy.override(rule.id)
        return override is None or override.enabled

    def _sensitivity(self, exposure: Exposure) -> Sensitivity:
        read = self._policy.names.read(exposure.item, exposure.path)
        labelled = self._policy.sensitivity_from_labels(exposure.item)
        if labelled is not None:
            return with_doubt(labelled, read)
        if self._policy.declared_public(exposure.connector, exposure.path):
            return with_doubt(DECLARED, read)
        return read

    def _context(
        self, exposure: Exposure, audience: Audience, sensitivity: Sensitivity
    ) -> ExposureContext:
        return _make_context(
            exposure=exposure,
            item=exposure.item,
            grant=exposure.grant,
            audience=audience,
            sensitivity=sensitivity,
            age=exposure_age(exposure, self._now),
            dormant=is_dormant(exposure.item, self._now),
            policy=self._policy,
            now=self._now,
        )

    def _result(self, seen: ExposureContext) -> _Result:
        latent = seen.exposure.has_no_effect_today
        rules = self._rules_by_audience[seen.audience]
        if latent:
            rules = [rule for rule in rules if rule.latent]
        objections = self._rule_matches(rules, seen, closed=not seen.grant.live)
        if latent:
            return _Result(_severity(objections, Severity.INFO), objections, {}, None)
        points = score_points(score_inputs(seen), self._policy.scale)
        score = total_score(points)
        severity = _severity(objections, severity_for_score(score))
        governed = self._rule_matches(
            self._rules_by_subject[RulePhase.VERDICT],
            ScoredExposure(context=seen, severity=severity),
        )
        return _Result(severity, (*objections, *governed), points, score)

    def _result_from_floors(
        self, rules: Iterable[Rule[V]], seen: V, least: Severity = Severity.INFO
    ) -> _Result:
        objections = self._rule_matches(rules, seen)
        return _Result(_severity(objections, least), objections, {}, None)

    def _rule_matches(
        self, rules: Iterable[Rule[V]], seen: V, *, closed: bool = False
    ) -> tuple[_RuleMatch, ...]:
        found: list[_RuleMatch] = []
        for rule in rules:
            evidence = rule.check(seen)
            if evidence is None:
                continue
            override = self._policy.override(rule.id)
            if override is not None and override.floor is not None:
                found.append(_RuleMatch(rule, evidence, override.floor, overridden=True))
                continue
            floor = rule.floor_for(seen)
            if closed and floor is not None:
                floor = Severity(max(Severity.INFO, floor - 1))
            found.append(_RuleMatch(rule, evidence, floor, overridden=False))
        return tuple(sorted(found, key=lambda objection: objection.order))


_INTERNAL: Final = _CachedResult(_Result(Severity.INFO, (), {}, 0), ())


def _evaluation(seen: ExposureContext, known: _CachedResult) -> Evaluation:
    verdict, sensitivity = known.result, seen.sensitivity
    unsure = seen.audience in _UNSURE or seen.grant.cause is GrantCause.CODE
    return _make_evaluation(
        severity=verdict.severity,
        score=verdict.score,
        confidence=Confidence.LOW if unsure else sensitivity.confidence,
        audience=seen.audience,
        sensitivity=sensitivity,
        points=verdict.points,
        matches=verdict.matches_of(seen),
        unknowns=known.unknowns,
    )


def _severity(objections: tuple[_RuleMatch, ...], band: Severity) -> Severity:
    """Return the higher of band and floors; the floors alone if the configuration set them all."""
    floors = [o.floor for o in objections if o.floor is not None]
    if objections and all(o.overridden for o in objections):
        return max(floors)
    return max((band, *floors))
