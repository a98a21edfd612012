"""Reading only what has changed: the same picture as reading everything, for fewer calls."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.store.fact_batch import FactBatch
from connectors.google.demo.model import FOLDER, Node, anyone, group, user
from connectors.google.demo.people import HR
from connectors.google.demo.responses import error
from connectors.google.demo.scenario import SALES
from connectors.sdk.local_server import Response
from connectors.sdk.records import Checkpoint, Container, Item, Removed, Started, Status
from connectors.sdk.testing import ConnectorHarness, InMemoryScanState, facts_in, scan

SATO = "sato@example.co.jp"
SHELVES = {SATO: SATO, SALES: "営業部 Sales"}


class Store:
    """What the agent keeps of one scope, by the agent's own sorting of facts."""

    def __init__(self):
        self.items: dict[str, Any] = {}
        self.containers: dict[str, Any] = {}
        self.cursor: str | None = None
        self.notes = InMemoryScanState()

    def read(self, opened, title) -> Any:
        connector, lent = opened.connector()
        connector.tenant()
        scope = next(s for s in connector.scopes() if s.title == title)
        lent.scan_states[scope.id] = self.notes
        records: Any = scan(connector, lent, scope, self.cursor)
        self.keep(records)
        return records

    def keep(self, records):
        told: Any = facts_in(records)
        batch = FactBatch.from_facts(told)
        if records[0].full:
            self.items, self.containers = {}, {}
        for gone in batch.removed:
            self.items.pop(gone, None)
            self.containers.pop(gone, None)
        for id_, item in batch.items.items():
            self.items.pop(id_, None)
            if item.may_be_exposed:
                self.items[id_] = item
        self.containers |= batch.containers
        self.cursor = [r.cursor for r in records if isinstance(r, Checkpoint)][-1] or None

    def picture(self):
        """Without the order in which grants were told, which nothing rests on."""
        told = {
            i: replace(item, grants=tuple(sorted(item.grants, key=repr)))
            for i, item in self.items.items()
        }
        return told, self.containers


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


def forget(stage):
    """A new tenant for every example: nodes of the story are immutable, its shelves are not."""
    for key in SHELVES:
        shelf = stage.tenant.drive(key)
        shelf.changed_ids.clear()
        shelf.__post_init__()


SHARES = st.sampled_from(
    [
        (),
        (anyone("reader"),),
        (anyone("writer"),),
        (user("lee@partner-b.example", "reader"),),
        (user("kim@partner-a.example", "writer"), anyone("reader")),
        (user("suzuki@example.co.jp", "writer"),),
        (group(HR, "reader"),),
    ]
)
STEP = st.tuples(
    st.sampled_from(["share", "add", "folder", "move", "bin", "delete", "limit"]),
    st.integers(0, 30),
    st.integers(0, 30),
    SHARES,
)


def apply(shelf, step, number):
    """One change, made by some of the people."""
    what, at, to, shares = step
    nodes = list(shelf._by_id.values())
    folders = [n for n in nodes if n.mime == FOLDER]
    node = nodes[at % len(nodes)] if nodes else None
    place = folders[to % len(folders)].id if folders and to % 3 else ""
    if what in ("add", "folder") or node is None:
        mime = FOLDER if what == "folder" else "text/plain"
        name = f"new {number}"
        shelf.put(Node(id=f"1{name}", name=name, parent=place, mime=mime, shares=shares))
    elif what == "share":
        shelf.put(replace(node, shares=shares))
    elif what == "bin":
        shelf.put(replace(node, trashed=not node.trashed))
    elif what == "limit" and node.mime == FOLDER:
        shelf.put(replace(node, limited=not node.limited))
    elif what == "delete":
        shelf.drop(node.id)
    elif what == "move" and not _below(shelf, place, node.id):
        shelf.put(replace(node, parent=place))


def _below(shelf, place, top):
    while place:
        if place == top:
            return True
        node = shelf.node(place)
        place = node.parent if node else ""
    return False


