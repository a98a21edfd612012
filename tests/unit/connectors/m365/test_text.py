import re
import tomllib
from pathlib import Path

import connectors.m365
from connectors.m365.auth import _AADSTS_MESSAGES, _OAUTH_MESSAGES

FOLDER = Path(connectors.m365.__file__).parent
EN, JA = (
    tomllib.loads((FOLDER / f"{lang}.toml").read_text(encoding="utf-8")) for lang in ("en", "ja")
)
JA.pop("settings")  # English is in the settings themselves
for texts in (EN, JA):
    texts.pop("scope")  # held to the code by tests/unit/text/test_literals.py


def test_both_languages_say_the_same_with_the_same_values() -> None:
    assert EN.keys() == JA.keys()
    for name, sentence in EN.items():
        braces = set(re.findall(r"\{(\w+)\}", sentence))
        assert braces == set(re.findall(r"\{(\w+)\}", JA[name])), name


def test_every_sentence_that_the_code_names_exists_and_none_is_left_over() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for p in FOLDER.glob("*.py"))
    named = set(re.findall(r'(?:say|validation_error)\(\s*"m365\.(\w+)"', code))
    for name in {*_AADSTS_MESSAGES.values(), *_OAUTH_MESSAGES.values()}:
        named |= {name, f"{name}_hint"}
    assert named | {"name"} == EN.keys()  # the name is for reports
