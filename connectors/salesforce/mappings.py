"""Sharing sets: records that go to whoever has the same account, or the same something else.

No share row tells of them; only their definitions do.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import unquote

from connectors.salesforce.soap import Metadata, parts_of, text_of

_OWN = frozenset({"id", "account", "contact", "contact.account", "contact.relatedaccount"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessMapping:
    """One line of a sharing set: records whose field is what the user's field is."""

    set_name: str
    profiles: frozenset[str]  # in small letters
    object_field: str
    user_field: str

    @property
    def own(self) -> bool:
        """Whether people get what is of their own account. What is not known is not own.

        A lookup of the account (its region, its parent) has one value for many accounts.
        """
        return self.user_field.casefold().removesuffix(".id") in _OWN


def mappings_of(metadata: Metadata) -> dict[str, tuple[AccessMapping, ...]]:
    """By object: the sharing sets that open some of its records."""
    found: defaultdict[str, list[AccessMapping]] = defaultdict(list)
    for made in metadata.read("SharingSet", metadata.names("SharingSet")):
        profiles = frozenset(unquote(p.text or "").casefold() for p in parts_of(made, "profiles"))
        for line in parts_of(made, "accessMappings"):
            found[text_of(line, "object")].append(
                AccessMapping(
                    set_name=text_of(made, "fullName"),
                    profiles=profiles,
                    object_field=text_of(line, "objectField"),
                    user_field=text_of(line, "userField"),
                )
            )
    return {name: tuple(lines) for name, lines in found.items()}
