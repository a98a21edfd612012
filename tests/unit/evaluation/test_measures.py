"""What judgements are worth, on so few that every figure can be counted by hand."""

from pathlib import Path

import pytest

from agent.classify.model import Severity
from connectors.sdk.records import Audience
from tests.evaluation.corpus import ACTS
from tests.evaluation.judgements import Judgement, judge_exposures
from tests.evaluation.measures import (
    acted_by_band,
    agreement,
    confusion,
    curve,
    hits_by_rule,
    measure,
    measure_names,
    open_to_anyone,
    wrong,
)
from tests.evaluation.statistics import Hits, Share
from tests.unit.evaluation.given import FIRST, folder_of, judgement, name_judgement


@pytest.fixture
def judged(tmp_path: Path) -> list[Judgement]:
    return list(judge_exposures(folder_of(tmp_path)))


def test_the_severities_are_those_of_the_folders_own_policy(judged: list[Judgement]) -> None:
    assert [(said.of.id, said.severity.word, said.score) for said in judged] == [
        ("L1", "critical", 10),
        ("L2", "critical", 5),
        ("L3", "high", 10),
        ("L4", "high", 10),
        ("L5", "medium", 5),
        ("L6", "info", 5),
        ("L7", "info", 10),
        ("L8", "info", 5),
    ]
    assert judged[7].audience is Audience.EXT_ALLOWLISTED


def test_acting_is_counted_where_both_agree_whether_to_act(judged: list[Judgement]) -> None:
    m = measure(judged)
    assert (m.lines, m.agreed) == (8, 7)  # on L7 one would act
    assert m.act == Hits(right=3, said=4, true=5)
    assert m.area == pytest.approx(0.45)


def test_urgent_is_counted_where_both_agree_whether_to_close_today(
    judged: list[Judgement],
) -> None:
    m = measure(judged)
    assert m.urgent == Hits(right=1, said=1, true=3)  # on L2 one would only ask
    assert m.below_medium == 1  # L8


def test_the_bands_hold_their_share_of_what_both_would_act_on(judged: list[Judgement]) -> None:
    assert acted_by_band(judged) == {
        Severity.CRITICAL: Share(2, 2),
        Severity.HIGH: Share(1, 2),
        Severity.MEDIUM: Share(1, 1),
        Severity.LOW: Share(0, 0),
        Severity.INFO: Share(1, 2),
    }


def test_in_the_confusion_each_of_two_labellers_counts_half(judged: list[Judgement]) -> None:
    rows = {band.word: tuple(acts[a] for a in ACTS) for band, acts in confusion(judged).items()}
    assert ACTS == ("fine", "review", "fix_soon", "shut_now")
    assert rows == {
        "critical": (0, 0, 0.5, 1.5),
        "high": (0.5, 0.5, 1, 0),
        "medium": (0, 0, 0, 1),
        "low": (0, 0, 0, 0),
        "info": (1, 0.5, 0.5, 1),
    }


def test_a_single_labeller_decides_alone(tmp_path: Path) -> None:
    judged = list(judge_exposures(folder_of(tmp_path, labels=[FIRST])))
    m = measure(judged)
    assert (m.agreed, m.act) == (8, Hits(right=3, said=4, true=5))
    assert m.urgent == Hits(right=2, said=2, true=4)
    assert confusion(judged)[Severity.CRITICAL]["shut_now"] == 2


def test_a_rule_is_measured_as_if_it_were_alone(judged: list[Judgement]) -> None:
    assert hits_by_rule(judged) == {
        "X-001": Hits(right=2, said=2, true=5),
        "X-002": Hits(right=1, said=2, true=5),
        "X-003": Hits(right=1, said=1, true=5),
    }


def test_open_to_anyone_is_a_rule_to_compare_with(judged: list[Judgement]) -> None:
    assert open_to_anyone(judged) == Hits(right=2, said=3, true=5)


def test_what_is_wrong_is_missed_or_too_high(judged: list[Judgement]) -> None:
    missed, false = wrong(judged)
    assert [said.of.id for said in missed] == ["L5", "L8"]
    assert [said.of.id for said in false] == ["L4"]


def test_the_curve_is_of_the_score_alone(judged: list[Judgement]) -> None:
    points = curve(judged)
    assert [p.wanted for p in points][:2] == [0.5, 0.55]
    assert {(p.score, p.hits) for p in points} == {(5, Hits(right=5, said=7, true=5))}


def test_what_has_no_score_ranks_below_a_score_of_0() -> None:
    m = measure(
        [
            judgement("shut_now", "shut_now", score=None, severity=Severity.INFO),
            judgement("fine", "fine", score=0, severity=Severity.INFO),
        ]
    )
    assert m.area == 0.0


@pytest.mark.parametrize(
    ("acts", "act", "shut"),
    [
        pytest.param(("shut_now", "fix_soon"), 1, 0, id="both act, one of them today"),
        pytest.param(("fix_soon", "fix_soon"), 1, 0, id="both act, none today"),
        pytest.param(("fix_soon", "review"), 0, 0, id="one acts: it counts nowhere"),
        pytest.param(("shut_now", "shut_now"), 1, 1, id="both today"),
    ],
)
def test_two_acts_of_one_kind_are_an_agreement(acts: tuple[str, str], act: int, shut: int) -> None:
    m = measure([judgement(*acts, severity=Severity.CRITICAL)])
    assert (m.act.true, m.urgent.true) == (act, shut)


def test_agreement_is_counted_where_two_said_something() -> None:
    found = agreement([("fine", "fine"), ("fine", "review"), ("fine",), ()])
    assert found.share == Share(1, 2)


def test_names_are_measured_where_both_labellers_give_the_same() -> None:
    m = measure_names(
        [
            name_judgement("s3,health", "s3,health", "s3,health"),
            name_judgement("s3,health", "s2,health", "s2,contract"),
            name_judgement("none,business", "public,business", "public,business"),
            name_judgement("s1,", "s3,pay_hr", "s3,pay_hr"),
            name_judgement("s2,other", "s2,contract", "s1,contract"),
        ]
    )
    assert m.names == 5
    assert m.exact == Share(1, 4)
    assert m.near == Share(3, 4)  # public and none are one step; s1 and s3 are two apart
    assert m.s3 == Hits(right=1, said=2, true=2)
    assert m.topic == Share(2, 4)
