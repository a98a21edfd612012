"""What `plan` asks: the calls of a full scan, from counts that cost a few calls themselves."""

from __future__ import annotations

from math import ceil
from typing import Any

from connectors.salesforce import bulk, soql
from connectors.salesforce.client import BUNDLE, DESCRIBED, Answer, Client, needed, rows_of
from connectors.salesforce.gaps import Gaps, Held, asked
from connectors.salesforce.kinds import looked_up
from connectors.salesforce.refusals import Refused
from connectors.salesforce.rights import holders_of, members_of, rights_of
from connectors.salesforce.schema import Schema
from connectors.salesforce.settings import Settings
from connectors.salesforce.sites import guests_of
from connectors.salesforce.soap import MOST
from connectors.sdk.contract import Context
from connectors.sdk.forecast import Forecast, Part
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN

PAGE = 2000
SIGN_IN = 3  # token, versions, organization
SMALL = {"code": 5, "documents": 1, "options": 3, "rules": 4}  # calls of the short scopes


def forecast_of(settings: Settings, client: Client, context: Context) -> Forecast:
    """Sign-in, the records, the links, and the short scopes."""
    gaps = Gaps()
    sites, networks, sets, people, own = client.answers(
        (soql.SITES, soql.NETWORKS, soql.GUEST_SETS, soql.OUTSIDERS, asked(client))
    )
    held = gaps.held(own)
    guests = {g.id: g for g in guests_of(needed(sites), rows_of(networks))}
    members = members_of(gaps.all(client, [soql.OUTSIDER_SETS] if needed(people) else []))
    holders = holders_of(needed(sets), guests, members)
    rows = list(gaps.all(client, (soql.object_rights(some) for some in soql.chunks(holders))))
    rights = rights_of(rows, holders)
    schema = Schema()
    for row in gaps.all(client, (soql.objects(some) for some in soql.chunks(rights))):
        schema.learn(row)
    ask = client.answers([soql.link_count(context.now())])
    links = next(iter(ask))
    small = sum(SMALL.values())
    return Forecast(
        parts=(
            Part(title=say("salesforce.part_sign_in"), scopes=0, items=0, calls=SIGN_IN),
            Part(
                title=say("salesforce.part_records"),
                scopes=1,
                items=len(rights),
                calls=_calls_of_records(len(rows), len(holders), list(rights), schema, held),
                exact=False,
            ),
            Part(
                title=say("salesforce.part_links"),
                scopes=1,
                items=UNKNOWN if isinstance(links, Refused) else _number(links),
                calls=calls_of_links(0 if isinstance(links, Refused) else _number(links)),
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
    """Pages of a query, or a job with its polls and files, with the count that decides."""
    if links <= bulk.WORTH:
        return 1 + max(1, ceil(links / PAGE))
    return 1 + 1 + 3 + ceil(links / bulk.PORTION)


def _calls_of_records(rights: int, sets: int, names: list[str], schema: Schema, held: Held) -> int:
    """As reading.py asks: five questions a call."""
    chunks = max(1, ceil(sets / soql.MOST))
    calls = 1 + 1 + max(ceil(chunks / BUNDLE), ceil(rights / PAGE))  # doors, members, rights
    calls += ceil(chunks / BUNDLE)  # field rights
    calls += ceil(max(1, ceil(len(names) / soql.MOST)) / BUNDLE)  # definitions
    calls += ceil(len(schema.by_parent) / DESCRIBED)
    calls += ceil(len(looked_up(names, schema.durable_ids)) / BUNDLE)
    if held.counts:
        tables = len(names) - len(schema.by_parent)
        calls += ceil(tables / BUNDLE) + 3  # share rows; groups of guests, level by level
        calls += ceil(len(schema.by_parent) / BUNDLE) + 2  # children; sizes, files
    if held.rules:
        calls += ceil(len(names) / MOST) + 1
    return calls


def _per_day(settings: Settings, client: Client) -> int | None:
    def call(sf: Any) -> Any:
        return sf.restful("limits")

    told = client.ask("limits", call)
    try:
        return int(int(told["DailyApiRequests"]["Max"]) * (1 - settings.api_reserve))
    except (LookupError, TypeError, ValueError):
        return None


def _number(answer: Answer) -> int:
    return answer if isinstance(answer, int) else 0
