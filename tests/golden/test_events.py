"""One event of each kind, and a line of each JSONL file, with every value in its place."""

from pathlib import Path

import pytest

from tests.golden.specimens import objects

GOLDEN = Path(__file__).parent / "events"
MADE = objects("en")


def test_there_is_a_golden_file_for_every_event() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(MADE)


@pytest.mark.parametrize("name", MADE)
def test_an_event_has_the_values_of_its_golden_file(name: str) -> None:
    assert MADE[name] == (GOLDEN / name).read_text(encoding="utf-8")
