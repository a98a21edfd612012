"""Every number is counted once, so the screen, the page, the manifest and JSON cannot differ."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.classify.model import Severity, Subject
from agent.report.statistics import (
    EXTERNAL_AUDIENCES,
    STATES,
    RunStatistics,
    StatisticsCollector,
    is_open,
)
from agent.report.summary import Summary, summary_json
from agent.report.top_findings import TopFindings
from connectors.sdk.records import Audience

from .conftest import kept

FOUND = st.builds(
    lambda state, **changes: replace(kept(**changes), state=state),
    state=st.sampled_from(STATES),
    severity=st.sampled_from(Severity),
    subject=st.sampled_from([Subject.EXPOSURE, Subject.PRINCIPAL, Subject.SCOPE]),
    audience=st.sampled_from([*Audience]).map(str),
    service=st.sampled_from(["m365", "google"]),
    owner=st.sampled_from(["", "unknown", "a@example.co.jp"]),
    domains=st.sampled_from([(), ("x.example",), ("x.example", "y.example")]),
    expires_at=st.sampled_from(["", "unknown", "2027-01-01T00:00:00+00:00"]),
    reach=st.sampled_from([0, 1, "unknown", None]),
)


def counted(found) -> RunStatistics:
    counting = StatisticsCollector()
    for one in found:
        counting.add_finding(one)
    return counting.statistics(())


@given(st.lists(FOUND, max_size=30))
def test_the_numbers_add_up(found):
    numbers = counted(found)
    standing = [k for k in found if is_open(k)]
    exposures = [k for k in standing if k.finding.subject is Subject.EXPOSURE]
    assert sum(numbers.states.values()) == len(found)
    assert numbers.standing == sum(numbers.severities.values()) == len(standing)
    assert sum(grades.total() for grades in numbers.services.values()) == len(standing)
    assert sum(grades.total() for grades in numbers.audiences.values()) == len(exposures)
    assert sum(grades.total() for grades in numbers.owners.values()) == len(exposures)
    assert numbers.findings == numbers.standing - numbers.severities.get(Severity.UNKNOWN, 0)
    assert numbers.tonight <= len(
        [k for k in exposures if k.finding.audience in EXTERNAL_AUDIENCES]
    )
    assert numbers.doors <= numbers.findings


@given(st.lists(FOUND, max_size=10))
def test_programs_and_the_manifest_read_the_same_numbers(found):
    numbers = counted(found)
    told = summary_json(Summary(run_id="k3f9", seconds=1, numbers=numbers))
    assert {name: told[name] for name in numbers.to_dict()} == numbers.to_dict()


@pytest.mark.parametrize(
    ("changes", "doors", "tonight"),
    [
        ({"severity": Severity.CRITICAL, "audience": "ext_named"}, 1, 1),
        ({"severity": Severity.HIGH, "audience": "anyone_link"}, 1, 0),
        ({"severity": Severity.HIGH, "audience": "ext_named"}, 1, 0),
        ({"severity": Severity.MEDIUM, "audience": "anyone_link"}, 1, 0),
        ({"severity": Severity.HIGH, "audience": "org_link"}, 0, 0),
        ({"severity": Severity.LOW, "audience": "anyone_link", "reach": 0}, 0, 0),
        ({"severity": Severity.UNKNOWN, "audience": "anyone_link"}, 0, 0),
        ({"subject": Subject.PRINCIPAL, "audience": ""}, 0, 0),
    ],
)
def test_a_door_stands_open_to_people_outside(changes, doors, tonight):
    numbers = counted([kept(**changes)])
    assert (numbers.doors, numbers.tonight) == (doors, tonight)


def test_what_was_settled_is_counted_as_a_state_and_as_nothing_else():
    for state in ("waived", "resolved"):
        numbers = counted([replace(kept(audience="anyone_link"), state=state)])
        assert numbers.to_dict() == replace(RunStatistics(), states={state: 1}).to_dict()


@pytest.mark.parametrize(
    ("audience", "expires_at", "endless"),
    [
        ("anyone_link", "", 1),
        ("org_link", "", 1),
        ("anyone_link", "unknown", 0),  # nobody told: not the same as never
        ("anyone_link", "2027-01-01T00:00:00+00:00", 0),
        ("ext_named", "", 0),  # no link
    ],
)
def test_an_unknown_expiry_is_no_endless_link(audience, expires_at, endless):
    found = kept(audience=audience, expires_at=expires_at)
    assert counted([found]).endless == endless
    shelves = TopFindings()
    shelves.add(found)
    assert len(shelves.endless) == endless


def test_a_page_holds_the_worst_and_its_memory_ends_there():
    shelves = TopFindings()
    one = kept(audience="anyone_link", expires_at="")
    for state in itertools.islice(itertools.cycle(("new", "waived", "resolved")), 9_000):
        shelves.add(replace(one, state=state))
    sizes = [len(s) for s in (shelves.standing, shelves.endless, shelves.waived, shelves.resolved)]
    assert sizes == [2_000, 200, 200, 200]


def test_outside_accounts_count_by_their_own_domain():
    numbers = counted(
        [kept(subject=Subject.PRINCIPAL, audience="", domains=(), principals=("a@X.example",))]
    )
    assert list(numbers.domains) == ["x.example"]
