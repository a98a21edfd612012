"""What the records are made with: dataclasses that nobody changes, by the million."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A slotted dataclass, keyword only and frozen, as far as the type checker sees.

    `dataclass(frozen=True)` would see to it at run time, too, and so take four times as long to
    make one: for a million items with their grants that is more than to judge them.
    """
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)
