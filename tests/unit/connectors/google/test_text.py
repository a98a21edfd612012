"""Both languages say the same, and say everything."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import connectors.google

FOLDER = Path(connectors.google.__file__).parent
TEXT = {
    lang: tomllib.loads((FOLDER / f"{lang}.toml").read_text(encoding="utf-8"))
    for lang in ("en", "ja")
}
TEXT["ja"].pop("settings")  # English is in the settings themselves
for texts in TEXT.values():
    texts.pop("scope")  # held to the code by tests/unit/text/test_literals.py


def test_both_languages_have_the_same_sentences_and_braces():
    braces = {
        lang: {key: sorted(re.findall(r"\{(\w+)\}", text)) for key, text in texts.items()}
        for lang, texts in TEXT.items()
    }
    assert braces["en"] == braces["ja"]


def test_every_sentence_that_the_code_names_exists_and_no_other():
    code = "".join(p.read_text(encoding="utf-8") for p in FOLDER.glob("*.py"))
    named = set(re.findall(r'"google\.(\w+)"', code)) - {"ps1"}  # a file
    table = set(re.findall(r', "(\w+)"\),\n', code)) | set(re.findall(r': "(\w+)",\n', code))
    table |= set(re.findall(r'\("(\w+)", DriveNotAvailable\) if off else \("(\w+)"', code).pop())
    named |= {
        f"{n}_hint"
        for n in re.findall(r'(?:_disabled_by_setting|skipped)\((?:"\w+", )?"google\.(\w+)"', code)
    }
    named |= {f"{name}_hint" for name in named if name.startswith("blind_")}
    table |= {"not_found", "refused", "token_refused", "name"}  # the name is for reports
    sentences = {n for n in table if n in TEXT["en"]}
    assert named | sentences | {f"{n}_hint" for n in sentences} >= set(TEXT["en"])
    assert named <= set(TEXT["en"])


def test_importing_the_package_loads_no_library_of_google():
    code = "import connectors.google, sys; sys.exit('googleapiclient' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=FOLDER.parents[1]).returncode == 0
