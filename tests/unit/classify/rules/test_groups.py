from __future__ import annotations

import pytest

from agent.classify.model import Confidence
from connectors.sdk.records import Audience, PrincipalKind
from tests.unit.classify.given import exposure, judged, rules_on


def test_a_group_with_outsiders_is_judged_by_them():
    seen = judged(
        exposure(
            Audience.EXT_NAMED,
            principal_kind=PrincipalKind.GROUP,
            principal="project@example.co.jp",
            principal_domains=("gmail.com", "partner.example"),
            via_group="project@example.co.jp",
        )
    )
    assert seen.audience is Audience.EXT_CONSUMER
    assert [m.rule for m in seen.matches] == ["EXT-001", "GRP-001"]
    assert seen.matches[1].evidence == {"group": "project@example.co.jp"}


def test_no_group_no_objection():
    assert "GRP-001" not in rules_on(exposure(Audience.EXT_NAMED))
    assert "GRP-001" not in rules_on(exposure(Audience.ORG_DISCOVERABLE, via_group="public team"))


@pytest.mark.parametrize("audience", [Audience.EXT_UNRESOLVED, Audience.UNKNOWN])
def test_who_cannot_be_listed_is_medium_with_low_confidence(audience: Audience):
    seen = judged(exposure(audience, principal="list@partner.example"))
    assert [m.rule for m in seen.matches] == ["GRP-003"]
    assert (seen.severity.word, seen.confidence) == ("medium", Confidence.LOW)
    assert "audience" in seen.unknowns


def test_a_known_audience_is_resolved():
    assert "GRP-003" not in rules_on(exposure(Audience.EXT_NAMED))
