"""The tables of the store. A test compares them with what the migrations build.

Three-state fields are text: NULL for none, "unknown" for unknown, ISO 8601 in UTC for a time.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from agent.store.tri_state import UNKNOWN_TEXT
from connectors.sdk.records import GrantCause

metadata = MetaData()


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _number(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=key, autoincrement=False)


def _text(name: str, *, key: bool = False, default: str | None = None) -> Column[str]:
    """Return a text column; `default` is the value of rows that older versions wrote."""
    return Column(name, Text, nullable=False, primary_key=key, server_default=default)


def _nullable_text(name: str, *, default: str | None = None) -> Column[str | None]:
    return Column(name, Text, server_default=default)


def _index_of_non_empty(name: str, column: str) -> Index:
    """Return an index of the rows that name a principal: links, half of all grants, do not."""
    named = text(f"{column} != ''")
    return Index(name, column, sqlite_where=named, postgresql_where=named)


run = Table(
    "run",
    metadata,
    _text("id", key=True),
    _text("kind"),
    _text("begun"),
    _nullable_text("ended"),
    Column("exit_code", Integer),
    _text("policy", default=""),  # the hash of the policy of the last evaluation
)
forecast = Table(  # the estimate of `plan` for a full scan
    "forecast",
    metadata,
    _number("tenant", key=True),
    _text("made"),
    _number("calls"),
    _number("units"),
)
baseline = Table(  # a named moment to compare with
    "baseline",
    metadata,
    _text("name", key=True),
    _text("made"),
    sqlite_with_rowid=False,
)
baseline_finding = Table(  # the findings that were open or waived then
    "baseline_finding",
    metadata,
    _text("baseline", key=True),
    _text("id", key=True),
    _number("tenant"),
    _number("scope"),
    _text("state"),
    _number("severity"),
    _text("content"),
    _text("body"),
    sqlite_with_rowid=False,
)
baseline_scope = Table(  # the status of the scopes then
    "baseline_scope",
    metadata,
    _text("baseline", key=True),
    _number("scope", key=True),
    _nullable_text("status"),
    sqlite_with_rowid=False,
)
tenant = Table(
    "tenant",
    metadata,
    Column("key", Integer, primary_key=True),
    _text("service"),
    _text("tenant_id"),
    _text("connector"),
    _text("title"),
    _text("domains"),
    UniqueConstraint("service", "tenant_id"),
)
scope = Table(
    "scope",
    metadata,
    Column("key", Integer, primary_key=True),
    _number("tenant"),
    _text("id"),
    _text("title"),
    _text("url"),
    _flag("last"),
    _number("round"),
    _flag("unfinished"),
    _nullable_text("cursor"),
    _text("run_id"),
    _nullable_text("status"),
    _flag("full"),
    _flag("standing"),
    _flag("cut_off"),
    _text("ended"),  # when a scan last ended; empty before the first
    _text("reason"),
    _text("hint"),
    _number("item_count"),
    _number("calls"),
    Column("seconds", Float, nullable=False),
    _number("missing"),
    UniqueConstraint("tenant", "id"),
)
container = Table(
    "container",
    metadata,
    _number("scope", key=True),
    _text("id", key=True),
    _nullable_text("parent_id"),
    _text("name"),
    _number("round"),
    # 0: what is granted above does not hold here
    Column("inherits", Integer, nullable=False, server_default=text("1")),
    Index("container_parent", "scope", "parent_id"),
    sqlite_with_rowid=False,
)
tally = Table(  # the number of items directly in a container, stored or not
    "tally",
    metadata,
    _number("scope", key=True),
    _text("container_id", key=True),
    _number("round"),
    _number("item_count"),
    sqlite_with_rowid=False,
)
reach = Table(  # the number of items below a container with grants; filled before the evaluation
    "reach",
    metadata,
    _number("scope", key=True),
    _text("container_id", key=True),
    _number("item_count"),
    sqlite_with_rowid=False,
)
item = Table(
    "item",
    metadata,
    _number("scope", key=True),
    _text("id", key=True),
    _nullable_text("parent_id"),
    _text("kind"),
    _text("name"),
    _text("url"),
    _nullable_text("owner"),
    _text("owner_state"),
    _text("created_at"),
    _text("modified_at"),
    _nullable_text("last_activity"),
    _flag("trashed"),
    _text("data"),
    _number("round"),
    _nullable_text("label", default=UNKNOWN_TEXT),
    sqlite_with_rowid=False,
)
grant = Table(
    "item_grant",  # GRANT is a word of SQL
    metadata,
    _number("scope", key=True),
    _text("item_id", key=True),
    _text("id", key=True),
    _text("principal_key", key=True),
    _text("audience"),
    _text("access"),
    _text("principal"),
    _text("principal_kind"),
    _text("principal_id"),
    _nullable_text("inherited_from"),
    _text("created_at"),
    _text("created_by"),
    _nullable_text("expires_at"),
    _text("password"),
    _nullable_text("reach"),
    _flag("live"),
    _text("first_seen"),
    _text("last_seen"),
    _text("cause", default=GrantCause.DIRECT),
    _text("principal_state", default=UNKNOWN_TEXT),
    _text("criteria", default=""),
    _nullable_text("views"),
    Index("grant_group", "principal_kind", "principal_id"),
    sqlite_with_rowid=False,
)
principal = Table(
    "principal",
    metadata,
    _number("scope", key=True),
    _text("id", key=True),
    _text("kind"),
    _text("name"),
    _text("mail"),
    _text("state"),
    _text("external"),
    _text("created_at"),
    _nullable_text("invited_at"),
    _nullable_text("last_sign_in"),
    _nullable_text("sponsor"),
    _text("roles"),
    _text("members"),
    _number("round"),
    _text("owners", default=UNKNOWN_TEXT),
    sqlite_with_rowid=False,
)
membership = Table(
    "membership",
    metadata,
    _number("scope", key=True),
    _text("group_id", key=True),
    _text("member_id", key=True),
    _text("member"),
    _text("audience"),
    _number("round"),
    Index("membership_member", "scope", "member_id"),
    sqlite_with_rowid=False,
)
setting = Table(
    "setting",
    metadata,
    _number("scope", key=True),
    _text("id", key=True),
    _text("subject", key=True),
    _text("value"),
    _number("round"),
    sqlite_with_rowid=False,
)
proof = Table(  # counts of an anonymous visitor, with the count that the audit knew
    "proof",
    metadata,
    _number("scope", key=True),
    _text("item_id", key=True),
    _text("principal_id", key=True),
    _text("url", key=True),
    _text("name"),
    _text("site"),
    _number("counted"),
    _text("inside"),
    _text("made"),
    sqlite_with_rowid=False,
)
memory = Table(
    "memory",
    metadata,
    _number("scope", key=True),
    _text("key", key=True),
    _text("value"),
    sqlite_with_rowid=False,
)
exposure = Table(
    "exposure",
    metadata,
    _number("scope", key=True),
    _text("item_id", key=True),
    _text("grant_id", key=True),
    _text("principal_key", key=True),
    _text("principal"),
    _text("body"),
    _index_of_non_empty("exposure_principal", "principal"),
    _index_of_non_empty("exposure_key", "principal_key"),
    sqlite_with_rowid=False,
)
finding = Table(
    "finding",
    metadata,
    _text("id", key=True),
    _number("tenant"),
    _number("scope"),
    _text("state"),  # open | waived | resolved
    _text("change"),  # the last change: new | changed | returned | resolved | waived
    _text("change_run"),
    _text("judged_run"),
    _flag("compared"),
    _number("severity"),
    Column("score", Integer),
    _number("occurrence"),
    _text("content"),
    _text("body"),
    _text("waived_until"),
    _text("waived_by"),
    _text("first_seen"),
    _text("last_seen"),
    _text("changed_at"),
)
mark = Table(  # feedback on a finding; evaluations do not change it
    "mark",
    metadata,
    _text("finding", key=True),
    _number("tenant"),
    _flag("right"),
    _text("rules"),
    _text("made"),
    _text("body", default=""),  # the finding as it was marked; empty once its names were removed
    sqlite_with_rowid=False,
)
outbox = Table(
    "outbox",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    _text("sink"),
    _text("event_id"),
    _text("run_id"),
    _text("body"),
    _text("state"),  # pending | done
    _nullable_text("batch_id"),
    _nullable_text("frozen_at"),
    _number("attempts"),
    _text("last_error"),
    UniqueConstraint("sink", "event_id"),
    Index("outbox_waiting", "sink", "state", "seq"),
    Index("outbox_batch", "sink", "batch_id"),
    sqlite_autoincrement=True,
)
