"""The books: rounds, resuming, what counts as gone."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from agent.store import schema
from agent.store.coverage import scopes, tenants
from agent.store.engine import open_store
from agent.store.facts import FactStore
from agent.store.items import stored_items
from agent.store.schema import metadata
from connectors.sdk.message import say
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Container,
    CountedItems,
    Coverage,
    Grant,
    Item,
    Principal,
    PrincipalKind,
    Removed,
    Scope,
    Started,
    Status,
    Tenant,
    Unknown,
)

SCOPE = Scope(id="d1", title="Documents")
FULL = Started(full=True, resumed=False)
ON = Started(full=True, resumed=True)
DELTA = Started(full=False, resumed=False)
DONE = Coverage(status=Status.COMPLETE)
CUT = Coverage(status=Status.PARTIAL, reason=say("x.y"))


def thing(item_id: str, *grants: Grant, parent: str | None = None) -> Item:
    return Item(id=item_id, kind="file", name=item_id, parent_id=parent, grants=grants)


def link(grant_id: str = "g") -> Grant:
    return Grant(
        id=grant_id,
        audience=Audience.ANYONE_LINK,
        access=Access.VIEW,
        principal="",
        principal_kind=PrincipalKind.LINK,
    )


def planned(
    facts: FactStore, tenant: int, run: str = "r1", *found: Scope, full: bool = False
) -> int:
    return facts.plan_scopes(tenant, found or (SCOPE,), run, full=full)[0].key


def stored(engine: Engine) -> set[str]:
    with engine.connect() as db:
        return set(db.execute(select(schema.item.c.id)).scalars())


def rows(engine: Engine, table: Any) -> int:
    with engine.connect() as db:
        return db.execute(select(func.count()).select_from(table)).scalar_one()


def read(facts: FactStore, key: int, started: Started, *items: Any, end: Coverage = DONE) -> None:
    facts.begin_scope(key, started, "r1")
    facts.commit(key, items, "", {})
    facts.finish_scope(key, (), end)


def test_a_new_store_has_the_schema_of_the_code(engine: Engine) -> None:
    from sqlalchemy import inspect

    found = inspect(engine)
    for table in metadata.sorted_tables:
        columns = {c["name"]: c["nullable"] for c in found.get_columns(table.name)}
        assert columns == {c.name: c.nullable for c in table.c}
        assert found.get_pk_constraint(table.name)["constrained_columns"] == [
            c.name for c in table.primary_key
        ]


@pytest.mark.parametrize("views", [0, 12, UNKNOWN, None])
def test_a_grant_comes_back_with_what_the_vendor_says_of_its_rule_and_its_views(
    facts: FactStore, engine: Engine, tenant: int, views: int | Unknown | None
) -> None:
    key = planned(facts, tenant)
    told = replace(link(), criteria="Status equals Published", views=views)
    read(facts, key, FULL, thing("a", told))
    with engine.connect() as db:
        (door,) = stored_items(db, key)
    assert [seen.grant for seen in door.grants] == [told]


def test_only_what_stands_open_or_goes_to_a_group_is_stored(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    inside = Grant(
        id="i",
        audience=Audience.NAMED_INTERNAL,
        access=Access.EDIT,
        principal="a@example.co.jp",
        principal_kind=PrincipalKind.ACCOUNT,
    )
    group = Grant(
        id="g",
        audience=Audience.NAMED_INTERNAL,
        access=Access.EDIT,
        principal="staff",
        principal_kind=PrincipalKind.GROUP,
        principal_id="G1",
    )
    key = planned(facts, tenant)
    read(facts, key, FULL, thing("plain"), thing("own", inside), thing("team", group, inside))
    assert stored(engine) == {"team"}
    assert rows(engine, schema.grant) == 2


def test_what_a_complete_full_reading_did_not_meet_again_is_gone(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, thing("a", link()), thing("b", link()))
    read(facts, key, FULL, thing("b", link()))
    assert stored(engine) == {"b"}
    assert rows(engine, schema.grant) == 1


def test_a_reading_that_begins_again_half_way_counts_nothing_twice(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    facts.begin_scope(key, FULL, "r1")
    facts.commit(key, [thing("a", link()), thing("b", link())], "page 2", {})
    read(facts, key, FULL, thing("b", link()), thing("c", link()))
    assert stored(engine) == {"b", "c"}
    assert [s.coverage.items for s in scopes(engine, tenant)] == [2]


def test_an_incomplete_reading_takes_nothing_away(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, thing("a", link()), thing("b", link()))
    read(facts, key, FULL, thing("b", link()), end=CUT)
    assert stored(engine) == {"a", "b"}


def test_what_the_interrupted_part_saw_counts_when_the_reading_goes_on(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, thing("old", link()))
    facts.begin_scope(key, FULL, "r2")
    facts.commit(key, [thing("a", link())], "page-2", {"seen": "1"})
    again = facts.plan_scopes(tenant, [SCOPE], "r2", full=False)[0]
    assert (again.cursor, again.already_read) == ("page-2", False)
    facts.begin_scope(key, ON, "r2")
    facts.commit(key, [thing("b", link())], "", {})
    facts.finish_scope(key, (), DONE)
    assert stored(engine) == {"a", "b"}


def test_a_reading_that_starts_over_forgets_what_its_earlier_part_saw(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    facts.begin_scope(key, FULL, "r1")
    facts.commit(key, [thing("vanished", link())], "page-2", {})
    read(facts, key, FULL, thing("a", link()))  # the cursor was refused
    assert stored(engine) == {"a"}


def test_in_a_delta_only_what_is_mentioned_has_changed(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, thing("a", link()), thing("b", link()), thing("c", link()))
    read(facts, key, DELTA, Removed(item_id="a"), thing("b"))
    assert stored(engine) == {"c"}


def test_the_last_word_on_an_item_counts_and_it_is_stored_once(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    facts.begin_scope(key, FULL, "r1")
    facts.commit(key, [thing("a", link("1")), thing("a", link("2"))], "p", {})
    facts.commit(key, [thing("a", link("3"))], "q", {})
    facts.finish_scope(key, (), DONE)
    with engine.connect() as db:
        assert db.execute(select(schema.grant.c.id)).scalars().all() == ["3"]


def test_the_first_sight_of_a_grant_outlives_every_later_reading(
    engine: Engine, facts: FactStore, tenant: int, clock: Any
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, thing("a", link("old")))
    clock.tomorrow()
    read(facts, key, FULL, thing("a", link("old"), link("new")))
    with engine.connect() as db:
        g = schema.grant.c
        seen = {r.id: (r.first_seen, r.last_seen) for r in db.execute(select(schema.grant))}
    assert g is not None
    assert seen["old"] == ("2026-11-21T03:00:00+00:00", "2026-11-22T03:00:00+00:00")
    assert seen["new"] == ("2026-11-22T03:00:00+00:00",) * 2


def test_a_scope_that_this_run_has_read_is_done_and_another_run_reads_it_again(
    facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, thing("a", link()))
    assert facts.plan_scopes(tenant, [SCOPE], "r1", full=False)[0].already_read
    assert not facts.plan_scopes(tenant, [SCOPE], "r2", full=False)[0].already_read


def test_a_full_scan_forgets_the_cursor_of_a_finished_scope_only(
    facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    facts.begin_scope(key, FULL, "r1")
    facts.commit(key, [], "page-2", {})
    assert facts.plan_scopes(tenant, [SCOPE], "r2", full=True)[0].cursor == "page-2"
    facts.begin_scope(key, ON, "r2")
    facts.commit(key, [], "delta-token", {})
    facts.finish_scope(key, (), DONE)
    assert facts.plan_scopes(tenant, [SCOPE], "r3", full=False)[0].cursor == "delta-token"
    assert facts.plan_scopes(tenant, [SCOPE], "r3", full=True)[0].cursor is None


def test_a_scope_left_out_of_one_listing_is_not_compared_and_of_two_is_gone(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    other = Scope(id="d2", title="Other")
    key = planned(facts, tenant, "r1", SCOPE, other)
    read(facts, key, FULL, thing("a", link()))
    facts.plan_scopes(tenant, [other], "r2", full=False)
    once = {s.id: s for s in scopes(engine, tenant)}["d1"]
    assert (once.coverage.status, once.is_incomplete) == (Status.SKIPPED, True)
    assert stored(engine) == {"a"}
    facts.plan_scopes(tenant, [other], "r3", full=False)
    assert "d1" not in {s.id for s in scopes(engine, tenant)}
    assert stored(engine) == set()


@pytest.mark.parametrize(
    ("unlisted", "left"), [("d", {"a"}), ("d1", {"a"}), ("x", set()), ("", set())]
)
def test_a_scope_that_could_not_be_listed_is_not_compared_however_often(
    engine: Engine, facts: FactStore, tenant: int, unlisted: str, left: set[str]
) -> None:
    stand_in = Scope(id="listing", title="Drives", stands_for=unlisted)
    key = planned(facts, tenant, "r1", SCOPE)
    read(facts, key, FULL, thing("a", link()))
    for run in ("r2", "r3", "r4"):
        facts.plan_scopes(tenant, [stand_in], run, full=False)
    assert stored(engine) == left
    found = {s.id: s for s in scopes(engine, tenant)}
    assert ("d1" in found) == bool(left)
    assert not left or found["d1"].coverage.status is Status.SKIPPED
    assert not left or found["d1"].is_incomplete


def test_a_scope_that_comes_back_after_one_listing_is_read_as_before(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, thing("a", link()))
    facts.plan_scopes(tenant, [], "r2", full=False)
    assert planned(facts, tenant, "r3") == key
    read(facts, key, FULL, thing("a", link()))
    facts.plan_scopes(tenant, [], "r4", full=False)
    assert stored(engine) == {"a"}


def test_a_tenant_keeps_its_books_when_its_connector_is_renamed_or_cannot_sign_in(
    facts: FactStore, tenant: int
) -> None:
    assert facts.ensure_tenant("box", "new name", Tenant(id="T1", name="Example K.K.")) == tenant
    assert facts.ensure_tenant("box", "new name", None) == tenant
    unborn = facts.ensure_tenant("box", "second", None)
    assert unborn != tenant
    assert facts.ensure_tenant("box", "second", Tenant(id="T2", name="Other")) == unborn


def test_items_are_counted_where_they_lie_and_anew_in_every_full_reading(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    folder = Container(id="f", parent_id=None, name="/f")
    for _ in range(2):
        read(facts, key, FULL, folder, *(thing(str(n), parent="f") for n in range(7)))
    with engine.connect() as db:
        assert db.execute(select(schema.tally.c.item_count)).scalars().all() == [7]
    assert next(iter(scopes(engine, tenant))).coverage.items == 7


def test_what_was_passed_by_counts_like_items_without_grants(
    facts: FactStore, engine: Engine, tenant: int
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, CountedItems(parent_id="f", count=7), thing("a", parent="f"))
    [scope] = scopes(engine, tenant)
    assert (scope.coverage.items, stored(engine)) == (8, set())


def test_what_was_never_read_or_left_unfinished_comes_first_then_the_oldest(
    facts: FactStore, tenant: int, clock: Any
) -> None:
    listing = [Scope(id=name, title=name) for name in ("old", "recent", "stump", "never")]
    keys = {p.scope.id: p.key for p in facts.plan_scopes(tenant, listing[:3], "r1", full=False)}
    for name in ("old", "stump", "recent"):
        clock.tomorrow()
        read(facts, keys[name], FULL, end=CUT if name == "stump" else DONE)
    order = [p.scope.id for p in facts.plan_scopes(tenant, listing, "r2", full=False)]
    assert order == ["stump", "never", "old", "recent"]


@settings(max_examples=40)
@given(st.text(st.characters(), max_size=40))
def test_no_name_that_an_outsider_chooses_can_stop_a_reading(name: str) -> None:
    with TemporaryDirectory() as folder:
        engine = open_store(Path(folder))
        books = FactStore(engine, lambda: datetime(2026, 11, 21, tzinfo=UTC))
        tenant = books.ensure_tenant("box", "box", Tenant(id="T", name="T"))
        key = planned(books, tenant, "r", Scope(id="s", title=name))
        open_item = Item(id="i", kind="file", name=name, parent_id="c", grants=(link(),))
        place = Container(id="c", parent_id=None, name=name)
        who = Principal(id="p", kind=PrincipalKind.GUEST, name=name, mail=name)
        read(books, key, FULL, place, open_item, who)
        assert stored(engine) == {"i"}
        engine.dispose()


@pytest.mark.parametrize("name", ["a\ud800b", "a\0b", "\udfff"])
def test_half_letters_and_zero_bytes_are_replaced(
    engine: Engine, facts: FactStore, tenant: int, name: str
) -> None:
    key = planned(facts, tenant, "r", Scope(id="s", title=name))
    read(facts, key, FULL, Item(id="i", kind="file", name=name, grants=(link(),)))
    with engine.connect() as db:
        assert "\ufffd" in db.execute(select(schema.item.c.name)).scalar_one()


def test_a_reading_that_starts_over_has_no_place_to_go_on_from_until_it_says_so(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    facts.begin_scope(key, FULL, "r1")
    facts.commit(key, [thing("a", link())], "page-2", {})
    facts.begin_scope(key, FULL, "r1")  # the place was refused, and then the line was cut
    facts.finish_scope(key, (), CUT)
    assert facts.plan_scopes(tenant, [SCOPE], "r2", full=False)[0].cursor is None


def test_facts_after_the_last_checkpoint_are_kept_and_counted_once(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    facts.begin_scope(key, FULL, "r1")
    facts.commit(key, [thing("a")], "page-2", {})
    facts.finish_scope(key, [thing("b", link())], CUT)
    assert stored(engine) == {"b"}
    facts.begin_scope(key, ON, "r2")
    facts.commit(key, [thing("b", link())], "", {})
    facts.finish_scope(key, (), DONE)
    assert next(iter(scopes(engine, tenant))).coverage.items == 2


def test_a_cut_off_scope_that_vanishes_does_not_keep_the_run_open(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, end=Coverage(status=Status.PARTIAL, reason=say("x"), cut_off=True))
    facts.plan_scopes(
        tenant, [], "r1", full=False
    )  # the same run goes on; the vendor has deleted it
    assert not any(s.coverage.cut_off for s in scopes(engine, tenant))


def test_a_tenant_that_cannot_be_opened_leaves_no_scope_that_looks_read(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, thing("a", link()))
    facts.record_unlisted(tenant, "box", "r2", Coverage(status=Status.DENIED, reason=say("x")))
    assert {s.id: s.complete for s in scopes(engine, tenant)} == {"d1": False, "scopes": False}
    again = facts.plan_scopes(tenant, [SCOPE], "r3", full=False)[0]
    read(facts, again.key, FULL, thing("a", link()))
    assert {s.id: s.complete for s in scopes(engine, tenant)} == {"d1": True}


def test_names_that_never_signed_in_and_names_that_moved_keep_their_books_apart(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    first, second = facts.ensure_tenant("m365", "a", None), facts.ensure_tenant("m365", "b", None)
    assert first != second
    assert facts.ensure_tenant("m365", "a", Tenant(id="TA", name="A")) == first
    moved = facts.ensure_tenant("m365", "a", Tenant(id="TB", name="B"))
    assert moved not in {first, second}
    assert [t.tenant_id for t in tenants(engine, ["a"])] == ["TB"]
    assert facts.ensure_tenant("m365", "a", None) == moved


LIBRARIES = tuple(Scope(id=f"b!{n}", title=f"L{n}", url=f"https://x/sites/{n}/D") for n in range(4))


def listed(engine: Engine, tenant: int) -> set[str]:
    return {s.id for s in scopes(engine, tenant)}


@pytest.mark.parametrize(
    ("left", "gone"),
    [
        ((), set[str]()),
        (LIBRARIES[:1], set[str]()),
        (LIBRARIES[:2], {"b!2", "b!3"}),
        (LIBRARIES[:3], {"b!3"}),
    ],
)
def test_a_listing_that_lost_most_of_its_scopes_is_not_believed_however_often_it_comes(
    engine: Engine, facts: FactStore, tenant: int, left: tuple[Scope, ...], gone: set[str]
) -> None:
    planned(facts, tenant, "r1", SCOPE, *LIBRARIES)
    for night in range(2, 9):
        facts.plan_scopes(tenant, (SCOPE, *left), f"r{night}", full=False)
    assert {scope.id for scope in LIBRARIES} - listed(engine, tenant) == gone
    for scope in scopes(engine, tenant):
        if scope.id.startswith("b!") and scope.id not in {known.id for known in left}:
            assert scope.coverage.status is Status.SKIPPED
            assert "scope.lost_hint" in str(scope.coverage.hint)


def test_a_full_scan_confirms_a_listing_that_lost_most_of_its_scopes(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    planned(facts, tenant, "r1", SCOPE, *LIBRARIES)
    facts.plan_scopes(tenant, [SCOPE], "r2", full=False)
    facts.plan_scopes(tenant, [SCOPE], "r3", full=True)
    assert listed(engine, tenant) == {SCOPE.id}


@pytest.mark.parametrize("prefix", ["b!", "https://x/sites/3/"])
def test_what_another_scope_stands_for_is_never_gone(
    engine: Engine, facts: FactStore, tenant: int, prefix: str
) -> None:
    planned(facts, tenant, "r1", *LIBRARIES)
    locked = Scope(id="site:3", title="3", stands_for=prefix)
    for night in range(2, 6):
        facts.plan_scopes(tenant, (*LIBRARIES[:3], locked), f"r{night}", full=night == 5)
    assert "b!3" in listed(engine, tenant)


def test_an_incomplete_listing_makes_nothing_missing(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    planned(facts, tenant, "r1", *LIBRARIES)
    for night in range(2, 6):
        facts.plan_scopes(tenant, LIBRARIES[:3], f"r{night}", full=True, listed=False)
    assert "b!3" in listed(engine, tenant)
