"""Flows that guests may run, and the mode that they run in.

A guest runs only flows that are granted one by one. In system mode without sharing a flow reads
and writes every record.

Sources:

Source: https://help.salesforce.com/s/articleView?id=000394651&type=1 (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_flowversionview.htm (read 2026-11-30)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.salesforce import queries
from connectors.salesforce.client import Client
from connectors.salesforce.code_items import Callers, code_item
from connectors.salesforce.read_gaps import ReadGaps, first_names
from connectors.sdk.message import say
from connectors.sdk.records import Item

WITHOUT_SHARING = "SystemModeWithoutSharing"
_BUILDER = "/builder_platform_interaction/flowBuilder.app?flowId="
# Modes that respect sharing rules: that of the user, and system mode with sharing.
_WITH_SHARING = frozenset({"DefaultMode", "SystemModeWithSharing"})


def read_flows(client: Client, gaps: ReadGaps, flows: Mapping[str, Callers]) -> Iterator[Item]:
    """Yield one item per active flow that guests may run without sharing.

    A flow whose mode nobody told, or a word that this version does not know, is a gap.
    `FlowVersionView` answers nothing without a filter by id, so the active versions are asked for.
    """
    statements = (queries.flow_definitions(some) for some in queries.chunks(flows))
    defined = {_key(row["DurableId"]): row for row in gaps.query_all(client, statements)}
    active = {row["ActiveVersionId"] for row in defined.values() if row["ActiveVersionId"]}
    versions = (queries.flow_versions(some) for some in queries.chunks(active))
    modes = {_key(row["DurableId"]): row["RunInMode"] for row in gaps.query_all(client, versions)}
    unclear: list[str] = []
    for flow_id in sorted(flows):
        row = defined.get(_key(flow_id))
        if row is None:
            unclear.append(flow_id)
            continue
        version = row["ActiveVersionId"]
        if not version:  # it cannot run
            continue
        mode = modes.get(_key(version))
        if mode == WITHOUT_SHARING:
            url = f"{client.instance_url}{_BUILDER}{version}"
            yield code_item(flow_id, str(row["Label"] or row["ApiName"]), url, flows[flow_id])
        elif mode not in _WITH_SHARING:
            unclear.append(str(row["ApiName"]))
    if unclear:
        gaps.add(
            say("salesforce.unclear_flows", flows=first_names(unclear)),
            say("salesforce.flows_hint"),
        )


def _key(record_id: object) -> str:
    """Return the first 15 characters of an id: the rest only repeats their case."""
    return str(record_id)[:15]
