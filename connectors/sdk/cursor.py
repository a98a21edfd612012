"""The cursor of a scan: a dataclass of plain fields, kept by the agent as one opaque string."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Self


class Cursor:
    """How far the reading of a scope has come. Subclasses are frozen dataclasses with slots.

    The names of the fields are stored: a renamed field makes older cursors unreadable, which
    costs a full reading of each scope.
    """

    __slots__ = ()

    def to_json(self) -> str:
        """Return the form that a `Checkpoint` carries."""
        return json.dumps(asdict(self))  # pyright: ignore[reportArgumentType] -- subclasses are dataclasses

    @classmethod
    def from_json(cls, text: str | None) -> Self | None:
        """Return the cursor of a checkpoint.

        None where there is none, or one that this version of the program cannot read: then the
        scope is read from its beginning.
        """
        if not text:
            return None
        try:
            return cls(**cls.fields_of(json.loads(text)))
        except (AttributeError, TypeError, ValueError):
            return None

    @classmethod
    def fields_of(cls, stored: Any) -> dict[str, Any]:
        """Return the arguments of the dataclass from the stored object.

        A subclass overrides it for fields that JSON does not hold as they are, such as tuples.
        """
        return stored
