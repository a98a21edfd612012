from __future__ import annotations

from datetime import timedelta
from itertools import pairwise, product

import pytest

from agent.classify.model import WIDTH, SensitivityLevel, Severity
from agent.classify.scoring import (
    POINTS,
    ScoreInputs,
    days_left,
    exposure_age,
    is_dormant,
    score_points,
    severity_for_score,
    total_score,
)
from connectors.sdk.records import UNKNOWN, Access, Audience
from tests.unit.classify.given import NOW, ago, exposure

PUBLIC = Audience.PUBLIC_DISCOVERABLE
ANYONE = Audience.ANYONE_LINK


def score(
    audience: Audience, level: SensitivityLevel = SensitivityLevel.NONE, **traits: object
) -> int:
    return total_score(score_points(ScoreInputs(audience=audience, level=level, **traits)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "traits", "expected", "band"),
    [
        (
            "Toyota-like",
            (PUBLIC, SensitivityLevel.S3, {"min_age_days": 1095, "reach": 1000}),
            100,
            "critical",
        ),
        ("Rakuten-like", (PUBLIC, SensitivityLevel.S3, {"reach": 1000}), 100, "critical"),
        (
            "Ateam, name tells",
            (ANYONE, SensitivityLevel.S3, {"min_age_days": 2190}),
            92,
            "critical",
        ),
        (
            "Ateam, name neutral",
            (ANYONE, SensitivityLevel.NONE, {"min_age_days": 2190}),
            67,
            "high",
        ),
        (
            "Daiso",
            (PUBLIC, SensitivityLevel.NONE, {"min_age_days": 1825, "reach": 1000}),
            87,
            "critical",
        ),
        ("CarePro, age unknown", (ANYONE, SensitivityLevel.S3, {}), 85, "critical"),
        (
            "JTB",
            (
                Audience.EXT_AUTHENTICATED_ANY,
                SensitivityLevel.S2,
                {"reach": 1000, "min_age_days": 30},
            ),
            68,
            "high",
        ),
        (
            "anyone edit, fresh",
            (ANYONE, SensitivityLevel.NONE, {"access": Access.EDIT}),
            65,
            "high",
        ),
        ("company link to payroll", (Audience.ORG_LINK, SensitivityLevel.S3, {}), 65, "high"),
        (
            "gmail, edit, old, dormant",
            (
                Audience.EXT_CONSUMER,
                SensitivityLevel.S3,
                {"access": Access.EDIT, "min_age_days": 1460, "dormant": True},
            ),
            83,
            "high",
        ),
        (
            "guarded S3",
            (ANYONE, SensitivityLevel.S3, {"days_left": 7, "password": True}),
            62,
            "medium",
        ),
        (
            "guarded S2",
            (ANYONE, SensitivityLevel.S2, {"days_left": 7, "password": True}),
            48,
            "medium",
        ),
        ("fresh brochure", (ANYONE, SensitivityLevel.NONE, {}), 55, "medium"),
        ("declared brochure", (ANYONE, SensitivityLevel.PUBLIC, {"min_age_days": 1095}), 42, "low"),
        ("minutes inside", (Audience.ORG_LINK, SensitivityLevel.S1, {}), 36, "low"),
        ("partner in contract", (Audience.EXT_ALLOWLISTED, SensitivityLevel.NONE, {}), 12, "info"),
    ],
)
def test_the_known_cases_score_as_published(
    case: str,
    traits: tuple[Audience, SensitivityLevel, dict[str, object]],
    expected: int,
    band: str,
) -> None:
    audience, level, rest = traits
    assert score(audience, level, **rest) == expected, case
    assert severity_for_score(expected).word == band


ACCESSES = [access for access in Access if access is not Access.UNKNOWN]
AGES = [0, 30, 180, 365, 1095]
REACHES = [1, 10, 1_000, 100_000]
AXES = (list(Audience), ACCESSES, list(SensitivityLevel), AGES, [False, True], REACHES)
CONTROLS = [(None, False), (7, False), (30, True), (400, True)]


def test_the_score_never_falls_when_a_door_opens_wider() -> None:
    """67,200 combinations: twelve audiences, seven accesses, five levels, five ages ..."""
    looked_at = 0
    for left, password in CONTROLS:
        scores = {
            at: total_score(
                score_points(
                    ScoreInputs(
                        audience=audience,
                        access=access,
                        level=level,
                        min_age_days=age,
                        dormant=dormant,
                        reach=reach,
                        days_left=left,
                        password=password,
                    )
                )
            )
            for at, (audience, access, level, age, dormant, reach) in zip(
                product(*(range(len(axis)) for axis in AXES)), product(*AXES), strict=True
            )
        }
        looked_at += len(scores)
        for at, value in scores.items():
            for axis, place in enumerate(at):
                if place:
                    assert scores[*at[:axis], place - 1, *at[axis + 1 :]] <= value, at
    assert looked_at == 67_200


