"""Where the configuration and the data of a whole machine lie, as the installer makes them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from platformdirs import user_config_path, user_data_path

CONFIG = "config.toml"


def configuration() -> Path:
    """The file to read when none is named: here, else the machine's, else this account's."""
    for file in (Path(CONFIG), machine_configuration()):
        if file.exists():
            return file
    try:
        return user_config_path("tojimari", appauthor=False) / CONFIG
    except RuntimeError:  # an account without a home
        return machine_configuration()


def data(configuration: Path | None = None) -> Path:
    """Where state goes when the configuration does not say.

    What a machine's configuration collects belongs to the machine: a service account may have no
    profile at all.
    """
    if configuration is not None and configuration.absolute() == machine_configuration():
        return machine_data()
    try:
        return user_data_path("tojimari", appauthor=False)
    except RuntimeError:
        return machine_data()


def machine_configuration() -> Path:
    """`%ProgramData%\\tojimari\\config.toml` or `/etc/tojimari/config.toml`."""
    return (_program_data() if sys.platform == "win32" else Path("/etc/tojimari")) / CONFIG


def machine_data() -> Path:
    """`%ProgramData%\\tojimari\\state` or `/var/lib/tojimari`."""
    return _program_data() / "state" if sys.platform == "win32" else Path("/var/lib/tojimari")


def _program_data() -> Path:
    return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "tojimari"
