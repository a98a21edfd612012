"""A labelled folder of a few lines whose severities are set by its own configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from agent.classify.model import SensitivityLevel, Severity
from agent.classify.rules.registry import all_rules
from agent.classify.scoring import POINTS
from connectors.sdk.records import Audience
from tests.evaluation.corpus import LabelledExposure, LabelledName, _exposure
from tests.evaluation.judgements import Judgement, NameJudgement

LINE: Mapping[str, Any] = {
    "id": "L1",
    "service": "m365",
    "item_kind": "folder",
    "item_name": "A1",
    "item_path": "/sites/x",
    "owner": "mori@x.example",
    "owner_state": "active",
    "audience": "org_link",
    "access": "view",
    "principals": [],
    "principal_count": None,
    "via_group": "",
    "expires_at": None,
    "password": False,
    "views": None,
    "grant_created_at": "2026-04-01",
    "item_created_at": "2025-04-01",
    "item_modified_at": "2026-11-27",
    "last_activity": "2026-11-27",
    "reach": 1,
    "label": "",
    "inherited": False,
    "data": ["health", "person"],
    "cause": "",
    "site_live": None,
}

PARTNER = {"audience": "ext_named", "principals": ["sato@partner.example"]}
ANYONE = {"audience": "anyone_link"}

LINES = (
    {"item_name": "A1", **ANYONE},
    {"item_name": "A2"},
    {"item_name": "B3", **ANYONE},
    {"item_name": "B4", **ANYONE},
    {"item_name": "C5"},
    {"item_name": "D6"},
    {"item_name": "D7", **ANYONE},
    {"item_name": "D8", **PARTNER},
)
"""A is judged critical, B high, C medium, D info; a link for anyone scores 10, all else 5."""
FIRST = ["shut_now", "shut_now", "fix_soon", "fine", "shut_now", "fine", "review", "shut_now"]
SECOND = ["shut_now", "fix_soon", "fix_soon", "review", "shut_now", "fine", "fix_soon", "shut_now"]


def config() -> dict[str, Any]:
    """A policy whose own rules and points alone decide."""
    severities = {"A": "critical", "B": "high", "C": "medium"}
    return {
        "organization": {
            "internal_domains": ["x.example"],
            "approved_domains": ["partner.example"],
        },
        "policy": {
            "scoring": {
                **dict.fromkeys(POINTS, 0),
                **{name: 5 for name in POINTS if name.startswith("audience.")},
                "audience.anyone_link": 10,
            },
            "rules": {rule: {"enabled": False, "reason": "not here"} for rule in all_rules()},
            "terms": {"model": False, "s3": ["zebra"], "s2": ["yak"]},
            "custom_rules": [
                {
                    "id": f"X-00{number}",
                    "title": f"Begins with {letter}",
                    "severity": severity,
                    "when": {"name_glob": f"{letter}*"},
                }
                for number, (letter, severity) in enumerate(severities.items(), 1)
            ],
        },
    }


def folder_of(
    place: Path,
    name: str = "x",
    lines: Iterable[Mapping[str, Any]] = LINES,
    labels: Iterable[Iterable[str]] = (FIRST, SECOND),
) -> Path:
    """Write a folder of exposures, the ids L1, L2 and so on, and as many files of labels."""
    folder = place / name
    folder.mkdir()
    (folder / "config.toml").write_text(tomli_w.dumps(config()), encoding="utf-8")
    numbered = [{**LINE, "id": f"L{n}", **line} for n, line in enumerate(lines, 1)]
    write_jsonl(folder / "exposures.jsonl", numbered)
    for number, acts in enumerate(labels, 1):
        rows = [f"{line['id']},{act},why" for line, act in zip(numbered, acts, strict=True)]
        text = "\n".join(["id,act,why", *rows]) + "\n"
        (folder / f"labels-{number}.csv").write_text(text, encoding="utf-8")
    return folder


NAMES = ("zebra 1", "zebra 2", "yak 3", "nothing 4", "nothing 5")
NAME_LABELS = (
    ["s3,health", "s2,contract", "s2,contract", "public,business", "s3,pay_hr"],
    ["s3,health", "s2,contract", "s1,contract", "public,business", "s3,pay_hr"],
)


def with_names(
    folder: Path,
    names: Iterable[str] = NAMES,
    labels: Iterable[Iterable[str]] = NAME_LABELS,
) -> Path:
    """Add names to a folder, the ids N1, N2 and so on, and as many files of labels."""
    lines = [
        {"id": f"N{n}", "path": "/sites/x", "name": name, "kind": "file"}
        for n, name in enumerate(names, 1)
    ]
    write_jsonl(folder / "names.jsonl", lines)
    for number, said in enumerate(labels, 1):
        rows = [f"{line['id']},{label}" for line, label in zip(lines, said, strict=True)]
        text = "\n".join(["id,level,topic", *rows]) + "\n"
        (folder / f"name-labels-{number}.csv").write_text(text, encoding="utf-8")
    return folder


def write_jsonl(file: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    file.write_text(text, encoding="utf-8")
    return file


def judgement(
    *acts: str,
    severity: Severity = Severity.HIGH,
    score: int | None = 50,
    rules: tuple[str, ...] = (),
    audience: Audience = Audience.ORG_LINK,
    topic: str = "business",
    company: str = "x",
) -> Judgement:
    return Judgement(
        of=LabelledExposure(company, "L1", _exposure(LINE), acts, LINE),
        audience=audience,
        severity=severity,
        score=score,
        rules=rules,
        sensitivity=SensitivityLevel.S1,
        topic=topic,
    )


def name_judgement(said: str, *true: str) -> NameJudgement:
    """What is said and what each labeller says: `s3,health`."""
    level, _, topic = said.partition(",")
    words = [label.split(",") for label in true]
    return NameJudgement(
        of=LabelledName(
            company="x",
            id="N1",
            path="/",
            name="n",
            kind="file",
            levels=tuple(word[0] for word in words),
            topics=tuple(word[1] for word in words),
        ),
        level=SensitivityLevel[level.upper()],
        topic=topic,
    )
