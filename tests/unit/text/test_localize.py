"""What rules found reads as words in both languages, and a word of tomorrow as itself."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from agent.classify.scoring import POINTS
from agent.text import LANGUAGES, Text
from agent.text.localize import localize_values
from connectors.salesforce.data_kinds import DATA_KINDS

JA = [
    ("signs", "business_name, may_add", "業務に関わる名前、訪問者がコメントや変更をできる"),
    ("missing", "expiry, password", "有効期限、パスワード"),
    ("data", "person, email", "氏名、メールアドレス"),
    ("before", "org_link, view", "リンクを知っている社内の全員、閲覧できる"),
    ("audience", "anyone_link", "リンクを知っている全員"),
    ("status", "denied", "アクセス拒否"),
    ("expected", "none | adminsAndGuestInviters", "none または adminsAndGuestInviters"),
    ("reach", "12157", "12,157"),
    ("reach", "?", "不明"),
    ("days", "1486", "1,486"),
    ("signs", "sign_of_tomorrow", "sign_of_tomorrow"),
    ("principal", "1486", "1486"),
    ("principal", "expiry, password", "expiry, password"),
]


@pytest.mark.parametrize(("name", "value", "said"), JA)
def test_evidence_is_said_in_words_and_names_stay(name: str, value: str, said: str) -> None:
    assert localize_values({name: value}, Text("ja")) == {name: said}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_closed_word_of_rules_points_and_connectors_is_said(language: str) -> None:
    held = Path(f"agent/text/{language}.toml").read_text(encoding="utf-8")
    said = tomllib.loads(held)["report"]
    assert set(said["data"]) == set(DATA_KINDS)
    for name in POINTS:
        place, _, rest = name.partition(".")
        if place in ("audience", "access"):
            assert rest in said[place], name
        elif place == "sensitivity":
            assert rest.partition(".")[0] in said[place], name
        elif place in ("topic", "data"):
            assert rest in said[place], name
        elif place in ("kind", "cause"):
            assert rest in said["points"][place], name
        elif place == "floor":
            assert rest in said["points"]["floor"], name
        elif place == "control":
            assert rest.partition(".")[0] in said["points"]["control"], name
        else:
            assert place in said["points"], name
