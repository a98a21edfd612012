"""Records are made by keyword, by their class or faster by a function."""

from __future__ import annotations

import pytest

from agent.classify.model import Evaluation, Exposure, Match, Severity
from agent.classify.rule_input import ExposureContext
from connectors.sdk.records import Access, Audience, Grant, Item, PrincipalKind, factory_of

GRANT = {
    "id": "g",
    "audience": Audience.ANYONE_LINK,
    "access": Access.VIEW,
    "principal": "",
    "principal_kind": PrincipalKind.LINK,
}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Grant, GRANT),
        (Grant, GRANT | {"views": 3, "criteria": "x"}),
        (Item, {"id": "i", "kind": "file", "name": "n"}),
        (Match, {"rule": "LINK-001"}),
        (Match, {"rule": "LINK-001", "evidence": {"access": "edit"}}),
        (Evaluation, {"severity": Severity.HIGH}),
    ],
)
def test_a_function_makes_the_record_that_its_class_makes(kind, given):
    made = factory_of(kind)(**given)
    assert made == kind(**given)
    assert type(made) is kind


def test_a_value_that_is_made_anew_is_not_shared():
    make = factory_of(Match)
    assert make(rule="a").evidence is not make(rule="b").evidence


@pytest.mark.parametrize("kind", [Grant, Item, Exposure, ExposureContext, Evaluation, Match])
def test_a_missing_or_an_unknown_keyword_is_refused(kind):
    with pytest.raises(TypeError, match="missing"):
        factory_of(kind)()
    with pytest.raises(TypeError, match="unexpected"):
        factory_of(kind)(colour="red")