@pytest.mark.parametrize("key", SHELVES)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=st.lists(st.lists(STEP, min_size=1, max_size=5), min_size=1, max_size=3))
def test_what_has_changed_and_reading_everything_give_one_picture(stage, key, rounds):
    forget(stage)
    shelf: Any = stage.tenant.drive(key)
    with stage.open() as opened:
        kept = Store()
        kept.read(opened, SHELVES[key])
        for number, steps in enumerate(rounds):
            for at, step in enumerate(steps):
                apply(shelf, step, f"{number}.{at}")
            assert kept.read(opened, SHELVES[key])[0] == Started(full=False, resumed=True)
            fresh = Store()
            fresh.read(opened, SHELVES[key])
            assert kept.picture() == fresh.picture()


def test_an_unchanged_tenant_costs_a_call_or_two_a_scope(stage):
    with stage.open() as opened:
        for title, calls in ((SATO, 2), ("営業部 Sales", 4)):  # tokens, members, the log
            kept = Store()
            kept.read(opened, title)
            again = kept.read(opened, title)
            assert again[-1].calls <= calls
            told: Any = [r for r in facts_in(again) if isinstance(r, Item | Removed)]
            assert [i.kind for i in told] == (["drive"] if title != SATO else [])


@pytest.mark.parametrize("key", SHELVES)
def test_a_log_that_is_cut_off_goes_on_where_it_was(stage, key):
    title = SHELVES[key]
    folder = Node(id="1shared", name="shared", parent="", mime=FOLDER)
    files = [Node(id=f"1f{n}", name=f"f{n}", parent="1shared") for n in range(12)]
    shelf: Any = stage.tenant.drive(key)
    for node in (folder, *files):
        shelf.put(node)
    walks = 0

    def cut(request):
        nonlocal walks
        walks += "in parents" in request.query.get("q", "")
        return error(500, "backendError", "x") if walks > 1 else None

    with stage.open() as opened:
        kept = Store()
        kept.read(opened, title)
        before = kept.cursor
        shelf.put(replace(folder, shares=(anyone("reader"),)))
        stage.inject_fault(lambda request, _times: cut(request))
        assert kept.read(opened, title)[-1].status is Status.PARTIAL
        assert kept.cursor != before
        stage.inject_fault(None)
        assert kept.read(opened, title)[0] == Started(full=False, resumed=True)
        fresh = Store()
        fresh.read(opened, title)
        assert kept.picture() == fresh.picture()


def without(page):
    return Response(body={"files": [], "kind": "drive#fileList"} | page)


INCOMPLETE = {
    "said to be incomplete": without({"incompleteSearch": True}),
    "said to be incomplete, with a file": without(
        {"incompleteSearch": True, "files": [{"id": "1other", "name": "x", "permissions": []}]}
    ),
    "empty": without({}),
    "the folder is not found, and stands": error(404, "notFound", "File not found: ."),
    "no list": Response(body={}),
    "an error": Response(body={"error": {"code": 500}}),
    "refused": error(403, "forbidden", "no"),
}


@pytest.mark.parametrize("answer", INCOMPLETE.values(), ids=INCOMPLETE)
@pytest.mark.parametrize("key", SHELVES)
def test_nothing_is_removed_on_the_word_of_an_incomplete_folder(stage, key, answer):
    title = SHELVES[key]
    folder = Node(id="1shared", name="shared", parent="", mime=FOLDER)
    shelf: Any = stage.tenant.drive(key)
    shelf.put(folder)
    shelf.put(Node(id="1customers", name="顧客名簿", parent="1shared", shares=(anyone("reader"),)))
    with stage.open() as opened:
        kept = Store()
        kept.read(opened, title)
        shelf.put(replace(folder, shares=(user("lee@partner-b.example", "reader"),)))
        stage.inject_fault(
            lambda r, _: answer if "'1shared' in parents" in r.query.get("q", "") else None
        )
        records = kept.read(opened, title)
        assert "1customers" not in {r.item_id for r in records if isinstance(r, Removed)}
        assert records[-1].status is Status.PARTIAL
        assert "1customers" in kept.items
        stage.inject_fault(None)
        again = kept.read(opened, title)
    if answer.status != 403 and answer.body.get("files") is not None:
        assert again[0].full  # what was doubted is read whole
    assert again[-1].status is Status.COMPLETE
    assert "1customers" in kept.items


