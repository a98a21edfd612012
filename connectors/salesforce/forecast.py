"""Estimate of the calls of a full scan, from counts that cost a few calls themselves.

It repeats the arithmetic of the scan: five queries a call, 2,000 rows a page, 10 names per
readMetadata.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.md (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

from math import ceil
from typing import Any

from connectors.salesforce import bulk, soql
from connectors.salesforce.client import BUNDLE, DESCRIBED, Client, needed, rows_of
from connectors.salesforce.counting import Rights
from connectors.salesforce.gaps import Gaps, Held, asked
from connectors.salesforce.kinds import looked_up
from connectors.salesforce.refusals import Refused
from connectors.salesforce.rights import holders_of, members_of, rights_of
from connectors.salesforce.schema import Schema
from connectors.salesforce.settings import Settings
from connectors.salesforce.sites import guests_of
from connectors.salesforce.soap import MOST
from connectors.salesforce.ways import CLOSED
from connectors.sdk.contract import Context
from connectors.sdk.forecast import Forecast, Part
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Access

# Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.md (read 2026-11-29)  # noqa: E501
PAGE = 2000  # rows of a page
SIGN_IN = 3  # calls: token, versions, organization
SMALL = 3 + 1 + 2 + 1  # calls: code, documents, site settings, and the tier
DEFINITIONS = 3 + 2  # more calls in tier C: settings, names and options of sites; sharing sets
RECEIVERS = 3  # calls, at most, to resolve the groups that rules share with


def forecast_of(settings: Settings, client: Client, context: Context) -> Forecast:
    """Return the estimate: sign-in, records, public links, and the short scopes together.

    Raises:
        AccessDenied: Sites or guest permission sets are not visible to the audit user.
        QueryFailed: Salesforce refused one of these queries.
        SignInError: The session was refused.
    """
    gaps = Gaps()
    sites, networks, sets, people, own = client.answers(
        (soql.SITES, soql.NETWORKS, soql.GUEST_SETS, soql.OUTSIDERS, asked(client))
    )
    held = gaps.held(own)
    guests = {g.id: g for g in guests_of(needed(sites), rows_of(networks))}
    outsiders = bool(rows_of(people))
    members = members_of(gaps.all(client, [soql.OUTSIDER_SETS] if outsiders else []), {})
    holders = holders_of(needed(sets), guests, members)
    rows = list(gaps.all(client, (soql.object_rights(some) for some in soql.chunks(holders))))
    rights = rights_of(rows, holders)
    schema = Schema()
    for row in gaps.all(client, (soql.objects(some) for some in soql.chunks(rights))):
        schema.learn(row)
    (links,) = client.answers([soql.link_count(context.now())])
    known = links if isinstance(links, int) else 0
    records = _calls_of_records(len(rows), len(holders), rights, schema, held)
    small = SMALL + (DEFINITIONS if held.rules else 0)
    return Forecast(
        parts=(
            Part(title=say("salesforce.part_sign_in"), scopes=0, items=0, calls=SIGN_IN),
            Part(
                title=say("salesforce.part_records"),
                scopes=1,
                items=len(rights),
                calls=records + (RECEIVERS if outsiders and held.counts else 0),
                exact=False,
            ),
            Part(
                title=say("salesforce.part_links"),
                scopes=1,
                items=UNKNOWN if isinstance(links, Refused) else known,
                calls=calls_of_links(known),
            ),
            Part(
                title=say("salesforce.part_small"),
                scopes=4,
                items=UNKNOWN,
                calls=small,
                exact=False,
            ),
        ),
        per_day=_per_day(settings, client),
    )


def calls_of_links(links: int) -> int:
    """Return the calls for a number of public links, with the count that decides how to read them.

    Up to `bulk.MIN_ROWS` links: pages of a query. Above: a job, three polls and its result files.
    """
    if links <= bulk.WORTH:
        return 1 + max(1, ceil(links / PAGE))
    return 1 + 1 + 3 + ceil(links / bulk.PORTION)


def _calls_of_records(rows: int, sets: int, rights: Rights, schema: Schema, held: Held) -> int:
    """Return the calls of the scope `records`, as the scan makes them."""
    chunks = ceil(sets / soql.MOST)
    names = ceil(len(rights) / soql.MOST)
    calls = 2 + ceil(chunks / BUNDLE) + rows // PAGE + ceil((chunks + names) / BUNDLE)
    calls += ceil(len(schema.by_parent) / DESCRIBED)
    calls += ceil(len(looked_up(rights, schema.durable_ids)) / BUNDLE)
    if held.counts:
        counted = (
            len(rights) - len(schema.by_parent) + sum(_sized(n, rights, schema) for n in rights)
        )
        calls += 1 + ceil(counted / BUNDLE)  # self-registered users; share rows and totals
        calls += ceil(2 * len(schema.by_parent) / BUNDLE) + 1  # children; files
    if held.rules:
        calls += ceil(len(rights) / MOST) + 1
    return calls


def _sized(name: str, rights: Rights, schema: Schema) -> bool:
    every = any(right.access is Access.ALL_RECORDS for right in rights[name])
    return every or schema.defaults.get(name, "Private") not in CLOSED


def _per_day(settings: Settings, client: Client) -> int | None:
    def call(sf: Any) -> Any:
        return sf.restful("limits")

    told = client.ask("limits", call)
    try:
        return int(int(told["DailyApiRequests"]["Max"]) * (1 - settings.api_reserve))
    except (LookupError, TypeError, ValueError):
        return None
