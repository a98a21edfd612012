"""English and Japanese are equals: the same sentences, with the same braces, none missing."""

import re
import string
import tomllib
from pathlib import Path

import pytest

from agent.config.builder import ConfigBuilder, describe_key
from agent.config.schema import ReportTable
from agent.sinks.config import sink_types
from agent.text import Text, decode_message, encode_message, resolve_language
from connectors.sdk.message import Message, say
from connectors.sdk.services import services

ROOT = Path(__file__).parents[3]
FILES = [*ROOT.glob("agent/text/**/en.toml"), *ROOT.glob("connectors/*/en.toml")]
NAMED = re.compile(r'\b(?:say|text\.say|of|refused)\(\s*"([a-z0-9_]+\.[a-z0-9_.]+)"')


def braces(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def flat(table: dict[str, object], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = str(value)
    return found


@pytest.mark.parametrize("english", FILES, ids=lambda p: str(p.relative_to(ROOT).parent))
def test_both_languages_have_the_same_sentences_with_the_same_braces(english: Path) -> None:
    en = flat(tomllib.loads(english.read_text(encoding="utf-8")))
    ja = flat(tomllib.loads(english.with_name("ja.toml").read_text(encoding="utf-8")))
    ja = {key: value for key, value in ja.items() if "settings" not in key.split(".")[:-1]}
    assert en.keys() == ja.keys()
    assert {k: braces(v) for k, v in en.items()} == {k: braces(v) for k, v in ja.items()}
    assert all(value.strip() for value in (*en.values(), *ja.values()))


def test_every_setting_is_described_in_japanese_and_nothing_else_is() -> None:
    draft = ConfigBuilder(sinks={name: module.Settings for name, module in sink_types().items()})
    for service in services():
        draft.add_service(service)
    for kind in sink_types():
        draft.add_sink(kind)
    models = {**draft.models, "report": ReportTable}
    ja = Text("ja")
    described_: set[str] = set()
    for name, model in models.items():
        folder, _, rest = name.partition(".")
        for key, info in model.model_fields.items():
            own = f"{rest if folder == 'connectors' else name}.settings.{key}"
            place = own if own in ja._sentences else f"{folder}.settings.{key}"
            if info.description:
                said = describe_key(ja, name, key, info)
                assert said != info.description, f"{name}.{key}"
                assert not said.isascii(), f"{name}.{key}"
                described_.add(place)
    assert described_ == {key for key in ja._sentences if ".settings." in key}
    assert not [key for key in Text("en")._sentences if ".settings." in key]


def test_every_sentence_that_the_code_names_exists() -> None:
    text = Text("en")
    for path in [*ROOT.glob("agent/**/*.py"), *ROOT.glob("connectors/**/*.py")]:
        for key in NAMED.findall(path.read_text(encoding="utf-8")):
            assert key in text._sentences, f"{path.name}: {key}"


def test_a_value_that_looks_like_a_template_stays_as_it_is() -> None:
    said = Text("en").render(say("config.missing", key="{file.__class__}", file="{0}"))
    assert said == "{0}: {file.__class__} is required."


def test_a_sentence_or_a_value_that_is_missing_shows_instead_of_failing() -> None:
    assert Text("ja").render(Message("gone.away", (("a", "b"),))) == "gone.away a='b'"
    assert "{key}" in Text("en").render(say("config.missing", file="f"))


@pytest.mark.parametrize(
    ("setting", "environment", "language"),
    [
        ("ja", {"LANG": "en_US.UTF-8"}, "ja"),
        ("en", {"LANG": "ja_JP.UTF-8"}, "en"),
        ("auto", {"LANG": "ja_JP.UTF-8"}, "ja"),
        ("auto", {"LANG": "ja_JP.UTF-8", "LC_ALL": "de_DE.UTF-8"}, "en"),
        ("auto", {"LANG": "Japanese_Japan.932"}, "ja"),
        ("fr", {"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_desk_chooses_the_language_unless_somebody_does(
    setting: str, environment: dict[str, str], language: str
) -> None:
    assert resolve_language(setting, environment) == language


def test_a_message_survives_the_store() -> None:
    message = say("x.y", name="戸締まり", count=3)
    assert decode_message(encode_message(message)) == message
    assert decode_message(encode_message(None)) is None


def test_every_fact_that_can_be_unknown_has_a_name_for_people() -> None:
    source = (ROOT / "agent/classify/what_if.py").read_text(encoding="utf-8")
    named = set(re.findall(r'yield "([a-z_]+)"', source))
    assert named
    for language in ("en", "ja"):
        sentences = Text(language)._sentences
        assert {name for name in named if f"report.unknowns.{name}" not in sentences} == set()
