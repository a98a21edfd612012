"""What is typed wrong is told in the reader's language, with what can be typed instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def typed(*words: str, language: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent", *words],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "TOJIMARI_LANG": language, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "english", "japanese"),
    [
        (("scan", "--onyl", "x"), "did you mean --", "--only ではありませんか"),
        (("scan", "--zzzz"), "no option --zzzz", "--zzzz というオプションはありません"),
        (("findings", "show"), "finding is missing", "finding を指定してください"),
        (("scan", "--only"), "--only needs a value", "--only には値が必要"),
        (("findings", "list", "--most", "0"), "--most is out of range", "--most の値が範囲外"),
        (("findings", "list", "--most", "x"), "a whole number", "整数を指定してください"),
        (("scan", "--max-minutes", "x"), "must be a number", "数値を指定してください"),
        (("findings", "mark", "a", "maybe"), "does not accept this", "この値は指定できません"),
        (("report", "--format", "pdf"), "'html', 'jsonl', 'xlsx'", "この値は指定できません"),
        (("scna",), "Commands: demo, init", "使用できるコマンドは demo, init"),
        (("doctor", "more"), "cannot be read", "解釈できません"),
    ],
)
def test_a_mistyped_line_is_answered_in_both_languages(
    words: tuple[str, ...], english: str, japanese: str
) -> None:
    for language, said in (("en", english), ("ja", japanese)):
        done = typed(*words, language=language)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_the_way_to_the_help_is_shown_with_it() -> None:
    said = typed("findings", "show", language="ja").stderr
    assert "使用法：tojimari findings show" in said
    assert "使い方は tojimari findings show --help で確認" in said


NOWHERE = ("-c", "nowhere.toml")


@pytest.mark.parametrize(
    ("words", "language"),
    [
        (("--lang", "ja", "scan", *NOWHERE), "ja"),
        (("scan", *NOWHERE, "--lang", "ja"), "ja"),
        (("findings", "--lang", "ja", "list", *NOWHERE), "ja"),
        (("--lang", "ja", "waive", "--lang", "en", "list", *NOWHERE), "en"),
        (("--lang", "ja", "scan", "--lang", "en", *NOWHERE), "en"),
        (("--lang=en", "findings", "list", *NOWHERE, "--lang=ja"), "ja"),
        (("--lang", "ja", "scan", "--onyl", "x"), "ja"),
        (("--lang", "en", "scan", "--onyl", "x", "--lang", "ja"), "ja"),
        (("--lang", "ja", "scna"), "ja"),
        (("--lang", "ja"), "ja"),
        (("findings", "--lang", "ja"), "ja"),
        (("waive", "--lang", "ja", "tjm1:0f3c", "--reason", "r"), "ja"),
        (("--lang", "ja", "schedule", "install", "--at", "25:00"), "ja"),
        (("--lang", "ja", "secret", "list", *NOWHERE), "ja"),
        (("--lang", "ja", "rules", "show", "XYZ-1"), "ja"),
    ],
)
def test_an_error_speaks_the_language_that_was_typed_last(
    words: tuple[str, ...], language: str
) -> None:
    done = typed(*words, language="ja" if language == "en" else "en")
    assert (done.returncode, done.stdout) == (2, "")
    assert ("エラー：" if language == "ja" else "error: ") in done.stderr
    assert ("error: " if language == "ja" else "エラー：") not in done.stderr


@pytest.mark.parametrize(
    ("words", "code"), [((), 2), (("findings",), 2), (("--version",), 0), (("scan", "--help"), 0)]
)
def test_help_and_version_end_as_they_always_did(words: tuple[str, ...], code: int) -> None:
    done = typed(*words, language="en")
    assert done.returncode == code
    assert "tojimari" in done.stdout + done.stderr
    assert "error:" not in done.stderr


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "error: config.toml: organization.approved_domains.1: co.jp is a public suffix, not "
            "the domain of one organization. Write the organization's own domain, such as "
            "example.co.jp.",
        ),
        (
            "ja",
            "エラー：config.toml: organization.approved_domains.1 の co.jp はパブリックサフィックス"
            "であり、1 つの組織のドメインではありません。example.co.jp のように、組織自身のドメイン"
            "を指定してください。",
        ),
    ],
)
def test_a_public_suffix_among_the_approved_domains_stops_a_scan_with_one_line(
    language: str, sentence: str, tmp_path: Path
) -> None:
    table = '[organization]\napproved_domains = ["acme.co.jp", "Co.JP."]\n'
    (tmp_path / "config.toml").write_text(table, encoding="utf-8")
    done = typed("scan", "-c", "config.toml", "--lang", language, language="", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [sentence]
