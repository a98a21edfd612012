"""Where a machine's configuration and data lie, and what an account without a home uses."""

import sys
from pathlib import Path

import pytest

from agent.host import default_paths

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the folders of Linux")


def test_the_configuration_here_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").touch()
    assert default_paths.default_config_file() == Path("config.toml")


def test_what_the_machine_is_configured_for_is_kept_for_the_machine() -> None:
    assert default_paths.default_state_dir(Path("/etc/tojimari/config.toml")) == Path(
        "/var/lib/tojimari"
    )
    assert default_paths.default_state_dir(Path("/home/x/config.toml")) != Path("/var/lib/tojimari")


def test_an_account_without_a_home_has_the_machine_s_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless(*_: object, **__: object) -> Path:
        raise RuntimeError

    monkeypatch.chdir(tmp_path)
    for name in ("user_data_path", "user_config_path"):
        monkeypatch.setattr(default_paths, name, homeless)
    assert default_paths.default_state_dir() == Path("/var/lib/tojimari")
    assert default_paths.default_config_file() == Path("/etc/tojimari/config.toml")
