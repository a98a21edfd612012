"""The default locations of configuration and data, as the installer creates them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from platformdirs import user_config_path, user_data_path

CONFIG = "config.toml"


def configuration() -> Path:
    """Return the configuration file to use by default: of this folder, the machine or the user."""
    for file in (Path(CONFIG), machine_configuration()):
        if file.exists():
            return file
    try:
        return user_config_path("tojimari", appauthor=False) / CONFIG
    except RuntimeError:  # an account without a home
        return machine_configuration()


def data(configuration: Path | None = None) -> Path:
    """Return the default folder of the store.

    With the machine's configuration it is the machine's folder: a service account may have no
    profile.
    """
    if configuration is not None and configuration.absolute() == machine_configuration():
        return machine_data()
    try:
        return user_data_path("tojimari", appauthor=False)
    except RuntimeError:
        return machine_data()


def machine_configuration() -> Path:
    """Return `%ProgramData%\\tojimari\\config.toml` or `/etc/tojimari/config.toml`."""
    return (_program_data() if sys.platform == "win32" else Path("/etc/tojimari")) / CONFIG


def machine_data() -> Path:
    """Return `%ProgramData%\\tojimari\\state` or `/var/lib/tojimari`."""
    return _program_data() / "state" if sys.platform == "win32" else Path("/var/lib/tojimari")


def _program_data() -> Path:
    return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "tojimari"
