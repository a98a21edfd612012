"""The documentation as people open it: `nox -s docs` builds both sites and runs this."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.browser import CHROMIUM, Browser, browser

OUT = Path(os.environ.get("TOJIMARI_DOCS", "/nowhere"))
PAGES = sorted(OUT.glob("*/**/*.html"))
LOADED = re.compile(r"<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=\"?(https?:[^\" >]+)")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not OUT.is_dir(), reason="no site; `nox -s docs` builds one"),
]
in_browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium")


def sooner_or_later(page: Browser, script: str) -> Any:
    """The first value of an expression that is not empty."""
    return page.run(
        "new Promise((on) => { const again = () => { const it = "
        f"{script}; it ? on(it) : setTimeout(again, 20) }}; again() }})"
    )


def test_no_page_names_anything_that_is_loaded_from_elsewhere() -> None:
    assert len(PAGES) > 50
    for page in PAGES:
        assert LOADED.findall(page.read_text(encoding="utf-8")) == [], page


@in_browser
@pytest.mark.parametrize(
    ("language", "word", "page"),
    [
        ("en", "delegation", "connectors/google.html"),
        ("ja", "共有ドライブ", "troubleshooting.html"),
        ("ja", "終了後も続く", "renewal.html"),  # words inside a sentence, without spaces
    ],
)
def test_a_page_that_is_opened_as_a_file_finds_words_and_asks_nobody(
    language: str, word: str, page: str
) -> None:
    room = (
        "[...document.querySelectorAll('*')].find((e) => e.shadowRoot?.querySelector('input'))"
        "?.shadowRoot"
    )
    with browser() as opened:
        opened.screen(1300, 900)
        opened.open(OUT / language / "index.html")
        sooner_or_later(opened, "!!document.querySelector('.md-search__button')")
        opened.run("document.querySelector('.md-search__button').click()")
        sooner_or_later(opened, f"!!{room}")
        opened.run(f"{room}.querySelector('input').focus()")
        opened.call("Input.insertText", text=word)
        found = sooner_or_later(
            opened,
            f"{room}.querySelector('a') && [...{room}.querySelectorAll('a')].map((a) => a.href)",
        )
        asked = opened.requests()
    assert any(f"/{language}/{page}" in place for place in found), found
    assert [place for place in asked if not place.startswith(("file:", "data:", "blob:"))] == []


@in_browser
def test_each_page_leads_to_its_twin() -> None:
    with browser() as opened:
        opened.open(OUT / "ja" / "connectors" / "m365.html")
        place: str = opened.run("document.querySelector('a[hreflang=en]').href")
    assert Path(place.removeprefix("file://")) == OUT / "en" / "connectors" / "m365.html"
