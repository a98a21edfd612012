"""The sharing settings of a tenant, compared with the baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Engine

from agent.classify.settings_baseline import EvaluatedSetting, evaluate_settings, resource_of
from agent.store.tenant_settings import StoredSetting, list_settings


def evaluated_settings(
    engine: Engine, tenant: int
) -> Iterator[tuple[StoredSetting, EvaluatedSetting]]:
    """Yield every setting with its result; omitted settings appear in the scope of related ones."""
    held = list_settings(engine, tenant)
    by_product = {resource_of(h.setting.id): h for h in reversed(held)}
    known = {(h.setting.id, h.setting.subject): h for h in reversed(held)}
    for each in evaluate_settings([h.setting for h in known.values()]):
        setting = each.setting
        own = known.get((setting.id, setting.subject))
        yield own or replace(by_product[resource_of(setting.id)], setting=setting), each