def test_the_points_of_the_ladder_rise_with_it() -> None:
    in_order = sorted(Audience, key=WIDTH.__getitem__)
    for lower, upper in pairwise(in_order):
        assert POINTS[f"audience.{lower}"] <= POINTS[f"audience.{upper}"]


@pytest.mark.parametrize(
    ("traits", "floor"),
    [
        (ScoreInputs(audience=ANYONE, level=SensitivityLevel.S3), ("floor.F1", 5)),
        (ScoreInputs(audience=PUBLIC, access=Access.VIEW_ONLY), None),
        (ScoreInputs(audience=ANYONE, access=Access.EDIT), ("floor.F3", 2)),
        (ScoreInputs(audience=ANYONE, access=Access.UNKNOWN), ("floor.F3", 2)),
        (
            ScoreInputs(audience=ANYONE, access=Access.EDIT, level=SensitivityLevel.PUBLIC),
            ("floor.F3", 27),
        ),
        (
            ScoreInputs(audience=Audience.EXT_AUTHENTICATED_ANY, level=SensitivityLevel.S2),
            ("floor.F4", 4),
        ),
        (ScoreInputs(audience=Audience.ORG_LINK, level=SensitivityLevel.S3), ("floor.F5", 12)),
        (ScoreInputs(audience=ANYONE, level=SensitivityLevel.S3, live=False), None),
    ],
)
def test_a_floor_adds_the_difference_and_nothing_on_a_closed_door(
    traits: ScoreInputs, floor: tuple[str, int] | None
) -> None:
    points = score_points(traits)
    assert next(((k, v) for k, v in points.items() if k.startswith("floor.")), None) == floor


def test_the_second_floor_spares_what_is_declared_public() -> None:
    scale = {**POINTS, "audience.public_discoverable": 40}
    assert score_points(ScoreInputs(audience=PUBLIC), scale)["floor.F2"] == 25
    assert "floor.F2" not in score_points(
        ScoreInputs(audience=PUBLIC, level=SensitivityLevel.PUBLIC), scale
    )


def test_an_unknown_access_is_judged_as_edit() -> None:
    unknown = score_points(ScoreInputs(audience=Audience.EXT_NAMED, access=Access.UNKNOWN))
    assert unknown == {"audience.ext_named": 25, "access.unknown": 8}


def test_what_is_not_known_earns_no_points_and_no_credit() -> None:
    assert score_points(ScoreInputs(audience=ANYONE, reach=UNKNOWN)) == {"audience.anyone_link": 55}
    assert days_left(UNKNOWN, NOW) is None
    assert days_left(None, NOW) is None


@pytest.mark.parametrize(
    ("left", "credit"), [(0, -15), (7, -15), (8, -10), (30, -10), (31, -6), (90, -6), (91, -2)]
)
def test_a_near_end_earns_credit(left: int, credit: int) -> None:
    assert score_points(ScoreInputs(audience=ANYONE, days_left=left))["control.expiry"] == credit


def test_days_left_are_rounded_up_and_never_negative() -> None:
    assert days_left(NOW + timedelta(days=7), NOW) == 7
    assert days_left(NOW + timedelta(days=7, seconds=1), NOW) == 8
    assert days_left(NOW - timedelta(days=3), NOW) == 0


@pytest.mark.parametrize(
    ("age", "points"), [(29, 0), (30, 2), (179, 2), (180, 5), (365, 9), (1094, 9), (1095, 12)]
)
def test_age_steps(age: int, points: int) -> None:
    assert score_points(ScoreInputs(audience=ANYONE, min_age_days=age)).get("age", 0) == points


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (24, Severity.INFO),
        (25, Severity.LOW),
        (45, Severity.MEDIUM),
        (65, Severity.HIGH),
        (85, Severity.CRITICAL),
    ],
)
def test_bands_begin_where_they_say(points: int, band: Severity) -> None:
    assert severity_for_score(points) is band


def test_age_is_what_the_vendor_tells_else_an_interval() -> None:
    known = exposure_age(exposure(created_at=ago(400), first_seen=ago(3)), NOW)
    assert (known.at_least, known.at_most, known.is_exact) == (400, 400, True)
    some = exposure_age(
        exposure(created_at=UNKNOWN, first_seen=ago(3), item_created_at=ago(900)), NOW
    )
    assert (some.at_least, some.at_most, some.is_exact) == (3, 900, False)
    none = exposure_age(exposure(created_at=UNKNOWN, item_created_at=UNKNOWN), NOW)
    assert (none.at_least, none.at_most) == (0, None)
    assert exposure_age(exposure(created_at=NOW + timedelta(days=1)), NOW).at_least == 0


def test_dormant_is_said_only_of_what_is_known_to_be_unused() -> None:
    assert is_dormant(exposure(last_activity=ago(366)).item, NOW)
    assert not is_dormant(exposure(last_activity=ago(365)).item, NOW)
    assert not is_dormant(exposure(last_activity=UNKNOWN).item, NOW)
    assert is_dormant(exposure(last_activity=None, item_created_at=ago(366)).item, NOW)
    assert not is_dormant(exposure(last_activity=None, item_created_at=UNKNOWN).item, NOW)
