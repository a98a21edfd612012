"""Paths as they are written in a configuration."""

from pathlib import Path

from agent.config.load import LoadedConfig
from agent.config.schema import Config


def loaded(folder: Path) -> LoadedConfig:
    return LoadedConfig(Config(), folder / "config.toml", "")


def test_a_path_starts_where_the_configuration_lies_and_follows_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert loaded(tmp_path).path("link/state") == tmp_path / "real/state"


def test_a_path_that_the_system_will_not_follow_is_taken_as_it_is(tmp_path: Path) -> None:
    longest = "x" * 300
    assert loaded(tmp_path).path(f"{longest}/state") == tmp_path / longest / "state"
