"""The log file: beside the store, 8 MB at most, without secrets, tokens and link URLs."""

from __future__ import annotations

import logging
import sys
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

import typer

from agent.cli.options import HELP_TEXTS
from agent.host import default_paths

FILE_NAME = "tojimari.log"
LINE_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def configure_logging(folder: Path, *, verbose: bool = False) -> None:
    """Write the log to a folder, which is created; with `verbose` also to stderr.

    Raises:
        OSError: The folder or the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(
        folder / FILE_NAME, maxBytes=2_000_000, backupCount=3, encoding="utf-8"
    )
    handlers: list[logging.Handler] = [file]
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    logging.basicConfig(level=logging.INFO, format=LINE_FORMAT, handlers=handlers, force=True)
    for chatty in ("urllib3", "msal", "googleapiclient", "google", "simple_salesforce", "zeep"):
        logging.getLogger(chatty).setLevel(logging.ERROR)  # their debug messages contain URLs


def log_crash() -> None:
    """Write the current exception with its traceback to the log, and its path to stderr."""
    if not logging.getLogger().handlers:
        configure_logging(default_paths.default_state_dir())
    logging.getLogger("agent").critical("a bug\n%s", traceback.format_exc())
    typer.echo(HELP_TEXTS.say("cli.bug", log=log_path()), err=True)


def log_path() -> Path:
    """Return the path of the log file, also before anything is written."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, RotatingFileHandler):
            return Path(handler.baseFilename)
    return default_paths.default_state_dir() / FILE_NAME
