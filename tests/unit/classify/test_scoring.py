from __future__ import annotations

from datetime import timedelta
from itertools import pairwise, product
from typing import Any

import pytest

from agent.classify.model import QUARTERS, SCORED_LEVELS, Sensitivity, SensitivityLevel, Severity
from agent.classify.scoring import (
    NARROWER,
    POINTS,
    ScoreInputs,
    days_left,
    exposure_age,
    idle_days,
    is_dormant,
    score_points,
    score_terms,
    severity_for_score,
    total_score,
)
from agent.classify.sensitivity import shares_of
from connectors.sdk.records import UNKNOWN, Access, Audience, GrantCause
from tests.unit.classify.given import NOW, ago, exposure

PUBLIC = Audience.PUBLIC_DISCOVERABLE
ANYONE = Audience.ANYONE_LINK
S3, S2, S1 = SensitivityLevel.S3, SensitivityLevel.S2, SensitivityLevel.S1
NONE = SensitivityLevel.NONE
MEANT = SensitivityLevel.PUBLIC


def said(level: SensitivityLevel, topic: str = "") -> Sensitivity:
    """A sensitivity that is certain."""
    return Sensitivity(level=level, shares=shares_of(level), topic=topic)


def inputs(
    audience: Audience, level: SensitivityLevel = NONE, topic: str = "", **traits: Any
) -> ScoreInputs:
    return ScoreInputs(audience=audience, sensitivity=said(level, topic), **traits)


def band(audience: Audience, level: SensitivityLevel = NONE, topic: str = "", **traits: Any) -> str:
    score = total_score(score_points(inputs(audience, level, topic, **traits)))
    return severity_for_score(score).word


GRAVE = {"critical", "high"}
QUIET = {"medium", "low", "info"}


@pytest.mark.parametrize(
    ("case", "found", "bands"),
    [
        ("Toyota: public for ten years", band(PUBLIC, S3, min_age_days=3650, reach=1000), GRAVE),
        (
            "Rakuten: guests read contacts",
            band(PUBLIC, S3, kind="object", data=("person", "email"), reach=1000),
            GRAVE,
        ),
        (
            "Ryobi: guests read applications by a rule",
            band(
                PUBLIC, S3, kind="object", data=("person", "address"), cause=GrantCause.RULE,
                reach=1000,
            ),
            GRAVE,
        ),
        ("Ateam: the name tells", band(ANYONE, S3, "customer", min_age_days=2190), GRAVE),
        (
            "Daiso: a group of customers' mails",
            band(PUBLIC, S3, "customer", kind="group", reach=9307, min_age_days=1825),
            GRAVE,
        ),
        ("CarePro: age unknown", band(ANYONE, S3, "health"), GRAVE),
        (
            "JTB: several partners meet",
            band(Audience.EXT_AUTHENTICATED_ANY, S2, "contract", reach=1000, min_age_days=30),
            GRAVE,
        ),
        ("company link to payroll", band(Audience.ORG_LINK, S3, "pay_hr"), GRAVE),
        (
            "a private account edits customers' data, unused",
            band(
                Audience.EXT_CONSUMER, S3, "customer", access=Access.EDIT, min_age_days=1460,
                idle_days=400,
            ),
            GRAVE,
        ),
        (
            "a vendor whose contract has ended reads records",
            band(Audience.EXT_NAMED, S3, "customer", contract_ended=True),
            GRAVE,
        ),
        ("with password and end", band(ANYONE, S2, days_left=7, password=True), QUIET),
        ("a brochure", band(ANYONE, MEANT, "marketing_public"), {"low", "info"}),
        ("an upload box", band(ANYONE, S3, access=Access.CREATE, unread=True), {"low", "info"}),
        ("own records", band(Audience.EXT_AUTHENTICATED_ANY, S3, unread=True), {"low", "info"}),
        ("minutes inside", band(Audience.ORG_LINK, S1, "business"), {"low", "info"}),
        ("a partner in contract", band(Audience.EXT_ALLOWLISTED), {"low", "info"}),
        (
            "a partner in contract, with an end",
            band(Audience.EXT_ALLOWLISTED, S3, "pay_hr", days_left=20),
            QUIET,
        ),
        ("a team of thirty", band(Audience.LARGE_INTERNAL, S3, "personal", people=30), QUIET),
    ],
)  # fmt: skip
def test_the_known_cases_score_as_published(case: str, found: str, bands: set[str]) -> None:
    assert found in bands, case


ACCESSES = [a for a in Access if a not in (Access.UNKNOWN, Access.CREATE)]
AGES = [0, 30, 180, 365, 1095]
IDLE = [0, 61, 366]
REACHES = [1, 10, 1_000, 100_000]
AXES = (ACCESSES, list(SCORED_LEVELS), AGES, IDLE, REACHES)
CONTROLS = [(None, False), (7, False), (30, True), (400, True)]


def scores_of(audience: Audience, left: int | None, password: bool) -> dict[tuple[int, ...], int]:
    return {
        at: total_score(
            score_points(
                inputs(
                    audience,
                    level,
                    access=access,
                    min_age_days=age,
                    idle_days=idle,
                    reach=reach,
                    days_left=left,
                    password=password,
                )
            )
        )
        for at, (access, level, age, idle, reach) in zip(
            product(*(range(len(axis)) for axis in AXES)), product(*AXES), strict=True
        )
    }


