"""The sharing settings of a tenant, compared with the baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Engine

from agent.classify.posture import Stated, product_of, stated
from agent.store.settings import Held, settings


def judged_settings(engine: Engine, tenant: int) -> Iterator[tuple[Held, Stated]]:
    """Yield every setting with its result; omitted settings appear in the scope of related ones."""
    held = settings(engine, tenant)
    by_product = {product_of(h.setting.id): h for h in reversed(held)}
    known = {(h.setting.id, h.setting.subject): h for h in reversed(held)}
    for each in stated([h.setting for h in known.values()]):
        setting = each.setting
        own = known.get((setting.id, setting.subject))
        yield own or replace(by_product[product_of(setting.id)], setting=setting), each
