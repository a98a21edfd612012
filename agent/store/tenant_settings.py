"""The sharing settings of a tenant as they were last read."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Engine, select

from agent.store import schema
from agent.store.tri_state import UNKNOWN_TEXT
from connectors.sdk.records import UNKNOWN, Setting


@dataclass(frozen=True, slots=True)
class StoredSetting:
    """A setting and the scope that it was read in."""

    scope: int
    scope_id: str
    scope_title: str
    setting: Setting


def list_settings(engine: Engine, tenant: int) -> list[StoredSetting]:
    """Return all settings of a tenant by id: some hundreds, or a few for each site."""
    s, c = schema.setting.c, schema.scope.c
    query = (
        select(s.id, s.subject, s.value, c.key, c.id.label("scope_id"), c.title)
        .join(schema.scope, c.key == s.scope)
        .where(c.tenant == tenant)
        .order_by(s.id, s.subject, c.key)
    )
    with engine.connect() as db:
        return [
            StoredSetting(
                row.key, row.scope_id, row.title, _setting_from_row(row.id, row.subject, row.value)
            )
            for row in db.execute(query)
        ]


def _setting_from_row(id_: str, subject: str, stored: str) -> Setting:
    value = json.loads(stored)
    return Setting(id=id_, subject=subject, value=UNKNOWN if value == UNKNOWN_TEXT else value)
