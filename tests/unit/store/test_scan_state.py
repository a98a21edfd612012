"""What a connector remembers: seen at once, durable with the checkpoint."""

from sqlalchemy import Engine

from agent.store.facts import FactStore
from agent.store.scan_state import StoredScanState
from connectors.sdk.records import Scope, Started


def test_what_was_put_is_seen_at_once_and_stored_with_the_checkpoint(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = facts.plan_scopes(tenant, [Scope(id="s", title="S")], "r", full=False)[0].key
    facts.begin_scope(key, Started(full=True, resumed=False), "r")
    notebook = StoredScanState(engine, key)
    notebook.put("b", "2")
    notebook.put("a", "1")
    assert StoredScanState(engine, key).get("a") is None
    writes = notebook.take_writes()
    assert notebook.get("a") == "1"  # taken, not yet stored
    facts.commit(key, [], "c", writes)
    notebook.committed()
    assert (notebook.get("a"), StoredScanState(engine, key).get("b")) == ("1", "2")


def test_everything_under_a_prefix_comes_in_the_order_of_the_keys(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = facts.plan_scopes(tenant, [Scope(id="s", title="S")], "r", full=False)[0].key
    notebook = StoredScanState(engine, key)
    many = {f"x{n:04d}": str(n) for n in range(1200)}
    facts.commit(key, [], "c", many | {"y1": "no", "x%": "odd"})
    notebook.put("x0005", None)
    notebook.put("x0000a", "between")
    notebook.put("x9999", "after")
    found = list(notebook.items("x0"))
    wanted = {k for k in many if k.startswith("x0")} - {"x0005"} | {"x0000a"}
    assert [k for k, _ in found] == sorted(wanted)
    assert [k for k, _ in notebook.items("x%")] == ["x%"]
    assert next(iter(notebook.items("x9")))[0] == "x9999"


def test_the_newest_word_counts_while_the_writer_is_behind(
    engine: Engine, facts: FactStore, tenant: int
) -> None:
    key = facts.plan_scopes(tenant, [Scope(id="s", title="S")], "r", full=False)[0].key
    notebook = StoredScanState(engine, key)
    layers: list[dict[str, str | None]] = []
    for word in ("1", "2", None):
        notebook.put("k", word)
        layers.append(notebook.take_writes())
    for layer in layers:
        assert notebook.get("k") is None
        assert list(notebook.items("k")) == []
        facts.commit(key, [], "c", layer)
        notebook.committed()
    assert notebook.get("k") is None


def test_a_prefix_tells_capitals_apart(engine: Engine, facts: FactStore, tenant: int) -> None:
    key = facts.plan_scopes(tenant, [Scope(id="s", title="S")], "r", full=False)[0].key
    facts.commit(key, [], "c", {"folder:ABC": "1", "folder:abc": "2"})
    assert list(StoredScanState(engine, key).items("folder:A")) == [("folder:ABC", "1")]
