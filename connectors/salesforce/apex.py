"""Code that guests can run and that ignores sharing: the scope `code`.

A guest runs the classes and the flows that a permission set grants, and all Apex behind the
Visualforce pages that it grants: there the class needs no grant of its own.

Sources:

Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-security-sharing-chapter.html (read 2026-11-30)
Source: https://developer.salesforce.com/docs/atlas.en-us.264.0.object_reference.meta/object_reference/sforce_api_objects_setupentityaccess.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.salesforce import queries
from connectors.salesforce.apex_source import ApexSource, page_controllers
from connectors.salesforce.client import Client
from connectors.salesforce.code_items import Callers, code_item
from connectors.salesforce.guest_flows import read_flows
from connectors.salesforce.permission_sets import permission_set_holders
from connectors.salesforce.read_gaps import ReadGaps, first_names
from connectors.salesforce.sites import GuestUser, find_guests
from connectors.sdk.message import say
from connectors.sdk.records import Checkpoint, Record, Setting, Started

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Entries:
    """What guests may call: callers by class id, and by the name of a page's controller.

    Attributes:
        classes: Callers of classes, by id.
        controllers: Callers of controllers and extensions, by name in lower case.
        managed: Classes of packages, whose source nobody but the publisher can read.
    """

    classes: defaultdict[str, Callers] = field(default_factory=lambda: defaultdict(set))
    controllers: defaultdict[str, Callers] = field(default_factory=lambda: defaultdict(set))
    managed: set[str] = field(default_factory=set[str])


def read_apex_classes(client: Client) -> Iterator[Record]:
    """Read the scope `code`: one item per class or flow that guests can run and ignores sharing.

    Classes of managed packages are named and not judged: their source is hidden from the
    organization.

    Raises:
        AccessDenied: Sites or permission set assignments are not visible to the audit user.
        UnexpectedResponse: Salesforce refused one of these queries.
    """
    yield Started(full=True, resumed=False)
    gaps = ReadGaps()
    sites, networks, assignments = client.batch_query(
        (queries.SITES, queries.NETWORKS, queries.GUEST_PERMISSION_SETS)
    )
    # Without readable Network rows every site counts as active.
    guests = {g.id: g for g in find_guests(gaps.require_rows(sites), gaps.optional_rows(networks))}
    holders = permission_set_holders(gaps.require_rows(assignments), guests, ())
    callers_by_set = {
        set_id: {(set_id, holder) for holder in who if isinstance(holder, GuestUser)}
        for set_id, who in holders.items()
    }
    granted: dict[str, defaultdict[str, Callers]] = {
        kind: defaultdict(set) for kind in ("ApexClass", "ApexPage", "FlowDefinition")
    }
    for row in gaps.query_all(
        client, (queries.granted_code(some) for some in queries.chunks(holders))
    ):
        granted[row["SetupEntityType"]][row["SetupEntityId"]] |= callers_by_set[row["ParentId"]]
    entries = _Entries(classes=granted["ApexClass"])
    _read_pages(client, gaps, granted["ApexPage"], entries)
    for row, callers in _open_classes(client, gaps, entries):
        url = f"{client.instance_url}/lightning/setup/ApexClasses/page?address=%2F{row['Id']}"
        yield code_item(str(row["Id"]), str(row["Name"]), url, callers)
    yield from read_flows(client, gaps, granted["FlowDefinition"])
    if entries.managed:
        names = ", ".join(sorted(entries.managed))
        yield Setting(id="SetupEntityAccess.ManagedApexClasses", value=names)
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def _read_pages(
    client: Client, gaps: ReadGaps, pages: Mapping[str, Callers], entries: _Entries
) -> None:
    """Add the controllers and extensions of pages to the entries."""
    for row in gaps.query_all(
        client, (queries.page_markup(some) for some in queries.chunks(pages))
    ):
        if row["NamespacePrefix"]:
            entries.managed.add(f"{row['NamespacePrefix']}.{row['Name']}")
            continue
        for name in page_controllers(str(row["Markup"] or "")):
            if "." in name:
                entries.managed.add(name)
            else:
                entries.controllers[name.casefold()] |= pages[row["Id"]]


def _open_classes(
    client: Client, gaps: ReadGaps, entries: _Entries
) -> Iterator[tuple[Row, Callers]]:
    """Yield the classes that guests can run and that ignore sharing, with their callers.

    Also classes that ask for sharing themselves and use one that does not: one step.
    """
    statements = [queries.class_sources(some) for some in queries.chunks(entries.classes)]
    statements += [queries.classes_by_name(some) for some in queries.chunks(entries.controllers)]
    rows = {row["Id"]: row for row in gaps.query_all(client, statements)}
    hidden: list[str] = []
    asking: list[tuple[Row, Callers, set[str]]] = []
    for row in sorted(rows.values(), key=lambda row: str(row["Id"])):
        by_page = entries.controllers.get(str(row["Name"]).casefold(), set())
        callers = entries.classes.get(row["Id"], set()) | by_page
        if row["NamespacePrefix"]:  # only its publisher can read the source
            entries.managed.add(f"{row['NamespacePrefix']}.{row['Name']}")
            continue
        if not row["Body"] or row["Body"] == "(hidden)":
            hidden.append(str(row["Name"]))
            continue
        source = ApexSource(str(row["Body"]), _version(row["ApiVersion"]))
        if source.ignores_sharing(by_page=bool(by_page)):
            yield row, callers
        elif by_page or source.has_entry:
            asking.append((row, callers, source.used_classes()))
    yield from _asking_for_others(client, gaps, asking)
    if hidden:
        gaps.add(
            say("salesforce.hidden_source", classes=first_names(sorted(hidden))),
            say("salesforce.hidden_source_hint"),
        )


def _asking_for_others(
    client: Client, gaps: ReadGaps, asking: Iterable[tuple[Row, Callers, set[str]]]
) -> Iterator[tuple[Row, Callers]]:
    """Yield the classes that use a class of the organization that says `without sharing`."""
    known = list(asking)
    names = {name for _, _, used in known for name in used}
    statements = (queries.classes_by_name(some) for some in queries.chunks(names))
    open_names = {
        str(row["Name"]).casefold()
        for row in gaps.query_all(client, statements)
        if not row["NamespacePrefix"] and ApexSource(str(row["Body"] or "")).without_sharing
    }
    for row, callers, used in known:
        if used & open_names:
            yield row, callers


def _version(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
