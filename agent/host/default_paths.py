"""The default locations of configuration and data, as the installer creates them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from platformdirs import user_config_path, user_data_path

CONFIG_FILE_NAME = "config.toml"


def default_config_file() -> Path:
    """Return the configuration file to use by default: of this folder, the machine or the user."""
    for file in (Path(CONFIG_FILE_NAME), machine_config_file()):
        if file.exists():
            return file
    try:
        return user_config_path("tojimari", appauthor=False) / CONFIG_FILE_NAME
    except RuntimeError:  # an account without a home
        return machine_config_file()


def default_state_dir(config_file: Path | None = None) -> Path:
    """Return the default folder of the store.

    With the machine's configuration it is the machine's folder: a service account may have no
    profile.
    """
    if config_file is not None and config_file.absolute() == machine_config_file():
        return machine_state_dir()
    try:
        return user_data_path("tojimari", appauthor=False)
    except RuntimeError:
        return machine_state_dir()


def machine_config_file() -> Path:
    """Return `%ProgramData%\\tojimari\\config.toml` or `/etc/tojimari/config.toml`."""
    return (
        _program_data() if sys.platform == "win32" else Path("/etc/tojimari")
    ) / CONFIG_FILE_NAME


def machine_state_dir() -> Path:
    """Return `%ProgramData%\\tojimari\\state` or `/var/lib/tojimari`."""
    return _program_data() / "state" if sys.platform == "win32" else Path("/var/lib/tojimari")


def _program_data() -> Path:
    return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "tojimari"
