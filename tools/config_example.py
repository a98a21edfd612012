"""Print `config.example.toml`, generated from the settings.

`python -m tools.config_example > config.example.toml` writes the file; a test keeps it true.

A key is set if it is required or has an example; otherwise it is a comment with its default.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agent.classify.policy_config import (
    CustomRule,
    CustomRuleConditions,
    Label,
    OrganizationConfig,
    PolicyConfig,
    RuleOverride,
    TermsConfig,
    Vendor,
    Waiver,
)
from agent.config.schema import AgentTable, NetworkTable, ReportTable
from agent.config.toml_writer import default_value, write_comment, write_key, write_table
from agent.sinks.config import sink_types
from connectors.sdk.services import load_service, services

HEADER = """\
# tojimari: who outside can see what in our SaaS, and what must be shut tonight?
#
# Copy this file to config.toml and keep what you use. Write no secret here, but a reference to it:
# file:PATH (relative to this file), env:NAME, keyring:NAME, on Windows also dpapi:PATH.
# `tojimari secret set` stores a secret and prints its reference. An unknown key is an error.
"""
SEPARATE_TABLES: dict[str, type[BaseModel]] = {
    "[policy.rules.EXT-002]": RuleOverride,
    "[[policy.vendors]]": Vendor,
    "[policy.labels.Confidential]": Label,
    "[policy.terms]": TermsConfig,
    "[[policy.custom_rules]]": CustomRule,
    "[policy.custom_rules.when]": CustomRuleConditions,
    "[[policy.waivers]]": Waiver,
}
"""The parts of the policy that have tables of their own, with their settings."""
SINK_NAMES = {"csv": "files", "jsonl": "collector", "splunk_hec": "splunk", "webhook": "siem"}
"""Type of a sink -> its name in the example; users choose the names."""
EXAMPLES: dict[str, dict[str, Any]] = {
    "[policy.rules.EXT-002]": {
        "severity": "low", "enabled": True, "reason": "partner-heavy business",
    },
    "[[policy.vendors]]": {
        "name": "ACME", "domains": ["acme.example"], "contract": "C-123",
        "ends": date(2027, 3, 31), "owner": "sato@example.co.jp", "shared_by_design": False,
    },
    "[policy.labels.Confidential]": {"level": "s2", "encrypts": False, "name": "社外秘"},
    "[policy.terms]": {
        "s3": ["出向者名簿"], "s2": ["出向"], "s1": ["週報"], "soften": ["ひな型"],
        "ignore": ["契約農家"],
        "model": True,
    },
    "[[policy.custom_rules]]": {
        "id": "X-001", "title": "Design drawings outside", "severity": "high",
        "fix": "Move the drawing to the partner portal.",
    },
    "[policy.custom_rules.when]": {
        "service": ["google", "m365"], "kind": ["file"], "name_glob": "*.dwg",
        "name_regex": "^DR-[0-9]{4}", "path_glob": "m365:/sites/design/*",
        "audience": ["ext_named", "ext_consumer"], "audience_at_least": "ext_named",
        "access_at_least": "edit", "principal_domain": ["acme.example"],
        "sensitivity_at_least": "s2", "min_age_days": 90, "max_age_days": 3650,
        "expires": "none", "inherited": False,
    },
    "[[policy.waivers]]": {
        "finding": "tjm1:…", "item": "1AbC…", "container": "0AbC…",
        "principal": "tanaka@acme.example", "rule": "EXT-002", "reason": "Public recruiting page",
        "approved_by": "CISO", "expires": date(2027, 3, 31), "max_audience": "anyone_link",
        "max_access": "view",
    },
}  # fmt: skip


def render_example() -> str:
    """Return the file."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from HEADER.splitlines()
    yield from write_table("agent", AgentTable, {}, _description)
    yield from write_table("organization", OrganizationConfig, {}, _description)
    yield from write_table("network", NetworkTable, {}, _description)
    for service in services():
        model = load_service(service).Settings
        yield from write_table(f"connectors.{service}", model, _examples(model), _description)
    own = frozenset(head.strip("[]").split(".")[1] for head in SEPARATE_TABLES)
    yield from write_table("policy", PolicyConfig, {}, _description, without=own)
    for head, model in SEPARATE_TABLES.items():
        yield from _commented_table(head, model)
    yield from write_table("report", ReportTable, {}, _description)
    for kind, module in sorted(sink_types().items()):
        examples = _examples(module.Settings) | {"type": kind}
        name = f"sinks.{SINK_NAMES.get(kind, kind)}"
        yield from write_table(name, module.Settings, examples, _description, active=False)


def _commented_table(head: str, model: type[BaseModel]) -> Iterator[str]:
    yield from ("", f"# {head}")
    for key, field in model.model_fields.items():
        yield from write_comment(_description(key, field))
        if key in EXAMPLES[head]:
            yield f"# {write_key(key, EXAMPLES[head][key])}"


def _examples(model: type[BaseModel]) -> dict[str, Any]:
    """Return the keys that are set in the example, with values: examples, and the service."""
    fields = model.model_fields
    shown = {key: field.examples[0] for key, field in fields.items() if field.examples}
    return shown | ({"service": default_value(fields["service"])} if "service" in fields else {})


def _description(_: str, field: FieldInfo) -> str:
    return field.description or ""


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    sys.stdout.write(render_example())
