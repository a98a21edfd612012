from __future__ import annotations

from datetime import timedelta

import pytest

from agent.classify.rules import links
from connectors.sdk.records import UNKNOWN, Access, Audience, PrincipalKind, State
from tests.unit.classify.given import NOW, ago, exposure, rules_on, view

PUBLIC = '[policy]\npublic_paths = ["files:/sites/press/*"]'
PRESS = "/sites/press/notes.txt"
GUEST = {"principal_kind": PrincipalKind.SITE_GUEST, "kind": "object", "name": "Case"}


@pytest.mark.parametrize("access", [Access.EDIT, Access.MANAGE, Access.ALL_RECORDS, Access.UNKNOWN])
def test_an_open_link_that_edits_is_objected_to_even_where_it_is_declared_public(access: Access):
    assert "LINK-001" in rules_on(exposure(access=access))
    assert "LINK-001" in rules_on(exposure(access=access, path=PRESS), PUBLIC)


def test_reading_commenting_and_adding_is_not_editing():
    for access in (Access.VIEW_ONLY, Access.VIEW, Access.COMMENT, Access.CREATE):
        assert "LINK-001" not in rules_on(exposure(access=access))
    assert "LINK-001" not in rules_on(exposure(Audience.EXT_NAMED, access=Access.EDIT))


def test_a_sensitive_name_behind_an_open_link_is_objected_to_with_its_terms():
    assert links.sensitive_public_item.check(view(exposure(name="顧客名簿.xlsx"))) == {
        "terms": "顧客名簿"
    }
    assert "LINK-002" in rules_on(exposure(Audience.PUBLIC_DISCOVERABLE, name="契約書.pdf"))
    assert "LINK-002" not in rules_on(exposure(name="議事録.docx"))
    assert "LINK-002" not in rules_on(exposure(Audience.ORG_LINK, name="顧客名簿.xlsx"))


def test_an_unknown_expiry_is_not_a_missing_one():
    assert links.never_expires.check(view(exposure(expires_at=None))) == {"max_days": "30"}
    assert links.never_expires.check(view(exposure(expires_at=UNKNOWN))) is None
    assert links.never_expires.check(view(exposure(expires_at=NOW))) is None
    assert "LINK-003" not in rules_on(exposure(expires_at=None, path=PRESS), PUBLIC)
    assert "LINK-003" not in rules_on(exposure(Audience.ORG_LINK, expires_at=None))


def test_a_link_that_is_open_for_a_year_is_long_lived():
    year = exposure(created_at=ago(365))
    assert links.long_lived_link.check(view(year)) == {"days": "365", "certainty": "certain"}
    assert links.long_lived_link.check(view(exposure(created_at=ago(364)))) is None
    assert "LINK-004" in rules_on(exposure(created_at=ago(2200), path=PRESS), PUBLIC)


def test_an_old_item_makes_an_unknown_age_possible_and_nothing_more():
    unknown = exposure(created_at=UNKNOWN, item_created_at=ago(2200), first_seen=ago(3))
    assert links.long_lived_link.check(view(unknown)) == {
        "days": "2200",
        "certainty": "possible",
        "variant": "possible",
    }
    young = exposure(created_at=UNKNOWN, item_created_at=ago(300))
    assert links.long_lived_link.check(view(young)) is None
    nothing = exposure(created_at=UNKNOWN, item_created_at=UNKNOWN)
    assert links.long_lived_link.check(view(nothing)) is None
    declared = exposure(created_at=UNKNOWN, item_created_at=ago(2200), path=PRESS)
    assert "LINK-004" not in rules_on(declared, PUBLIC)


@pytest.mark.parametrize("kind", ["folder", "library", "site", "drive"])
def test_an_open_link_on_a_container_is_objected_to(kind: str):
    assert links.open_container.check(view(exposure(kind=kind, reach=12))) == {"reach": "12"}
    assert links.open_container.check(view(exposure(kind=kind, reach=UNKNOWN))) == {"reach": "?"}
    assert "LINK-005" not in rules_on(exposure(kind="file"))
    assert "LINK-005" not in rules_on(exposure(kind=kind, path=PRESS), PUBLIC)


