"""The two languages are equals, and every sentence that the code names exists."""

import re
import tomllib
from pathlib import Path

import connectors.salesforce
from connectors.salesforce.checks import IF_MISSING
from connectors.salesforce.connector import BLIND_SPOTS

FOLDER = Path(connectors.salesforce.__file__).parent
EN, JA = (tomllib.loads((FOLDER / f"{lang}.toml").read_text("utf-8")) for lang in ("en", "ja"))
JA.pop("settings")  # English is in the settings themselves
for texts in (EN, JA):
    for table in ("scope", "kind"):
        texts.pop(table)  # held to the code by tests/unit/text/test_literals.py


def braces(sentence: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", sentence))


def test_both_languages_have_the_same_sentences_with_the_same_values():
    assert EN.keys() == JA.keys()
    assert {k: braces(v) for k, v in EN.items()} == {k: braces(v) for k, v in JA.items()}


def test_every_sentence_that_the_code_names_exists_and_none_is_idle():
    code = "\n".join(p.read_text("utf-8") for p in FOLDER.glob("*.py"))
    named = set(re.findall(r'"salesforce\.(\w+)"', code)) - {"ps1"}  # a file
    for family in re.findall(r'f"salesforce\.(\w+_)\{', code):  # tier_{...}, check_{...}
        named |= {key for key in EN if key.startswith(family)}
    named |= {lacking for _, lacking in IF_MISSING.values()}
    hints = set(re.findall(r'\("\w+", "[\w ]*"\): "(\w+)"', code))
    blind = {f"{scope.id}{end}" for scope in BLIND_SPOTS for end in ("", "_hint")}
    assert named | hints | blind | {"name"} == EN.keys()  # the name is for reports
