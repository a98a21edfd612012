"""The log: beside the store, a few megabytes at most, without secrets, tokens or link URLs."""

from __future__ import annotations

import logging
import sys
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

import typer

from agent.cli.options import HELP
from agent.host import folders

NAME = "tojimari.log"
FORM = "%(asctime)s %(levelname)s %(name)s %(message)s"


def begin(folder: Path, *, verbose: bool = False) -> None:
    """Write the log into a folder; to the terminal, too, when asked."""
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(folder / NAME, maxBytes=2_000_000, backupCount=3, encoding="utf-8")
    handlers: list[logging.Handler] = [file]
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    logging.basicConfig(level=logging.INFO, format=FORM, handlers=handlers, force=True)
    for chatty in ("urllib3", "msal", "googleapiclient", "google", "simple_salesforce", "zeep"):
        logging.getLogger(chatty).setLevel(logging.ERROR)  # their debug lines carry addresses


def wrote_down() -> None:
    """A bug: the traceback goes to the log, a sentence to the reader."""
    if not logging.getLogger().handlers:
        begin(folders.data())
    logging.getLogger("agent").critical("a bug\n%s", traceback.format_exc())
    typer.echo(HELP.say("cli.bug", log=place()), err=True)


def place() -> Path:
    """The file that is written to, or would be."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, RotatingFileHandler):
            return Path(handler.baseFilename)
    return folders.data() / NAME