def test_what_anybody_can_find_is_objected_to_unless_it_is_declared_public():
    public = Audience.PUBLIC_DISCOVERABLE
    assert "LINK-006" in rules_on(exposure(public))
    assert "LINK-006" not in rules_on(exposure())
    assert "LINK-006" not in rules_on(exposure(public, path=PRESS), PUBLIC)
    assert "LINK-006" in rules_on(exposure(public, path=PRESS, access=Access.CREATE), PUBLIC)


@pytest.mark.parametrize("access", list(Access))
def test_a_guest_object_is_the_matter_of_another_family(access: Access):
    seen = rules_on(
        exposure(Audience.PUBLIC_DISCOVERABLE, access=access, created_at=ago(900), **GUEST)
    )
    assert not [rule for rule in seen if rule.startswith("LINK")]


def test_a_link_may_live_as_long_as_the_policy_says():
    days = timedelta(days=1)
    long = exposure(created_at=ago(10), expires_at=NOW + 21 * days)
    assert links.expires_too_late.check(view(long)) == {"days": "31", "max_days": "30"}
    assert (
        links.expires_too_late.check(view(exposure(created_at=ago(10), expires_at=NOW + 20 * days)))
        is None
    )
    assert links.expires_too_late.check(view(exposure(expires_at=UNKNOWN))) is None
    assert links.expires_too_late.check(view(exposure(expires_at=None))) is None


def test_of_an_unknown_start_only_what_is_certain_is_counted():
    seen = {"created_at": UNKNOWN, "first_seen": ago(5)}
    assert "LINK-008" in rules_on(exposure(expires_at=NOW + timedelta(days=26), **seen))
    assert "LINK-008" not in rules_on(exposure(expires_at=NOW + timedelta(days=25), **seen))


@pytest.mark.parametrize("state", list(State))
def test_only_an_owner_who_is_known_to_be_gone_has_left(state: State):
    gone = state in (State.DISABLED, State.DELETED)
    for audience in (Audience.EXT_NAMED, Audience.ORG_LINK, Audience.ANYONE_LINK):
        assert ("LINK-009" in rules_on(exposure(audience, owner_state=state))) is gone
    assert "LINK-009" not in rules_on(exposure(Audience.LARGE_INTERNAL, owner_state=state))
    if gone:
        seen = view(exposure(owner_state=state, owner=UNKNOWN))
        assert links.departed_owner.check(seen) == {"owner": "?"}


@pytest.mark.parametrize("state", list(State))
def test_a_link_is_left_behind_by_whoever_made_it_too(state: State):
    made = exposure(created_by="left@example.co.jp", creator_state=state)
    assert ("LINK-009" in rules_on(made)) is (state in (State.DISABLED, State.DELETED))
    if state is State.DELETED:
        told = links.departed_owner.check(view(made))
        assert told == {"owner": "left@example.co.jp", "variant": "maker"}
        both = exposure(owner_state=state, created_by="left@example.co.jp", creator_state=state)
        assert links.departed_owner.check(view(both)) == {"owner": "sato@example.co.jp"}


def test_one_sign_on_an_open_link_is_harmless_and_two_are_not():
    assert rules_on(exposure()) == []
    assert rules_on(exposure(name="議事録.docx")) == []
    assert rules_on(exposure(access=Access.COMMENT)) == []
    assert rules_on(exposure(access=Access.COMMENT, name="議事録.docx")) == ["LINK-011"]
    assert rules_on(exposure(created_at=ago(40), reach=10, path=PRESS), PUBLIC) == []
    assert (
        links.link_with_risk_signals.check(view(exposure(reach=UNKNOWN, last_activity=UNKNOWN)))
        is None
    )
    assert links.link_with_risk_signals.check(view(exposure(reach=10, last_activity=ago(400)))) == {
        "signs": "unused, many_items",
        "count": "2",
    }
