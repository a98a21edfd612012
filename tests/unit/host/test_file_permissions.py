"""A file that others can read is no place for a secret, and the refusal says how to close it."""

import sys
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.config.secret_refs import Secrets
from agent.errors import ConfigError
from agent.host import file_permissions
from agent.text import Text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are Unix")


@pytest.fixture
def reachable() -> Generator[Path]:
    """A file whose folders let everybody through; those of pytest do not."""
    with TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o711)
        file = Path(name) / "my key.pem"
        file.write_bytes(b"canary")
        yield file


@pytest.mark.parametrize(
    ("mode", "refused"),
    [
        (0o600, False),
        (0o400, False),
        (0o640, False),
        (0o644, True),
        (0o604, True),
        (0o602, True),
        (0o660, True),
    ],
)
def test_a_mode_that_lets_strangers_in_is_refused(
    reachable: Path, mode: int, refused: bool
) -> None:
    reachable.chmod(mode)
    assert bool(file_permissions.check_permissions(reachable)) is refused


def test_a_closed_folder_above_is_enough(reachable: Path) -> None:
    reachable.chmod(0o644)
    reachable.parent.chmod(0o700)
    assert file_permissions.check_permissions(reachable) is None


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_refusal_names_the_file_and_the_command_and_not_the_secret(
    reachable: Path, language: str
) -> None:
    reachable.chmod(0o644)
    with pytest.raises(ConfigError) as error:
        Secrets(reachable.parent).read(f"file:{reachable.name}")
    said = Text(language).render(error.value.problems[0])
    assert f"chmod 600 '{reachable}'" in said
    assert "canary" not in said


def test_what_was_closed_is_read(reachable: Path) -> None:
    reachable.chmod(0o644)
    file_permissions.restrict_permissions(reachable)
    assert Secrets(reachable.parent).read(f"file:{reachable.name}") == b"canary"
