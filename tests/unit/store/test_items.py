"""Stored things as records again: as they were, and with what the directory adds."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from agent.store.facts import FactStore
from agent.store.items import external_accounts, item_pages, owner_states, stored_items
from connectors.sdk.records import UNKNOWN, Principal, PrincipalKind, State, Unknown
from tests.unit.store.test_facts import FULL, link, planned, read, thing


def test_the_name_of_a_role_may_have_a_comma_in_it(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    roles = ("Sales, EMEA", "Owner")
    key = planned(facts, tenant)
    guest = Principal(id="p", kind=PrincipalKind.GUEST, name="n", external=True, roles=roles)
    read(facts, key, FULL, guest)
    with engine.connect() as db:
        ((_, kept),) = external_accounts(db, tenant)
    assert kept.roles == roles


ACCOUNTS = {
    "here@example.co.jp": (State.ACTIVE, False),
    "left@example.co.jp": (State.DISABLED, False),
    "gone@example.co.jp": (State.DELETED, False),
    "guest@partner.example": (State.DISABLED, True),
}


@pytest.mark.parametrize(
    ("owner", "told", "state"),
    [
        ("Left@example.co.jp", State.UNKNOWN, State.DISABLED),
        ("gone@example.co.jp", State.UNKNOWN, State.DELETED),
        ("here@example.co.jp", State.UNKNOWN, State.ACTIVE),
        ("left@example.co.jp", State.ACTIVE, State.ACTIVE),  # the item's own word counts more
        ("guest@partner.example", State.UNKNOWN, State.UNKNOWN),
        ("nobody@example.co.jp", State.UNKNOWN, State.UNKNOWN),
        (UNKNOWN, State.UNKNOWN, State.UNKNOWN),
        (None, State.UNKNOWN, State.UNKNOWN),
    ],
)
def test_the_directory_tells_of_an_owner_what_the_item_does_not(
    facts: FactStore,
    engine: Engine,
    tenant: int,
    owner: str | Unknown | None,
    told: State,
    state: State,
) -> None:
    accounts = [
        Principal(
            id=mail,
            kind=PrincipalKind.GUEST if external else PrincipalKind.ACCOUNT,
            name=mail,
            mail=mail,
            state=known,
            external=external,
        )
        for mail, (known, external) in ACCOUNTS.items()
    ]
    key = planned(facts, tenant)
    item = replace(thing("a", link()), owner=owner, owner_state=told)
    read(facts, key, FULL, *accounts, item)
    with engine.connect() as db:
        ((_, (door,)),) = item_pages(db, key, iter([True]), owner_states(db, tenant))
    assert door.item.owner_state is state


@pytest.mark.parametrize("labels", [UNKNOWN, (), ("a",), ("a", "a/b", "社外秘, 甲")])
def test_labels_come_back_as_they_were(
    facts: FactStore, engine: Engine, tenant: int, labels: tuple[str, ...] | Unknown
) -> None:
    key = planned(facts, tenant)
    read(facts, key, FULL, replace(thing("a", link()), labels=labels))
    with engine.connect() as db:
        (door,) = stored_items(db, key)
    assert door.item.labels == labels
