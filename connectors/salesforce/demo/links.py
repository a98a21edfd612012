"""The rows of ContentDistribution: the scenario's public links, then any number of brochures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, overload

from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.scenario import LOPEZ, OBRIEN, SATO, TANAKA, Person
from connectors.sdk.demo import NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A public link to a file."""

    title: str
    kind: str
    owner: Person
    created: datetime
    document: int  # links with one number lead to one file
    viewed: datetime | None = None
    expires: datetime | None = None
    password: bool = False
    download: bool = True

    @property
    def views(self) -> int:
        """How often the link was opened."""
        return 0 if self.viewed is None else 1 + (NOW - self.created).days // 10

    @property
    def works(self) -> bool:
        """True if the link is active today."""
        return self.expires is None or self.expires > NOW


def days(number: float) -> datetime:
    """Return the time so many days ago; negative days are in the future."""
    return NOW - timedelta(days=number)


LINKS = (  # in the order of their documents
    Link(
        title="顧客一覧",
        kind="xlsx",
        owner=SATO,
        created=datetime.fromisoformat("2020-11-24T01:02:03+00:00"),
        document=1,
        viewed=days(2),
    ),
    Link(
        title='見積書 "Acme, Inc."',
        kind="pdf",
        owner=LOPEZ,
        created=days(20),
        document=2,
        expires=days(-10),
        password=True,
        viewed=days(12),
    ),
    Link(
        title="旧価格表", kind="pdf", owner=LOPEZ, created=days(700), document=3, expires=days(90)
    ),
    Link(
        title='=HYPERLINK("引継ぎ"),退職者',
        kind="csv",
        owner=TANAKA,
        created=days(1400),
        document=4,
        viewed=days(900),
    ),
    Link(title="会社案内 2026", kind="pdf", owner=OBRIEN, created=days(40), document=5),
    Link(
        title="会社案内 2026",
        kind="pdf",
        owner=LOPEZ,
        created=days(30),
        document=5,
        download=False,
        viewed=days(1),
    ),
    Link(title="個人情報保護方針", kind="pdf", owner=OBRIEN, created=days(1200), document=6),
    Link(
        title="入札結果 (today only)",
        kind="pdf",
        owner=SATO,
        created=days(1),
        document=7,
        expires=days(-0.25),  # this afternoon: still open
    ),
    Link(title="商談資料", kind="pptx", owner=SATO, created=days(300), document=8, expires=days(8)),
    Link(title="商談資料", kind="pptx", owner=SATO, created=days(60), document=8, password=True),
)


FIRST_PLAIN = 1000  # the number of the first brochure's document
_OWNERS = (SATO, LOPEZ, OBRIEN)


class Links(Sequence[dict[str, Any]]):
    """Rows that are built on access, in the order of documents and links.

    Every tenth brochure has a second link.
    """

    def __init__(self, plain: int) -> None:
        self._plain = plain

    def __len__(self) -> int:
        """Return the number of links of scenario and brochures."""
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
        """Return the link of a row."""
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
        """Yield document id, link id and link of all active links."""
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
        "ViewCount": link.views,
        "LastViewDate": link.viewed and written(link.viewed),
        "PreferencesExpires": link.expires is not None,
        "ExpiryDate": link.expires and written(link.expires),
        "PreferencesPasswordRequired": link.password,
        "PreferencesAllowOriginalDownload": link.download,
        "PreferencesAllowPDFDownload": link.download,
    }


@cache  # a few thousand days, however many links
def written(moment: datetime) -> str:
    """Return a time as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
