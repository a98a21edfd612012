"""`config.example.toml`, made from the settings themselves: `python -m agent.cli.example`.

A key stands active when it must be written or has an example; otherwise it is a comment that shows
its default.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import tomli_w
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agent.classify.tables import OrganizationTable, PolicyTable, RuleOverride, Vendor, Waiver
from agent.collect.registry import services
from agent.config.model import AgentTable, NetworkTable
from agent.sinks.settings import kinds

OPENING = """\
# tojimari: who outside can see what in our SaaS, and what must be shut tonight?
#
# Copy this file to config.toml, keep what you use. A secret is never written here, only where it
# lies: file:PATH (relative to this file), env:NAME, keyring:NAME, on Windows dpapi:PATH, too.
# `tojimari secret set` keeps one and answers its reference. An unknown key is an error.
"""
SINKS = {"csv": "files", "webhook": "siem"}  # names for the examples; the names are free
EXAMPLES: dict[str, dict[str, Any]] = {
    "policy.rules.EXT-002": {"severity": "low", "reason": "partner-heavy business"},
    "policy.vendors": {
        "name": "ACME", "domains": ["acme.example"], "ends": "2027-03-31", "contract": "C-123",
        "owner": "sato@example.co.jp",
    },
    "policy.waivers": {
        "finding": "tjm1:…", "reason": "Public recruiting page", "approved_by": "CISO",
        "expires": "2027-03-31", "max_audience": "anyone_link", "max_access": "view",
    },
}  # fmt: skip


def rendered() -> str:
    """The whole file."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from OPENING.splitlines()
    yield from _table("agent", AgentTable)
    yield from _table("organization", OrganizationTable)
    yield from _table("network", NetworkTable)
    for service in services():
        model = import_module(f"connectors.{service}").Settings
        yield from _table(f"connectors.{service}", model)
    yield from _table("policy", PolicyTable)
    yield from _commented("[policy.rules.EXT-002]", RuleOverride)
    yield from _commented("[[policy.vendors]]", Vendor)
    yield from _commented("[[policy.waivers]]", Waiver)
    for kind, module in sorted(kinds().items()):
        yield from _table(f"sinks.{SINKS.get(kind, kind)}", module.Settings, type=kind)


def _table(name: str, model: type[BaseModel], **fixed: str) -> Iterator[str]:
    active = not name.startswith("sinks.")
    yield from ("", f"[{name}]" if active else f"# [{name}]")
    for key, field in model.model_fields.items():
        if key in ("rules", "vendors", "waivers"):  # tables of their own
            continue
        value, shown = _value(key, field, fixed)
        yield from _comment(field)
        line = _written(key, value)
        yield line if shown and active else f"# {line}"


def _commented(head: str, model: type[BaseModel]) -> Iterator[str]:
    yield from ("", f"# {head}")
    example = EXAMPLES[head.strip("[]")]
    for key, field in model.model_fields.items():
        yield from _comment(field)
        if key in example:
            written = _written(key, example[key])
            dated = key in ("ends", "expires")
            yield "# " + (written.replace('"', "") if dated else written)


def _value(key: str, field: FieldInfo, fixed: dict[str, str]) -> tuple[Any, bool]:
    """An example or the default, and whether the key stands active."""
    if key in fixed:
        return fixed[key], True
    if field.examples:
        return field.examples[0], True
    default: Any = field.get_default(call_default_factory=True)
    return ([] if default == () else default), key == "service"


def _written(key: str, value: Any) -> str:
    """One key on one line."""
    if isinstance(value, list | dict):
        return f"{key} = {json.dumps(value)}"  # a list of words, or an empty table
    return tomli_w.dumps({key: value}).strip()


def _comment(field: FieldInfo) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(field.description or "", 96)]


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    sys.stdout.write(rendered())
