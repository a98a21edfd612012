"""What is wrong with a configuration is said in the reader's language, key by key."""

import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import AfterValidator, ValidationError

from agent.collect import registry
from agent.config.load import read_config
from agent.config.validation_errors import KNOWN_ERROR_TYPES, validation_messages
from agent.errors import ConfigError
from agent.text import Text
from connectors.sdk.config import StrictTable

WAIVER = 'reason = "r"\napproved_by = "a"\n'


def said(text: str, folder: Path) -> list[dict[str, str]]:
    """Each problem of a file, by language."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        loaded = read_config(file)
        for name, table in loaded.config.connectors.items():
            registry.check(name, table, file)
    return [
        {language: Text(language).render(problem) for language in ("en", "ja")}
        for problem in caught.value.problems
    ]


@pytest.mark.parametrize(
    ("text", "key", "english"),
    [
        ("[agent]\nlanguage = 7", "agent.language", "one of 'auto', 'en', 'ja'"),
        ("[agent]\nstate = 7", "agent.state", "text in quotes"),
        ('[agent]\nworkers = "8"', "agent.workers", "a whole number, without quotes"),
        ("[agent]\nworkers = 8.5", "agent.workers", "a whole number"),
        ("[agent]\nworkers = 0", "agent.workers", "at least 1"),
        ("[agent]\nworkers = 9999", "agent.workers", "at most 64"),
        ("agent = 7", "agent", "a table"),
        ("[report]\nexcel_split = 1", "report.excel_split", "true or false"),
        ('[report]\nformats = "html"', "report.formats", "a list"),
        ("[agent]\nlanguages = 7", "agent.languages", "did you mean language?"),
        ('[organization]\ninternal_domains = ["acme"]', "internal_domains.0", "a mail domain"),
        (
            '[organization]\napproved_domains = ["co.jp"]',
            "approved_domains.0",
            "such as example.co.jp",
        ),
        ('[organization]\nconsumer_domains = ["com.au"]', "consumer_domains.0", "public suffix"),
        ("[policy.scoring]\nage = 1", "policy.scoring", "age is unknown"),
        ('[policy.rules."LINK-01"]\nreason = "x"', "policy.rules", "did you mean LINK-0"),
        ('[policy.rules."LINK-001"]\nseverity = "low"', "reason", "is required"),
        ('[policy.rules."LINK-001"]\nreason = ""', "reason", "must not be empty"),
        (f"[[policy.waivers]]\n{WAIVER}expires = 2027-01-01", "waivers.0", "must name what"),
        (f'[[policy.waivers]]\n{WAIVER}expires = "soon"\nrule = "LINK-001"', "expires", "a date"),
        ('[[policy.custom_rules]]\nid = "A-1"', "custom_rules.0.id", "must have the form"),
        ('[connectors.m365]\ntenant_id = "t"\nclient_id = "c"', "connectors.m365", "exactly one"),
        (
            '[connectors.m365]\ntenant_id = "t"\nclient_id = "c"\nclient_secret = "abc"',
            "connectors.m365.client_secret",
            "must be a reference to a secret",
        ),
        (
            '[connectors.salesforce]\nlogin_url = "http://x"\naccess_token = "env:X"',
            "connectors.salesforce.login_url",
            "must start with https://",
        ),
        (
            '[connectors.m365]\ntenant_id = "t"\nclient_id = "c"\nclient_secret = "env:X"\n'
            "quota_share = 0",
            "connectors.m365.quota_share",
            "more than 0",
        ),
    ],
)
def test_a_mistake_names_its_key_and_what_is_wanted_in_both_languages(
    tmp_path: Path, text: str, key: str, english: str
) -> None:
    told = said(text, tmp_path)
    assert any(key in each["en"] and english in each["en"] for each in told), told
    for each in told:
        assert key.split(".")[0] in each["ja"]
        assert "config.toml" in each["ja"]
        assert not re.search(r"[a-z]{4,} (?:should|must|is|be|valid) ", each["ja"])
        assert not re.search(r"\{[a-z_]+\}", each["en"] + each["ja"])


def test_every_known_kind_of_mistake_has_its_sentence() -> None:
    sentences = Text("en")._sentences
    assert {
        key.partition(".")[2] for key in sentences if key.startswith("wrong.")
    } == KNOWN_ERROR_TYPES | {"other"}


def test_what_nobody_foresaw_keeps_the_words_of_the_library_after_ours() -> None:
    with pytest.raises(ValidationError) as caught:
        Odd.model_validate({"phase": "full"})
    [problem] = validation_messages(caught.value, Odd, "config.toml")
    assert Text("ja").render(problem) == (
        "config.toml: phase の値が正しくありません：the moon is not full"
    )


def not_full(value: str) -> str:
    raise ValueError("the moon is not full")


class Odd(StrictTable):
    phase: Annotated[str, AfterValidator(not_full)]
