"""The page of all rules, `docs/rules.md`.

`python -m tools.rule_docs > docs/rules.md` writes the page, with `ja` behind it the Japanese
`docs/rules.ja.md`; a test keeps both true.
"""

from __future__ import annotations

import sys
from itertools import groupby
from typing import Final

from agent.report.rule_catalog import description, rule_entries
from agent.text import Text
from agent.text.findings import rule_text

FAMILIES: Final = (
    "content",
    "links",
    "company",
    "outside",
    "groups",
    "guests",
    "sites",
    "portals",
    "settings",
    "governance",
    "coverage",
)


def render_rules_page(language: str) -> str:
    """The whole of `docs/rules.md`: each rule in one language, its title in the other, too."""
    text, other = Text(language), Text("en" if language == "ja" else "ja")
    lines = [text.say("rules.head"), ""]
    shelved = sorted(rule_entries(text), key=lambda entry: FAMILIES.index(entry.family))
    for family, group in groupby(shelved, key=lambda entry: entry.family):
        lines += [f"## {text.say(f'rules.family.{family}')}", ""]
        for entry in group:
            lines += [f"### {entry.id}: {entry.title}", ""]
            lines += [rule_text(other, entry.id, "title"), ""]
            lines += description(entry, text)[2:]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    sys.stdout.write(render_rules_page(*sys.argv[1:] or ("en",)))
