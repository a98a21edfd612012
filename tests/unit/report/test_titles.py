"""Titles that connectors make up speak the reader's language; names of the vendor's users stay."""

import pytest

from agent.classify.model import Severity, Subject
from agent.report.pseudonyms import Pseudonymizer
from agent.report.statistics import UnreadScope
from agent.report.titles import item_title, scope_title, translated
from agent.text import Text

from .conftest import kept

EN, JA = Text("en"), Text("ja")


def test_a_scope_of_our_own_has_its_title_in_the_readers_language() -> None:
    stored = "Public file links"
    assert scope_title("salesforce", "files", stored, JA) == "ファイルの公開リンク"
    assert scope_title("salesforce", "files", stored, EN) == stored


@pytest.mark.parametrize(
    ("service", "scope_id"),
    [
        ("m365", "b!LgWMgRHmcLvPBXPZtNB7"),  # a library
        ("m365", "files"),  # an id of another service
        ("google", "drive:0A1IfLwOSqTEoNi3oPVA"),
        ("box", "files"),  # a service without texts
        ("salesforce", "#3f9a2c1e5d"),  # masked
    ],
)
def test_a_library_that_is_named_like_a_scope_of_ours_keeps_its_name(
    service: str, scope_id: str
) -> None:
    assert scope_title(service, scope_id, "Public file links", JA) == "Public file links"


def test_an_item_that_only_a_connector_makes_has_its_name_in_the_readers_language() -> None:
    assert item_title("salesforce", "record_set", "ケース (Files)", JA) == "ケース（ファイル）"
    assert item_title("salesforce", "record_set", "a/ケース (Files)", JA) == "a/ケース（ファイル）"
    assert item_title("salesforce", "record_set", "ケース (Files)", EN) == "ケース (Files)"
    assert item_title("salesforce", "object", "ケース (Files)", JA) == "ケース (Files)"
    assert item_title("m365", "file", "Report (Files)", JA) == "Report (Files)"


def test_a_finding_about_a_scope_is_named_like_the_scope() -> None:
    stored = kept(
        subject=Subject.SCOPE,
        severity=Severity.UNKNOWN,
        service="salesforce",
        scope_id="rules",
        scope_title="Sharing settings and definitions of sharing rules",
        title="Sharing settings and definitions of sharing rules",
    ).finding
    shown = translated(stored, JA)
    assert shown.title == shown.scope_title == "共有設定と共有ルールの定義"
    assert translated(stored, EN) is stored
    masked = Pseudonymizer(b"k").record(stored)
    assert translated(masked, JA) == masked


def test_translating_twice_changes_nothing() -> None:
    unread = UnreadScope(
        connector="sf", title="Public file links", reason="", service="salesforce", scope_id="files"
    )
    once = translated(unread, JA)
    assert translated(once, JA) == once != unread
