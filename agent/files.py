"""Write files that appear complete or not at all, readable for this account only."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

PRIVATE_MODE: Final = 0o600  # the mode of every file that lists exposures or secrets


@contextmanager
def atomic_write(
    path: Path, *, encoding: str = "utf-8", mode: int = PRIVATE_MODE
) -> Generator[TextIO]:
    """Yield a text file that gets its name only when everything is on the disk.

    A lone surrogate, which JSON allows, becomes a question mark. Raise `OSError` if the file cannot
    be written; then nothing is left behind.
    """
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)  # a leftover would keep its mode
    try:
        with open(
            part, "w", encoding=encoding, errors="replace", newline="", opener=_opener(mode)
        ) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _opener(mode: int) -> Callable[[str, int], int]:
    return lambda path, flags: os.open(path, flags, mode)
