"""Migrations that bring the store of an older version to today's schema.

A new store is created from the schema and stamped with the latest number. An existing store is
migrated one number at a time, each in a transaction of its own. A released migration is never
edited; a test migrates a store of every older number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, inspect, select, text

from agent.store.schema import metadata

Migration = Callable[[Connection], None]


def _0002_grant_details(db: Connection) -> None:
    """Add cause and principal state of grants, labels of items, and owners of groups."""
    for table, column in (
        ("item", "label TEXT DEFAULT 'unknown'"),
        ("item_grant", "cause TEXT DEFAULT 'direct' NOT NULL"),
        ("item_grant", "principal_state TEXT DEFAULT 'unknown' NOT NULL"),
        ("principal", "owners TEXT DEFAULT 'unknown' NOT NULL"),
    ):
        db.execute(text(f"ALTER TABLE {table} ADD COLUMN {column}"))


def _0003_estimates(db: Connection) -> None:
    """Add the estimates of `plan`."""
    db.execute(
        text(
            "CREATE TABLE forecast (tenant INTEGER NOT NULL, made TEXT NOT NULL,"
            " calls INTEGER NOT NULL, units INTEGER NOT NULL, PRIMARY KEY (tenant))"
        )
    )


def _0004_baselines(db: Connection) -> None:
    """Add baselines."""
    for table in (
        "baseline (name TEXT NOT NULL, made TEXT NOT NULL, PRIMARY KEY (name))",
        "baseline_finding (baseline TEXT NOT NULL, id TEXT NOT NULL, tenant INTEGER NOT NULL,"
        " scope INTEGER NOT NULL, state TEXT NOT NULL, severity INTEGER NOT NULL,"
        " content TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (baseline, id))",
        "baseline_scope (baseline TEXT NOT NULL, scope INTEGER NOT NULL, status TEXT,"
        " PRIMARY KEY (baseline, scope))",
    ):
        rowid = "" if db.dialect.name == "postgresql" else " WITHOUT ROWID"
        db.execute(text(f"CREATE TABLE {table}{rowid}"))


def _0005_feedback(db: Connection) -> None:
    """Add feedback on findings."""
    rowid = "" if db.dialect.name == "postgresql" else " WITHOUT ROWID"
    db.execute(
        text(
            'CREATE TABLE mark (finding TEXT NOT NULL, tenant INTEGER NOT NULL, "right" BOOLEAN'
            f" NOT NULL, rules TEXT NOT NULL, made TEXT NOT NULL, PRIMARY KEY (finding)){rowid}"
        )
    )


def _0006_external_checks(db: Connection) -> None:
    """Add counts of external checks."""
    rowid = "" if db.dialect.name == "postgresql" else " WITHOUT ROWID"
    db.execute(
        text(
            "CREATE TABLE proof (scope INTEGER NOT NULL, item_id TEXT NOT NULL,"
            " principal_id TEXT NOT NULL, url TEXT NOT NULL, name TEXT NOT NULL,"
            " site TEXT NOT NULL, counted INTEGER NOT NULL, inside TEXT NOT NULL,"
            f" made TEXT NOT NULL, PRIMARY KEY (scope, item_id, principal_id, url)){rowid}"
        )
    )


def _0007_criteria_and_views(db: Connection) -> None:
    """Add criteria of sharing rules and views of links."""
    for column in ("criteria TEXT DEFAULT '' NOT NULL", "views TEXT"):
        db.execute(text(f"ALTER TABLE item_grant ADD COLUMN {column}"))


def _0008_drop_finding_index(db: Connection) -> None:
    """Drop an index of random ids: it took a fifth of the write time and served one query."""
    db.execute(text("DROP INDEX IF EXISTS finding_tenant"))


def _0009_policy_hash(db: Connection) -> None:
    """Add the hash of the policy to runs."""
    db.execute(text("ALTER TABLE run ADD COLUMN policy TEXT DEFAULT '' NOT NULL"))


def _0010_partial_indexes(db: Connection) -> None:
    """Use partial indexes on the principal; drop exposure.finding_id, which no query reads."""
    for index, column in (("exposure_principal", "principal"), ("exposure_key", "principal_key")):
        db.execute(text(f"DROP INDEX {index}"))
        db.execute(text(f"CREATE INDEX {index} ON exposure ({column}) WHERE {column} != ''"))
    db.execute(text("ALTER TABLE exposure DROP COLUMN finding_id"))


def _0011_role_separator(db: Connection) -> None:
    """Separate roles by line breaks: the name of a role may contain a comma."""
    db.execute(text("UPDATE principal SET roles = replace(roles, ',', :line)"), {"line": "\n"})


def _0012_container_inherits(db: Connection) -> None:
    """Add whether what is granted above holds in a container."""
    db.execute(text("ALTER TABLE container ADD COLUMN inherits INTEGER DEFAULT 1 NOT NULL"))


def _0013_marked_finding(db: Connection) -> None:
    """Add the marked finding to its mark: later evaluations may judge it otherwise."""
    db.execute(text("ALTER TABLE mark ADD COLUMN body TEXT DEFAULT '' NOT NULL"))


MIGRATIONS: Mapping[int, Migration] = {  # number -> what takes the store from number - 1 to it
    2: _0002_grant_details,
    3: _0003_estimates,
    4: _0004_baselines,
    5: _0005_feedback,
    6: _0006_external_checks,
    7: _0007_criteria_and_views,
    8: _0008_drop_finding_index,
    9: _0009_policy_hash,
    10: _0010_partial_indexes,
    11: _0011_role_separator,
    12: _0012_container_inherits,
    13: _0013_marked_finding,
}
BASELINE = 1
LATEST = max(MIGRATIONS, default=BASELINE)

_stamp = Table("schema_version", MetaData(), Column("number", Integer, primary_key=True))


class NewerStoreError(Exception):
    """The store was written by a newer version of this program."""

    def __init__(self, number: int) -> None:
        super().__init__(f"store version {number}, this program knows {LATEST}")
        self.number = number


def migrate(engine: Engine) -> None:
    """Create the schema in an empty database, or migrate an older one.

    Raise `NewerStoreError` if a newer version of this program wrote the store.
    """
    with engine.begin() as db:
        if not inspect(db).has_table(_stamp.name):
            metadata.create_all(db)
            _stamp.create(db)
            db.execute(_stamp.insert().values(number=LATEST))
    with engine.connect() as db:
        number = db.execute(select(_stamp.c.number)).scalar_one()
    if number > LATEST:
        raise NewerStoreError(number)
    for step in range(number + 1, LATEST + 1):
        with engine.begin() as db:
            MIGRATIONS[step](db)
            db.execute(_stamp.update().values(number=step))