@pytest.mark.parametrize(("left", "password"), CONTROLS)
def test_the_score_never_falls_when_a_door_opens_wider(left: int | None, password: bool) -> None:
    """21,600 combinations for each control: audiences, accesses, levels, ages, idleness, reach."""
    tables = {audience: scores_of(audience, left, password) for audience in Audience}
    assert sum(map(len, tables.values())) == 21_600
    for audience, scores in tables.items():
        for at, value in scores.items():
            for axis, place in enumerate(at):
                if place:
                    below = (*at[:axis], place - 1, *at[axis + 1 :])
                    assert scores[below] <= value, (audience, at)
    for narrow, wide in NARROWER:
        for at, value in tables[wide].items():
            assert tables[narrow][at] <= value, (narrow, wide, at)


def test_every_audience_is_below_the_public_and_above_named_insiders() -> None:
    above: dict[Audience, set[Audience]] = {audience: set() for audience in Audience}
    for _ in Audience:
        for narrow, wide in NARROWER:
            above[narrow] |= {wide} | above[wide]
    assert above[Audience.NAMED_INTERNAL] == set(Audience) - {Audience.NAMED_INTERNAL}
    assert all(PUBLIC in above[audience] for audience in Audience if audience is not PUBLIC)


def test_more_certainty_of_a_higher_level_never_scores_lower() -> None:
    for audience in Audience:
        for low, high in pairwise(SCORED_LEVELS):
            totals = []
            for part in range(QUARTERS + 1):
                shares = [0] * len(SCORED_LEVELS)
                shares[SCORED_LEVELS.index(low)] += QUARTERS - part
                shares[SCORED_LEVELS.index(high)] += part
                mixed = Sensitivity(level=low, shares=tuple(shares))
                points = score_points(ScoreInputs(audience=audience, sensitivity=mixed))
                totals.append(total_score(points))
            assert totals == sorted(totals), (audience, low)


def test_a_control_never_adds() -> None:
    assert all(value <= 0 for name, value in POINTS.items() if name.startswith("control."))
    assert POINTS["unread"] <= 0
    assert POINTS["own_account"] <= 0


def test_every_point_that_counts_has_a_value() -> None:
    for audience, access, cause in product(Audience, Access, GrantCause):
        traits = inputs(
            audience, S3, "health", access=access, cause=cause, people=5000, reach=200_000,
            min_age_days=2000, idle_days=400, days_left=5, password=True, owner_gone=True,
            contract_ended=True, parties=2, declared=True, kind="group", own_account=True,
        )  # fmt: skip
        unknown = {term.name for term in score_terms(traits)} - set(POINTS)
        assert unknown <= {"cause.direct"}, (audience, access, cause)


@pytest.mark.parametrize(
    ("traits", "floor"),
    [
        (inputs(ANYONE, S3), "floor.F1"),
        (inputs(ANYONE, access=Access.EDIT), "floor.F3"),
        (inputs(ANYONE, access=Access.UNKNOWN), "floor.F3"),
        (inputs(Audience.EXT_AUTHENTICATED_ANY, S2), "floor.F4"),
        (inputs(Audience.ORG_LINK, S3), "floor.F5"),
    ],
)
def test_a_floor_adds_what_is_missing(traits: ScoreInputs, floor: str) -> None:
    low = dict.fromkeys(POINTS, 0) | {"audience." + traits.audience.value: 5, floor: 70}
    assert score_points(traits, low)[floor] == 65


@pytest.mark.parametrize(
    "traits",
    [
        inputs(ANYONE, S3, live=False),
        inputs(ANYONE, S3, unread=True),
        inputs(ANYONE, MEANT, access=Access.EDIT),
        ScoreInputs(audience=ANYONE, sensitivity=Sensitivity(level=S3, shares=(0, 0, 1, 0, 3))),
    ],
)
def test_no_floor_holds_where_nothing_is_read_or_nothing_is_certain(traits: ScoreInputs) -> None:
    scale = dict.fromkeys(POINTS, 0) | {"floor.F1": 85}
    assert "floor.F1" not in score_points(traits, scale)


def test_an_unknown_access_is_judged_as_edit() -> None:
    as_edit = total_score(score_points(inputs(Audience.EXT_NAMED, S3, access=Access.EDIT)))
    unknown = total_score(score_points(inputs(Audience.EXT_NAMED, S3, access=Access.UNKNOWN)))
    assert unknown == as_edit


def test_what_is_not_known_earns_no_points_and_no_credit() -> None:
    assert score_points(inputs(ANYONE, S3, reach=UNKNOWN)) == score_points(inputs(ANYONE, S3))
    assert days_left(UNKNOWN, NOW) is None
    assert days_left(None, NOW) is None


@pytest.mark.parametrize("left", [0, 7, 8, 30, 31, 90, 91])
def test_an_end_earns_credit(left: int) -> None:
    assert score_points(inputs(ANYONE, days_left=left))["control.expiry"] < 0


def test_days_left_are_rounded_up_and_never_negative() -> None:
    assert days_left(NOW + timedelta(days=7), NOW) == 7
    assert days_left(NOW + timedelta(days=7, seconds=1), NOW) == 8
    assert days_left(NOW - timedelta(days=3), NOW) == 0


@pytest.mark.parametrize(("quarters", "points"), [(1, 3), (2, 5), (3, 8), (4, 10)])
def test_a_share_counts_in_quarters_rounded_half_up(quarters: int, points: int) -> None:
    shares = (0, QUARTERS - quarters, 0, 0, quarters)
    scale = dict.fromkeys(POINTS, 0) | {"sensitivity.s3": 10}
    traits = ScoreInputs(audience=ANYONE, sensitivity=Sensitivity(level=NONE, shares=shares))
    assert score_points(traits, scale) == {"sensitivity.s3": points}


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
    assert idle_days(exposure(last_activity=ago(61)).item, NOW) == 61