@pytest.mark.parametrize("key", SHELVES)
@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_a_folder_that_was_emptied_is_believed(stage, key, how):
    title = SHELVES[key]
    folder = Node(id="1shared", name="shared", parent="", mime=FOLDER)
    file = Node(id="1customers", name="顧客名簿", parent="1shared", shares=(anyone("reader"),))
    shelf: Any = stage.tenant.drive(key)
    shelf.put(folder)
    shelf.put(file)
    with stage.open() as opened:
        kept = Store()
        kept.read(opened, title)
        if how == "deleted":
            shelf.drop(file.id)
        else:
            shelf.put(replace(file, parent=""))
        shelf.changed_ids.pop()  # the log names the folder only
        shelf.put(replace(folder, shares=(user("lee@partner-b.example", "reader"),)))
        records = kept.read(opened, title)
    assert records[-1].status is Status.COMPLETE
    assert "1customers" not in kept.items


@pytest.mark.parametrize("entry", [{"removed": False}, {}, {"removed": None, "file": None}])
def test_an_entry_that_is_neither_here_nor_gone_is_not_removed(stage, entry):
    shelf: Any = stage.tenant.drive(SATO)
    with stage.open() as opened:
        kept = Store()
        kept.read(opened, SATO)
        before = dict(kept.items)
        (gone, *_) = before
        body = {
            "kind": "drive#changeList",
            "newStartPageToken": "9",
            "changes": [{"changeType": "file", "fileId": gone} | entry],
        }
        shelf.changed_ids.append(gone)
        stage.inject_fault(
            lambda r, _: Response(body=body) if r.path == "/drive/v3/changes" else None
        )
        records = kept.read(opened, SATO)
    assert kept.items == before
    assert records[-1].status is Status.PARTIAL


@pytest.mark.parametrize(
    "why", ["new member", "stale", "off", "refused token", "own domain", "suspended"]
)
def test_what_the_log_cannot_tell_makes_the_reading_whole(stage, why):
    with stage.open() as opened:
        for key, title in SHELVES.items():
            kept = Store()
            kept.read(opened, title)
            if why == "new member" and key == SALES:
                stage.tenant.drive(key).root_shares += (user("boss@partner-a.example", "writer"),)
            elif why == "stale":
                later = opened.connector()[1].now() - timedelta(days=8)
                kept.cursor = _with(kept.cursor, since=later.isoformat())
            elif why == "off":
                opened.table["full_every_days"] = 0
            elif why == "refused token":
                kept.cursor = _with(kept.cursor, log="gone")
            elif why == "own domain":
                kept.cursor = _with(kept.cursor, house="another")
            elif why == "suspended" and key == SATO:
                kept.cursor = _with(kept.cursor, state="disabled")
            else:
                continue
            records = kept.read(opened, title)
            assert records[0] == Started(full=True, resumed=False)
            assert any(isinstance(r, Container) for r in records)


def test_a_reading_with_doubts_is_followed_by_a_whole_one(stage):
    refused = error(403, "insufficientFilePermissions", "no")
    with stage.open() as opened:
        respond = stage.tenant.respond
        stage.tenant.respond = lambda r: (
            refused
            if r.path.endswith("/permissions") and "useDomainAdminAccess" not in r.query
            else respond(r)
        )
        kept = Store()
        assert kept.read(opened, "営業部 Sales")[-1].status is Status.PARTIAL
        assert kept.cursor is None


def _with(cursor, **values):
    return json.dumps(json.loads(cursor) | values)
