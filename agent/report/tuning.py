"""Write proposals for the configuration as TOML with their reasons, or as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import tomli_w

from agent.classify.marks import Proposal
from agent.classify.policy_config import OrganizationConfig, PolicyConfig
from agent.config.toml_writer import write_comment, write_key
from agent.text import Text
from agent.text.localize import format_number, localize_word


def proposals_to_toml(
    found: Sequence[tuple[Proposal, int]],
    organization: OrganizationConfig,
    policy: PolicyConfig,
    tables: Iterable[str],
    text: Text,
) -> Iterator[str]:
    """Yield the lines of a TOML document with all proposals.

    A list is written whole: what the configuration has, then what is proposed.

    Args:
        found: The proposals, those of a table in sequence, each with the number of active
            findings without a mark that it could change too.
        tables: The headers that the configuration file has. Such a table cannot be pasted a
            second time, and a comment says so.
    """
    present: Mapping[str, Any] = {
        "organization": organization.model_dump(),
        "policy": policy.model_dump(),
    }
    yield from write_comment(text.say("tune.head"))
    for table, of_table in groupby(found, key=lambda entry: entry[0].table):
        name = _header(table)
        yield from ("", f"[{name}]")
        if name in tables:
            yield from write_comment(text.say("tune.present", table=name))
        entries = list(of_table)
        for key in dict.fromkeys(proposal.key for proposal, _ in entries):
            of_key = [entry for entry in entries if entry[0].key == key]
            for proposal, unmarked in of_key:
                for sentence in _why(proposal, unmarked, text):
                    yield from write_comment(sentence)
            values = [proposal.value for proposal, _ in of_key]
            yield from _lines(of_key[0][0], values, present, text)


def proposals_to_json(found: Iterable[tuple[Proposal, int]]) -> Iterator[str]:
    """Yield each proposal as a line of JSON."""
    for proposal, unmarked in found:
        fields: dict[str, object] = {
            "table": _header(proposal.table),
            "key": proposal.key,
            "value": False if proposal.key == "enabled" else proposal.value,
            "wrong": len(proposal.wrong),
            "right": proposal.right,
            "unmarked": unmarked,
            "findings": proposal.wrong,
        }
        if proposal.rule:
            fields |= {"lowered": proposal.lowered, "right_lowered": proposal.right_lowered}
        yield json.dumps(fields, ensure_ascii=False)


def _header(table: tuple[str, ...]) -> str:
    """Return the name of a table as it stands in its header, with the id of a rule in quotes."""
    return f'{".".join(table[:2])}."{table[2]}"' if len(table) > 2 else ".".join(table)


def _lines(
    proposal: Proposal, values: list[str], present: Mapping[str, Any], text: Text
) -> Iterator[str]:
    """Yield the lines of one key, for a rule with its reason."""
    if not proposal.rule:
        table = present
        for name in proposal.table:
            table = table[name]
        yield write_key(proposal.key, [*table[proposal.key], *values])
        return
    lowered: str | bool = False if proposal.key == "enabled" else proposal.value
    words = {"wrong": len(proposal.wrong), "marked": len(proposal.wrong) + proposal.right}
    reason = text.say("tune.reason", **words)
    yield from tomli_w.dumps({proposal.key: lowered, "reason": reason}).splitlines()


def _why(proposal: Proposal, unmarked: int, text: Text) -> Iterator[str]:
    """Yield why a value is proposed and what else it could change."""
    value = proposal.value
    if proposal.key == "severity":
        value = localize_word("report.severity", value, text)
    words = {
        "value": value,
        "rule": proposal.rule,
        "wrong": len(proposal.wrong),
        "marked": len(proposal.wrong) + proposal.right,
        "lowered": proposal.lowered,
        "right_lowered": proposal.right_lowered,
        "unmarked": format_number(unmarked),
    }
    yield text.say(f"tune.why.{proposal.key}", **words)
    if proposal.rule:
        key = "lowered" if proposal.lowered else "not_lowered"
        yield text.say(f"tune.{key}", **words)
    if proposal.right_lowered:
        yield text.say("tune.right_lowered", **words)
    if unmarked:
        yield text.say("tune.unmarked", **words)
