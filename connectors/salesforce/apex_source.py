"""What the source of Apex and Visualforce says: entry points, sharing mode, classes that are used.

Sources:

Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-security-sharing-chapter.html (read 2026-11-30)
Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-rest-code-sample.html (read 2026-11-30)
"""  # noqa: E501 -- an address

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

# From this API version on, a class without a keyword runs with sharing.
# Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-security-sharing-chapter.html (read 2026-11-30)  # noqa: E501 -- an address
SHARING_BY_DEFAULT = 67.0

_COMMENTS_AND_STRINGS = re.compile(
    r"""//[^\n]*              # a comment to the end of the line
      | /\*.*?(?:\*/|\Z)      # one of several lines
      | '''.*?(?:'''|\Z)      # a text of several lines
      | '(?:\\.|[^'\\\n])*'   # a text
    """,
    re.VERBOSE | re.DOTALL,
)
_WITHOUT_SHARING = re.compile(r"\bwithout\s+sharing\b", re.IGNORECASE)
_DECLARATION = re.compile(
    r"\b(?:(with|without|inherited)\s+sharing\s+(?:(?:virtual|abstract)\s+)?)?class\s+\w",
    re.IGNORECASE,
)
# Entries that run without sharing where the class has no keyword. A call from Aura or a Lightning
# web component runs with sharing there.
_ENTRY_WITHOUT_SHARING = re.compile(
    r"@\s*(?:RemoteAction|RestResource)\b|\bwebservice\b", re.IGNORECASE
)
# OmniStudio calls these interfaces by the name of the class; the mode of the caller is not known.
_INTERFACE = re.compile(
    r"\bimplements\b[^{]*\b(?:Callable|VlocityOpenInterface2?)\b", re.IGNORECASE
)
_OTHER_ENTRY = re.compile(r"@\s*(?:AuraEnabled|InvocableMethod)\b", re.IGNORECASE)
_USED_CLASS = re.compile(r"\bnew\s+([A-Za-z]\w*)\s*[({<]|(?<![\w.])([A-Za-z]\w*)\s*\.\s*\w")

_MARKUP_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PAGE = re.compile(r"<apex:page\b((?:\"[^\"]*\"|'[^']*'|[^>'\"])*)>", re.IGNORECASE)
_CONTROLLERS = re.compile(
    r"(?<![\w:])(?:controller|extensions)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE
)


@dataclass(frozen=True)
class ApexSource:
    """The source of a class.

    Attributes:
        body: The source, as `ApexClass.Body` has it.
        api_version: The version of the class; None where it is not known, which counts as old.
    """

    body: str
    api_version: float | None = None

    @cached_property
    def code(self) -> str:
        """The source without comments and texts."""
        return _COMMENTS_AND_STRINGS.sub(" ", self.body)

    @property
    def without_sharing(self) -> bool:
        """True if the class, or one in it, says `without sharing`."""
        return bool(_WITHOUT_SHARING.search(self.code))

    @property
    def has_entry(self) -> bool:
        """True if a visitor can call the class."""
        entries = (_ENTRY_WITHOUT_SHARING, _INTERFACE, _OTHER_ENTRY)
        return any(entry.search(self.code) for entry in entries)

    def ignores_sharing(self, *, by_page: bool = False) -> bool:
        """Return True if the class can be called and then runs without sharing.

        A class without a keyword does so for REST, web services, remote actions and Visualforce
        up to API version 66. An inner class with the keyword counts for the whole class.

        Args:
            by_page: The class is a controller or an extension of a page.
        """
        if self.without_sharing:
            return by_page or self.has_entry
        declared = _DECLARATION.search(self.code)
        keyword = declared.group(1) if declared else None
        if keyword or (self.api_version or 0.0) >= SHARING_BY_DEFAULT:
            return False
        entries = (_ENTRY_WITHOUT_SHARING, _INTERFACE)
        return by_page or any(entry.search(self.code) for entry in entries)

    def used_classes(self) -> set[str]:
        """Return the names that may be those of other classes, in lower case."""
        return {(a or b).casefold() for a, b in _USED_CLASS.findall(self.code)}


def page_controllers(markup: str) -> list[str]:
    """Return the names of a page's controller and its extensions, in order."""
    page = _PAGE.search(_MARKUP_COMMENT.sub(" ", markup))
    found = _CONTROLLERS.findall(page.group(1)) if page else []
    names = [name.strip() for value in found for name in (value[0] or value[1]).split(",")]
    return [name for name in names if name]
