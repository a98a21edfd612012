"""The page of permissions is what the connectors ask for."""

from pathlib import Path

import pytest

from tools.permission_docs import render_permissions_page

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("language", "name"), [("en", "permissions.md"), ("ja", "permissions.ja.md")]
)
def test_the_page_is_generated_from_the_connectors(language: str, name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == render_permissions_page(language)
