"""Every value of the files that the demo's second scan writes, in both languages."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NAMES = sorted(f"{path.parent.name}/{path.name}" for path in HERE.glob("??/*"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files in a process of its own: the demo tenants take the time at their import."""
    folder = tmp_path_factory.mktemp("golden")
    words = [sys.executable, "-m", "tests.golden", "--only", "demo", "--to", str(folder)]
    subprocess.run(words, check=True, cwd=HERE.parent.parent)
    return folder


def test_there_is_a_golden_file_for_every_file_of_a_run(made: Path) -> None:
    assert sorted(f"{path.parent.name}/{path.name}" for path in made.glob("??/*")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_file_has_the_values_of_its_golden_file(made: Path, name: str) -> None:
    expected = (HERE / name).read_text(encoding="utf-8").splitlines()
    assert (made / name).read_text(encoding="utf-8").splitlines() == expected
