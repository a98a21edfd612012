"""Facts and policies for tests: everything known and harmless unless a test says otherwise."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.classify.evaluator import Evaluator
from agent.classify.model import Evaluation, Exposure
from agent.classify.policy import Policy
from agent.classify.policy_config import OrganizationConfig, PolicyConfig
from agent.classify.rule_input import ExposureContext
from agent.classify.scoring import exposure_age, is_dormant
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    Item,
    PrincipalKind,
    State,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def policy(toml: str = "", tenant_domains: tuple[str, ...] = ("example.co.jp",)) -> Policy:
    """A policy that reads names by terms alone, so that no test hangs on the trained model."""
    tables = tomllib.loads(toml)
    table = tables.get("policy", {})
    table.setdefault("terms", {}).setdefault("model", False)
    return Policy.compile(
        PolicyConfig.model_validate(table),
        OrganizationConfig.model_validate(tables.get("organization", {})),
        tenant_domains,
        NOW.date(),
    )


def exposure(audience: Audience = Audience.ANYONE_LINK, /, **facts: Any) -> Exposure:
    """One exposure; each fact goes to the record that has it. Undated facts are of today."""
    name = facts.get("name", "notes.txt")
    item: dict[str, Any] = {
        "id": "i1",
        "kind": "file",
        "name": name,
        "owner": "sato@example.co.jp",
        "owner_state": State.ACTIVE,
        "created_at": facts.pop("item_created_at", NOW),
        "last_activity": NOW,
    }
    grant: dict[str, Any] = {
        "id": "g1",
        "access": Access.VIEW,
        "principal": "",
        "principal_kind": PrincipalKind.LINK,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=20),
        "password": False,
    }
    join: dict[str, Any] = {
        "connector": "files",
        "path": f"/sites/team/{name}",
        "reach": 1,
        "first_seen": NOW,
        "principal_domains": (),
        "via_group": "",
        "co_located_domains": (),
        "guests": 0,
        "service": "box",
        "external_count": None,
        "creator_state": State.UNKNOWN,
        "people": UNKNOWN,
    }
    for fact, value in facts.items():
        record = item if fact in _OF_ITEM else join if fact in join else grant
        record[fact] = value
    return Exposure(
        item=Item(**item),
        grant=Grant(audience=audience, **grant),
        audience=audience,
        **join,
    )


_OF_ITEM = frozenset(
    {"id", "kind", "name", "owner", "owner_state", "last_activity", "data", "labels"}
)


def judged(subject: Exposure, toml: str = "") -> Evaluation:
    return Evaluator(policy(toml), NOW).evaluate_exposure(subject)


def rules_on(subject: Exposure, toml: str = "") -> list[str]:
    return [match.rule for match in judged(subject, toml).matches]


def view(subject: Exposure, toml: str = "") -> ExposureContext:
    """What a rule sees of it."""
    judge = policy(toml)
    seen = judged(subject, toml)
    assert seen.audience is not None
    return ExposureContext(
        exposure=subject,
        item=subject.item,
        grant=subject.grant,
        audience=seen.audience,
        sensitivity=seen.sensitivity,
        age=exposure_age(subject, NOW),
        dormant=is_dormant(subject.item, NOW),
        policy=judge,
        now=NOW,
    )
