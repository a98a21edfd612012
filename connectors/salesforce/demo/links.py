"""The rows of ContentDistribution: the story's links, then any number of brochures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, overload

from connectors.salesforce.demo.story import LINKS, LOPEZ, OBRIEN, SATO, Link, days, vendor_id

FIRST_PLAIN = 1000  # the number of the first brochure's document
_OWNERS = (SATO, LOPEZ, OBRIEN)


class Links(Sequence[dict[str, Any]]):
    """Rows made when they are asked for, in the order of documents and links.

    Every tenth brochure has a second link.
    """

    def __init__(self, plain: int) -> None:
        self._plain = plain

    def __len__(self) -> int:
        """The story's links and the brochures'."""
        return len(LINKS) + self._plain

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        """A row, or several."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return _row(index, self.link(index))

    def link(self, index: int) -> Link:
        """What a row is about."""
        if index < len(LINKS):
            return LINKS[index]
        number = index - len(LINKS)
        document = number // 11 * 10 + min(number % 11, 9)
        return Link(
            title=f"製品カタログ {document:06d}",
            kind="pdf",
            owner=_OWNERS[document % 3],
            created=days(3 + number % 1500),
            document=FIRST_PLAIN + document,
            viewed=days(number % 97) if number % 4 else None,
            password=number % 7 == 0,
            expires=days(-5 - number % 60) if number % 5 == 0 else None,
        )

    def working(self) -> Iterator[tuple[str, str, Link]]:
        """The ids of document and link, and the link, of all that work."""
        for index in range(len(self)):
            link = self.link(index)
            if link.works:
                yield vendor_id("069", link.document), vendor_id("05D", index + 1), link


def _row(index: int, link: Link) -> dict[str, Any]:
    document = vendor_id("069", link.document)
    return {
        "Id": vendor_id("05D", index + 1),
        "Name": f"{link.title} ({link.owner.login})",
        "ContentDocumentId": document,
        "ContentDocument": {
            "Title": link.title,
            "FileExtension": link.kind,
            "CreatedDate": written(link.created),
            "ContentModifiedDate": written(link.created),
        },
        "OwnerId": link.owner.id,
        "Owner": {
            "Email": link.owner.mail,
            "Username": link.owner.mail,
            "IsActive": link.owner.active,
        },
        "CreatedDate": written(link.created),
        "CreatedBy": {"Email": link.owner.mail},
        "LastViewDate": link.viewed and written(link.viewed),
        "PreferencesExpires": link.expires is not None,
        "ExpiryDate": link.expires and written(link.expires),
        "PreferencesPasswordRequired": link.password,
        "PreferencesAllowOriginalDownload": link.download,
        "PreferencesAllowPDFDownload": link.download,
    }


@cache  # a few thousand days, however many links
def written(moment: datetime) -> str:
    """A time as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
