"""What a full scan will cost, from the first page of some libraries.

A library that ends on its first page is known. Of a larger one Graph tells how many bytes it
holds, and the page how many a file of it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from connectors.m365.channels import TEAMS_PAGE
from connectors.m365.client import Client, DeltaPage
from connectors.m365.control import LIST, SHARE
from connectors.m365.entra import GROUPS_A_BATCH, Entra
from connectors.m365.graph import BATCH
from connectors.m365.pace import LABEL, TEAMS_PRICE
from connectors.sdk.errors import ConnectorError
from connectors.sdk.forecast import Part
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Scope, Unknown

SAMPLED = 200  # libraries: at most 400 units
GUESTS_PAGE, GROUPS_PAGE, USERS_PAGE = 500, 999, 999
SETTINGS = 6  # resources with settings


@dataclass(frozen=True, slots=True)
class Sample:
    """The first page of a library, counted. `total` is how many items the library seems to hold.

    `labels`: files of the page that will be asked for theirs, at most.
    """

    listed: int
    own: int
    total: float | None
    complete: bool
    labels: int = 0

    @staticmethod
    def of(page: DeltaPage, *, labels: bool = False) -> Sample:
        """Count a page."""
        items = list({item["id"]: item for item in page.items}.values())
        own = sum("shared" in item or "root" in item for item in items)
        files = sum("shared" in item and "file" in item for item in items) if labels else 0
        complete = bool(page.changes)
        total = float(len(items)) if complete else None
        sizes = [item.get("size") or 0 for item in items if "file" in item]
        whole = next((item.get("size") for item in items if "root" in item), None)
        if total is None and whole and sum(sizes):
            total = max(len(items), whole / sum(sizes) * len(items))
        return Sample(len(items), own, total, complete, files)

    @property
    def pages(self) -> float:
        """How many pages the library takes; the first is the only one that is sure."""
        return 1 if self.total is None else max(1, ceil(self.total / max(1, self.listed)))

    @property
    def lists(self) -> float:
        """How many lists of permissions will be read."""
        return self.own * (1 if self.total is None else self.total / max(1, self.listed))

    @property
    def units(self) -> float:
        """What reading it costs, the control included."""
        labels = LABEL * self.lists * self.labels / max(1, self.own)
        return (1 + self.pages + LIST * self.lists) * (1 + SHARE) + labels

    @property
    def calls(self) -> float:
        """How many requests that takes."""
        control = min(1.0, SHARE * (self.pages + LIST * self.lists) / LIST)
        return self.pages * (1 + ceil(self.own / BATCH) + ceil(self.labels / BATCH)) + control


def libraries(
    client: Client, libraries: Sequence[Scope], map_: Map, *, labels: bool = False
) -> Part:
    """The part of the libraries; some that cannot be opened are no reason to tell nothing."""
    step = max(1, ceil(len(libraries) / SAMPLED))
    drawn = [scope.id for scope in libraries[::step]]

    def asked(drive: str) -> Sample | None:
        try:
            return Sample.of(client.items(client.first_page(drive)), labels=labels)
        except ConnectorError:
            return None

    samples = [sample for sample in map_(asked, drawn) if sample is not None]
    scale = len(libraries) / max(1, len(samples))
    guessed = any(sample.total is None for sample in samples)
    total = sum(sample.total or 0 for sample in samples)
    items: int | Unknown = UNKNOWN if guessed or not samples else round(total * scale)
    return Part(
        title=say("m365.part_libraries"),
        scopes=len(libraries),
        items=items,
        calls=round(sum(sample.calls for sample in samples) * scale),
        units=round(sum(sample.units for sample in samples) * scale),
        exact=step == 1 and all(sample.complete for sample in samples),
    )


def directory(entra: Entra, named: int) -> Part:
    """The part of the directory; which groups the grants name, only the scan will show."""
    guests, groups = _told(entra.count_guests), _told(entra.count_groups)
    pages = _pages(guests, GUESTS_PAGE) + _pages(groups, GROUPS_PAGE) + 1  # and the roles
    pages += _pages(_told(entra.count_users), USERS_PAGE)
    return Part(
        title=say("m365.part_directory"),
        scopes=1,
        items=guests,
        calls=pages + ceil(named / GROUPS_A_BATCH),
        units=pages + 4 * named,
        exact=False,
    )


def settings(entra: Entra) -> Part:
    """The part of the tenant's settings and of the teams, whose shared channels are looked for."""
    teams = _told(entra.count_teams)
    known = 0 if isinstance(teams, Unknown) else teams
    return Part(
        title=say("m365.part_settings"),
        scopes=4,
        items=teams,
        calls=SETTINGS + _pages(teams, TEAMS_PAGE) + ceil(known / BATCH),
        units=round(SETTINGS + _pages(teams, TEAMS_PAGE) + TEAMS_PRICE * known),
        exact=False,
    )


def _told(count: Callable[[], int]) -> int | Unknown:
    try:
        return count()
    except ConnectorError:
        return UNKNOWN


def _pages(count: int | Unknown, page: int) -> int:
    return 1 if isinstance(count, Unknown) else max(1, ceil(count / page))


Map = Callable[[Callable[[str], Sample | None], Iterable[str]], Iterable[Sample | None]]
