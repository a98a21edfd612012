"""The two pages that people read first are true."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from agent.cli.app import app

ROOT = Path(__file__).parents[3]
PAGES = ("README.md", "README.ja.md")


def known() -> set[str]:
    """Every command as it is typed."""
    found: set[str] = set()
    top: dict[str, Any] = getattr(get_command(app), "commands", {})
    for name, command in top.items():
        below = getattr(command, "commands", {})
        found |= {f"{name} {inner}" for inner in below} or {name}
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_page_lists_every_command_and_no_other(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    listed = re.findall(r"^tojimari ([a-z]+(?: [a-z]+)?)(?: ID)?  ", text, re.MULTILINE)
    assert set(listed) == known()


@pytest.mark.parametrize("page", [*PAGES, "docs/architecture.md", "CONTRIBUTING.md"])
def test_every_place_that_the_page_points_to_exists(page: str) -> None:
    file = ROOT / page
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", file.read_text(encoding="utf-8")):
        assert (file.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_the_two_commands_stand_there_with_their_powershell_spelling(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for first, second in (("pip install .", "tojimari demo"), ("pip install nox", "nox")):
        assert f"{first} && {second}" in text
        assert f"{first}; if ($?) {{ {second} }}" in text
    assert "pip install nox && nox" in (ROOT / ".ci/run").read_text(encoding="utf-8")
