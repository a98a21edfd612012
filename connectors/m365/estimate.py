"""The estimate of the cost of a full scan, from the first page of some libraries.

A library that ends on its first page is known. The size of a larger one is extrapolated from its
bytes and from the bytes of the files on its first page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from connectors.m365.channels import TEAMS_PAGE
from connectors.m365.client import Client, DeltaPage
from connectors.m365.entra import GROUPS_PER_BATCH, Entra
from connectors.m365.facet_sample import MAX_COST_SHARE, PERMISSIONS_COST
from connectors.m365.graph import BATCH
from connectors.m365.resource_units import LABEL_COST, TEAMS_COST
from connectors.sdk.errors import ConnectorError
from connectors.sdk.estimate import EstimatePart
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Scope, Unknown

MAX_SAMPLED_LIBRARIES = 200  # libraries: at most 400 units
# Pages with `signInActivity` hold at most 500 accounts, other pages of the directory 999.
# Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/pull/9591 (read 2026-11-29)
# With `$expand` a page was seen to hold 100 objects only; the figures below do not know that.
# Source: https://techcommunity.microsoft.com/discussions/officegraph/graph-api-with-expand-only-bringing-max-100-rows-even-though-top999/4203190 (read 2026-11-29)  # noqa: E501 -- an address
GUESTS_PAGE, GROUPS_PAGE, USERS_PAGE = 500, 999, 999
SETTINGS_CALLS = 6  # resources with settings, one call each


@dataclass(frozen=True, slots=True)
class LibrarySample:
    """The counts of the first page of a library.

    Attributes:
        listed: Items on the page.
        own: Items on the page with permissions of their own.
        total: The estimated number of items of the library; None where nothing is known of it.
        complete: Whether the page is the only one.
        labels: Files on the page whose sensitivity labels may be read.
    """

    listed: int
    own: int
    total: float | None
    complete: bool
    labels: int = 0

    @staticmethod
    def from_page(page: DeltaPage, *, labels: bool = False) -> LibrarySample:
        """Count a page; files for labels only where they will be read."""
        items = list({item["id"]: item for item in page.items}.values())
        own = sum("shared" in item or "root" in item for item in items)
        files = sum("shared" in item and "file" in item for item in items) if labels else 0
        complete = bool(page.changes)
        total = float(len(items)) if complete else None
        sizes = [item.get("size") or 0 for item in items if "file" in item]
        whole = next((item.get("size") for item in items if "root" in item), None)
        if total is None and whole and sum(sizes):
            total = max(len(items), whole / sum(sizes) * len(items))
        return LibrarySample(len(items), own, total, complete, files)

    @property
    def pages(self) -> float:
        """The estimated number of pages; at least 1."""
        return 1 if self.total is None else max(1, ceil(self.total / max(1, self.listed)))

    @property
    def permission_lists(self) -> float:
        """The estimated number of permission lists."""
        return self.own * (1 if self.total is None else self.total / max(1, self.listed))

    @property
    def units(self) -> float:
        """The estimated cost in resource units, the check of the facets included."""
        labels = LABEL_COST * self.permission_lists * self.labels / max(1, self.own)
        return (1 + self.pages + PERMISSIONS_COST * self.permission_lists) * (
            1 + MAX_COST_SHARE
        ) + labels

    @property
    def calls(self) -> float:
        """The estimated number of HTTP requests; a batch is one."""
        control = min(
            1.0,
            MAX_COST_SHARE
            * (self.pages + PERMISSIONS_COST * self.permission_lists)
            / PERMISSIONS_COST,
        )
        return self.pages * (1 + ceil(self.own / BATCH) + ceil(self.labels / BATCH)) + control


def libraries(
    client: Client, libraries: Sequence[Scope], map_: SampleMap, *, labels: bool = False
) -> EstimatePart:
    """Return the estimate for the libraries, from a sample of at most 200 of them.

    Libraries of the sample that cannot be read are left out. `map_` calls a function in parallel.
    """
    step = max(1, ceil(len(libraries) / MAX_SAMPLED_LIBRARIES))
    drawn = [scope.id for scope in libraries[::step]]

    def read_sample(drive: str) -> LibrarySample | None:
        """Return the counts of a library's first page, None where it cannot be read."""
        try:
            return LibrarySample.from_page(
                client.delta_page(client.first_delta_path(drive)), labels=labels
            )
        except ConnectorError:
            return None

    samples = [sample for sample in map_(read_sample, drawn) if sample is not None]
    scale = len(libraries) / max(1, len(samples))
    guessed = any(sample.total is None for sample in samples)
    total = sum(sample.total or 0 for sample in samples)
    items: int | Unknown = UNKNOWN if guessed or not samples else round(total * scale)
    return EstimatePart(
        title=say("m365.part_libraries"),
        scopes=len(libraries),
        items=items,
        calls=round(sum(sample.calls for sample in samples) * scale),
        units=round(sum(sample.units for sample in samples) * scale),
        exact=step == 1 and all(sample.complete for sample in samples),
    )


def directory(entra: Entra, referenced_groups: int) -> EstimatePart:
    """Return the estimate for the directory.

    `referenced_groups` is the number of groups that the grants of earlier scans name.
    """
    guests, groups = _count_or_unknown(entra.count_guests), _count_or_unknown(entra.count_groups)
    pages = _page_count(guests, GUESTS_PAGE) + _page_count(groups, GROUPS_PAGE) + 1  # and the roles
    pages += _page_count(_count_or_unknown(entra.count_users), USERS_PAGE)
    return EstimatePart(
        title=say("m365.part_directory"),
        scopes=1,
        items=guests,
        calls=pages + ceil(referenced_groups / GROUPS_PER_BATCH),
        units=pages + 4 * referenced_groups,
        exact=False,
    )


def settings(entra: Entra) -> EstimatePart:
    """Return the estimate for the tenant's settings and for the shared channels of its teams."""
    teams = _count_or_unknown(entra.count_teams)
    known = 0 if isinstance(teams, Unknown) else teams
    return EstimatePart(
        title=say("m365.part_settings"),
        scopes=4,
        items=teams,
        calls=SETTINGS_CALLS + _page_count(teams, TEAMS_PAGE) + ceil(known / BATCH),
        units=round(SETTINGS_CALLS + _page_count(teams, TEAMS_PAGE) + TEAMS_COST * known),
        exact=False,
    )


def _count_or_unknown(count: Callable[[], int]) -> int | Unknown:
    try:
        return count()
    except ConnectorError:
        return UNKNOWN


def _page_count(count: int | Unknown, page: int) -> int:
    return 1 if isinstance(count, Unknown) else max(1, ceil(count / page))


SampleMap = Callable[
    [Callable[[str], LibrarySample | None], Iterable[str]], Iterable[LibrarySample | None]
]
