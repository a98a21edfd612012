"""Old stores are taken up, newer ones refused."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from agent.errors import ConfigError
from agent.store.engine import LockedError, is_database_url, lock_store, open_store
from agent.store.migrations import BASELINE, LATEST, MIGRATIONS


def told(folder: Path, statement: str) -> None:
    engine = open_store(folder)
    with engine.begin() as db:
        db.execute(text(statement))
    engine.dispose()


def test_every_number_from_the_baseline_to_the_latest_has_its_step() -> None:
    assert sorted(MIGRATIONS) == list(range(BASELINE + 1, LATEST + 1))


def test_the_oldest_store_is_taken_up_to_what_a_new_one_is(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old = sqlite3.connect(tmp_path / "old" / "tojimari.db")
    old.executescript((Path(__file__).parent / "baseline.sql").read_text(encoding="utf-8"))
    old.execute(
        "INSERT INTO principal (scope, id, kind, name, mail, state, external, created_at, roles,"
        " members, round) VALUES (1, 'p', 'guest', 'n', '', 'active', 'true', 'unknown', 'a,b',"
        " 'unknown', 1)"
    )
    old.commit()
    old.close()
    once, anew = open_store(tmp_path / "old"), open_store(tmp_path / "new")
    with once.connect() as db:
        asked = text("SELECT name, owners, roles FROM principal")
        assert db.execute(asked).one() == ("n", "unknown", "a\nb")
    assert columns(once) == columns(anew)
    assert indexes(once) == indexes(anew)
    once.dispose()
    anew.dispose()


def columns(engine: Engine) -> dict[str, list[tuple[str, str, bool, str | None]]]:
    seen = inspect(engine)
    return {
        table: sorted(
            (c["name"], str(c["type"]), c["nullable"], c["default"])
            for c in seen.get_columns(table)
        )
        for table in seen.get_table_names()
    }


def indexes(engine: Engine) -> dict[str, tuple[str, list[str | None], str]]:
    seen = inspect(engine)
    return {
        str(index["name"]): (
            table,
            index["column_names"],
            str(index.get("dialect_options", {}).get("sqlite_where", "")),
        )
        for table in seen.get_table_names()
        for index in seen.get_indexes(table)
    }


def test_a_store_is_opened_again_as_it_was(tmp_path: Path) -> None:
    told(tmp_path, "INSERT INTO run (id, kind, begun) VALUES ('r', 'scan', 'now')")
    engine = open_store(tmp_path)
    with engine.connect() as db:
        assert db.execute(text("SELECT id FROM run")).scalar_one() == "r"
    engine.dispose()


def test_a_store_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    told(tmp_path, "UPDATE schema_version SET number = 999")
    with pytest.raises(ConfigError, match=r"store\.newer number='999'"):
        open_store(tmp_path)


def test_a_broken_store_is_named_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "tojimari.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(ConfigError, match=r"store\.unusable"):
        open_store(tmp_path)


@pytest.mark.parametrize("share", ["//server/share/state", "\\\\server\\share"])
def test_a_network_share_is_refused_because_wal_cannot_work_there(share: str) -> None:
    with pytest.raises(ConfigError, match=r"store\.network_share"):
        open_store(share)


def test_an_address_never_shows_its_password() -> None:
    assert is_database_url("postgresql+psycopg://u:hunter2@127.0.0.1:9/db")
    with pytest.raises(ConfigError) as caught:
        open_store("postgresql+psycopg://u:hunter2@127.0.0.1:9/db")
    assert "hunter2" not in str(caught.value)


def test_one_run_at_a_time_holds_the_store(tmp_path: Path) -> None:
    with lock_store(tmp_path, tmp_path), pytest.raises(LockedError):
        lock_store(tmp_path, tmp_path)
    lock_store(tmp_path, tmp_path).release()
