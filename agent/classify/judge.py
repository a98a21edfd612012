"""Evaluate one subject: facts and policy in, severity and matching rules out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from agent.classify.exposure import (
    Traits,
    age_of,
    band_of,
    days_left,
    is_dormant,
    points_of,
    score_of,
)
from agent.classify.model import (
    Confidence,
    Exposure,
    Judgement,
    Match,
    Sensitivity,
    Severity,
    Stage,
    Subject,
)
from agent.classify.names import DECLARED, sensitivity_of
from agent.classify.policy import Policy
from agent.classify.posture import Result, Stated, shown
from agent.classify.rules.registry import Evidence, Rule, catalogue
from agent.classify.shape import HELD, Shape, Shapes
from agent.classify.unknowns import always_unknown, guesses_at, guesses_at_principal
from agent.classify.view import Change, PrincipalView, Verdict, View
from agent.classify.waiving import Lapse
from connectors.sdk.records import (
    UNKNOWN,
    Audience,
    Cause,
    Coverage,
    Item,
    Principal,
    Status,
    factory_of,
)

SHAPES: Final = 8_192  # results in the cache

_UNSURE: Final = frozenset({Audience.UNKNOWN, Audience.EXT_UNRESOLVED})

V = TypeVar("V")

_make_match, _make_view = factory_of(Match), factory_of(View)
_make_judgement = factory_of(Judgement)


@dataclass(frozen=True, slots=True)
class _Objection:
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
class _Verdict:
    """The part of a result that is the same for all subjects with the same cache key."""

    severity: Severity
    objections: tuple[_Objection, ...]
    points: dict[str, int]
    score: int | None

    @property
    def gist(self) -> tuple[Severity, tuple[str, ...]]:
        """Return what a variant must change for its unknown fact to be listed."""
        return self.severity, tuple(o.rule.id for o in self.objections)

    @property
    def matches(self) -> tuple[Match, ...]:
        """Return the matches of the subject that was evaluated."""
        return tuple(Match(rule=o.rule.id, evidence=o.evidence) for o in self.objections)

    def matches_of(self, seen: View) -> tuple[Match, ...]:
        """Return the matches of another exposure with the same cache key, with its own evidence."""
        matches: list[Match] = []
        for objection in self.objections:
            rule, about = objection.rule, seen
            if rule.subject is Stage.VERDICT:
                about = Verdict(seen=seen, severity=self.severity)
            evidence = rule.check(about)
            assert evidence is not None, f"{rule.id} looks at something that is in no shape"
            matches.append(_make_match(rule=rule.id, evidence=evidence))
        return tuple(matches)


@dataclass(frozen=True, slots=True)
class _Known:
    """A cached result with the names of its unknown facts."""

    verdict: _Verdict
    unknowns: tuple[str, ...]


class Judge:
    """Evaluates subjects under one policy and at one moment."""

    def __init__(self, policy: Policy, now: datetime) -> None:
        self._policy = policy
        self._now = now
        self._audience_of = lru_cache(HELD)(policy.audience_of)
        self._shapes = Shapes(policy, now)
        self._remembered: dict[Shape, _Known] = {}
        known: list[Rule[Any]] = [*catalogue().values(), *policy.custom]
        rules = [rule for rule in known if self._enabled(rule)]
        self._for_audience: dict[Audience, tuple[Rule[View], ...]] = {
            audience: tuple(rule for rule in rules if audience in rule.audiences)
            for audience in Audience
        }
        self._about: dict[Subject | Stage, tuple[Rule[Any], ...]] = {
            on: tuple(rule for rule in rules if rule.subject is on) for on in (*Subject, *Stage)
        }

    def exposure(self, exposure: Exposure) -> Judgement:
        """Evaluate one exposure."""
        (judgement,) = self.exposures([exposure])
        return judgement

    def exposures(self, exposures: Sequence[Exposure]) -> list[Judgement]:
        """Evaluate exposures; return the results in the same order."""
        sensitivities = [self._sensitivity(exposure) for exposure in exposures]
        views = [
            self._seen(
                exposure,
                self._audience_of(exposure.audience, exposure.principal_domains),
                sensitivity,
            )
            for exposure, sensitivity in zip(exposures, sensitivities, strict=True)
        ]
        answers = [self._known(seen) for seen in views]
        return [_judgement(seen, known) for seen, known in zip(views, answers, strict=True)]

    def _known(self, seen: View) -> _Known:
        """Return the result for all exposures that are equal for the rules.

        An account of an internal domain is no exposure: no rule is evaluated.
        """
        if seen.audience is Audience.NAMED_INTERNAL and not seen.exposure.latent:
            return _NOT_OUT
        if self._policy.custom:  # the cache key does not contain what custom rules read
            return self._answered(seen)
        shape = self._shapes.of(seen)
        known = self._remembered.get(shape)
        if known is None:
            if len(self._remembered) >= SHAPES:
                self._remembered.clear()
            known = self._remembered[shape] = self._answered(seen)
        return known

    def _answered(self, seen: View) -> _Known:
        """Return the result with the names of unknown facts that could change it."""
        verdict = self._verdict(seen)
        names = dict.fromkeys(always_unknown(seen.exposure))
        for name, guess in guesses_at(seen.exposure, self._now):
            if name not in names:
                guessed = self._seen(guess, seen.audience, seen.sensitivity)
                if self._verdict(guessed).gist != verdict.gist:
                    names[name] = None
        for said in self._may_say(seen.item):
            guessed = self._seen(seen.exposure, seen.audience, said)
            if self._verdict(guessed).gist != verdict.gist:
                names["label"] = None
        return _Known(verdict, tuple(names))

    def _may_say(self, item: Item) -> Iterator[Sensitivity]:
        """Yield the sensitivity of every configured label if those of the file are unknown."""
        if item.labels is UNKNOWN and item.kind == "file":
            yield from filter(None, map(self._policy.said_by, self._policy.table.labels))

    def principal(self, principal: Principal, *, places: int = 0, guests: int = 0) -> Judgement:
        """Evaluate an account or group by its rules alone; it has no score.

        Args:
            places: The number of containers that it reaches.
            guests: For a group, the number of its external members.
        """
        seen = PrincipalView(
            principal=principal, policy=self._policy, now=self._now, places=places, guests=guests
        )
        rules = self._about[Subject.PRINCIPAL]
        verdict = self._floors_alone(rules, seen)
        unknowns = (
            name
            for name, guess in guesses_at_principal(seen)
            if self._floors_alone(rules, guess).gist != verdict.gist
        )
        return Judgement(
            severity=verdict.severity,
            matches=verdict.matches,
            unknowns=tuple(dict.fromkeys(unknowns)),
        )

    def scope(self, coverage: Coverage) -> Judgement:
        """Evaluate how a scope was read. What was not read has severity UNKNOWN."""
        complete = coverage.status is Status.COMPLETE
        verdict = self._floors_alone(
            self._about[Subject.SCOPE],
            coverage,
            Severity.INFO if complete else Severity.UNKNOWN,
        )
        return Judgement(severity=verdict.severity, matches=verdict.matches)

    def setting(self, seen: Stated) -> Judgement:
        """Evaluate a setting; one that fails matches its rule unless that is disabled."""
        posture = seen.posture
        if posture is None or seen.result is not Result.FAIL:
            return Judgement(severity=Severity.INFO)
        override = self._policy.override(posture.rule)
        if override is not None and not override.enabled:
            return Judgement(severity=Severity.INFO)
        floor = override.floor if override is not None else None
        evidence = {
            "setting": seen.setting.id,
            "subject": seen.setting.subject,
            "value": shown(seen.setting.value),
            "expected": posture.expected,
        }
        if seen.assumed or seen.setting.subject:
            evidence["variant"] = "default" if seen.assumed else "subject"
        return Judgement(
            severity=posture.severity if floor is None else floor,
            matches=(Match(rule=posture.rule, evidence=evidence),),
            unknowns=("setting",) if seen.assumed else (),
        )

    def lapse(self, seen: Lapse) -> tuple[Match, ...]:
        """Return the matches of an invalid waiver."""
        return self._floors_alone(self._about[Stage.WAIVER], seen).matches

    def change(self, seen: Change) -> tuple[Match, ...]:
        """Return the matches of a finding that was opened or widened since the last run."""
        return self._floors_alone(self._about[Stage.CHANGE], seen).matches

    def _enabled(self, rule: Rule[Any]) -> bool:
        override = self._policy.override(rule.id)
        return override is None or override.enabled

    def _sensitivity(self, exposure: Exposure) -> Sensitivity:
        labelled = self._policy.labelled(exposure.item)
        if labelled is not None:
            return labelled
        if self._policy.declared_public(exposure.connector, exposure.path):
            return DECLARED
        return sensitivity_of(exposure.item, exposure.path, self._policy.lexicon)

    def _seen(self, exposure: Exposure, audience: Audience, sensitivity: Sensitivity) -> View:
        return _make_view(
            exposure=exposure,
            item=exposure.item,
            grant=exposure.grant,
            audience=audience,
            sensitivity=sensitivity,
            age=age_of(exposure, self._now),
            dormant=is_dormant(exposure.item, self._now),
            policy=self._policy,
            now=self._now,
        )

    def _verdict(self, seen: View) -> _Verdict:
        latent = seen.exposure.latent
        rules = self._for_audience[seen.audience]
        if latent:
            rules = [rule for rule in rules if rule.latent]
        objections = self._objections(rules, seen, closed=not seen.grant.live)
        if latent:
            return _Verdict(_severity(objections, Severity.INFO), objections, {}, None)
        points = points_of(_traits(seen), self._policy.scale)
        score = score_of(points)
        severity = _severity(objections, band_of(score))
        governed = self._objections(
            self._about[Stage.VERDICT], Verdict(seen=seen, severity=severity)
        )
        return _Verdict(severity, (*objections, *governed), points, score)

    def _floors_alone(
        self, rules: Iterable[Rule[V]], seen: V, least: Severity = Severity.INFO
    ) -> _Verdict:
        objections = self._objections(rules, seen)
        return _Verdict(_severity(objections, least), objections, {}, None)

    def _objections(
        self, rules: Iterable[Rule[V]], seen: V, *, closed: bool = False
    ) -> tuple[_Objection, ...]:
        found: list[_Objection] = []
        for rule in rules:
            evidence = rule.check(seen)
            if evidence is None:
                continue
            override = self._policy.override(rule.id)
            if override is not None and override.floor is not None:
                found.append(_Objection(rule, evidence, override.floor, overridden=True))
                continue
            floor = rule.floor_for(seen)
            if closed and floor is not None:
                floor = Severity(max(Severity.INFO, floor - 1))
            found.append(_Objection(rule, evidence, floor, overridden=False))
        return tuple(sorted(found, key=lambda objection: objection.order))


_NOT_OUT: Final = _Known(_Verdict(Severity.INFO, (), {}, 0), ())


def _judgement(seen: View, known: _Known) -> Judgement:
    verdict, sensitivity = known.verdict, seen.sensitivity
    unsure = seen.audience in _UNSURE or seen.grant.cause is Cause.CODE
    return _make_judgement(
        severity=verdict.severity,
        score=verdict.score,
        confidence=Confidence.LOW if unsure else sensitivity.confidence,
        audience=seen.audience,
        sensitivity=sensitivity,
        points=verdict.points,
        matches=verdict.matches_of(seen),
        unknowns=known.unknowns,
    )


def _severity(objections: tuple[_Objection, ...], band: Severity) -> Severity:
    """Return the higher of band and floors; the floors alone if the configuration set them all."""
    floors = [o.floor for o in objections if o.floor is not None]
    if objections and all(o.overridden for o in objections):
        return max(floors)
    return max((band, *floors))


def _traits(view: View) -> Traits:
    grant = view.grant
    return Traits(
        audience=view.audience,
        access=grant.access,
        level=view.level,
        min_age_days=view.age.at_least,
        dormant=view.dormant,
        reach=view.exposure.reach,
        days_left=days_left(grant.expires_at, view.now),
        password=grant.password is True,
        encrypted=view.sensitivity.encrypts,
        live=grant.live,
    )
