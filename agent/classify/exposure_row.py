"""A judged exposure as it is stored and reported."""

from __future__ import annotations

from connectors.sdk.records import frozen_record


@frozen_record
class ExposureRow:
    """One grant that reaches beyond named insiders.

    The order of the fields is the order of the columns of `exposures.csv` and of the stored
    cells: append only. A field that is added has a default, which older stores are read with.

    Lists (`principal_domain`, `rules`, `sensitivity_terms`) are joined by "; ". Times are
    ISO 8601 with offset, "" for never, "unknown".
    """

    service: str
    connector: str
    tenant_id: str
    scope_id: str
    scope_title: str
    item_id: str
    item_kind: str
    item_name: str
    item_path: str = ""
    item_url: str = ""
    owner: str = ""
    grant_id: str
    audience: str
    access: str
    principal: str = ""
    principal_kind: str = ""
    principal_domain: str = ""
    via_group: str = ""
    inherited_from: str = ""
    created_at: str = ""
    created_by: str = ""
    expires_at: str = ""
    password: bool | str = ""
    first_seen: str = ""
    last_seen: str = ""
    item_created_at: str = ""
    item_modified_at: str = ""
    sensitivity: str = ""
    sensitivity_source: str = ""
    reach: int | str | None = None
    score: int | None = None
    severity: str = ""
    overexposed: bool = False
    rules: str = ""
    finding_id: str = ""
    criteria: str = ""
    views: int | str | None = None
    sensitivity_terms: str = ""
