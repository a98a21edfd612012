"""The same event without nesting: one table of columns for JSON, Sentinel, CEF and the docs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any, Final, Literal

from agent.sinks.contract import Event
from agent.sinks.settings import Form

Kind = Literal["text", "time", "integer", "boolean", "list", "table"]


@dataclass(frozen=True, slots=True)
class Column:
    """One field: its name, its type, where it lies in the OCSF event, what it means."""

    name: str
    kind: Kind
    place: str
    meaning: str

    @property
    def pascal(self) -> str:
        """Its name where columns are written `LikeThis`."""
        return "".join(word.capitalize() for word in self.name.split("_"))


_OWN = "unmapped.tojimari"
COLUMNS: Final = (
    Column("event_id", "text", "metadata.uid", "The same for the same event, however often it is sent: drop what you have seen"),
    Column("event_time", "time", "time", "When the event was made"),
    Column("event_class", "integer", "class_uid", "2006: about a finding; 6007: about a run"),
    Column("transition", "text", f"{_OWN}.transition", "new, changed, returned, resolved, waived; open and not_compared in a snapshot; scan for a run; test"),
    Column("alert", "boolean", "is_alert", "Whether somebody should be told now"),
    Column("status", "text", "status", "New, In Progress, Suppressed or Resolved; Success or Failure of a run"),
    Column("run_id", "text", "metadata.correlation_uid", "The run, as in the names of the run folders"),
    Column("finding_id", "text", "finding_info.uid", "The finding_id of the CSV files, the same until the finding is gone"),
    Column("finding_title", "text", "finding_info.title", "Rule and subject in one line"),
    Column("finding_type", "text", f"{_OWN}.subject", "exposure, principal, setting or scope"),
    Column("severity", "text", "severity", "Unknown, Informational, Low, Medium, High, Critical"),
    Column("severity_id", "integer", "severity_id", "0 (unknown) to 5 (critical)"),
    Column("score", "integer", "risk_score", "0 to 100; absent where no score applies"),
    Column("rule", "text", "finding_info.analytic.uid", "The leading rule"),
    Column("rules", "list", f"{_OWN}.rules", "Every rule that matched, the leading one first"),
    Column("reasons", "list", f"{_OWN}.reasons", "A sentence for each rule"),
    Column("remedy", "text", "unmapped.remediation.desc", "How to shut it"),
    Column("service", "text", f"{_OWN}.service", "m365, google or salesforce"),
    Column("connector", "text", f"{_OWN}.connector", "The tenant's name in the configuration"),
    Column("source_tenant_id", "text", "metadata.tenant_uid", "The tenant's own id"),
    Column("scope_id", "text", f"{_OWN}.scope_id", "The unit of reading it was found in"),
    Column("scope_title", "text", f"{_OWN}.scope_title", "Its name"),
    Column("subject_id", "text", "resources.uid", "The vendor's id of the item, account, setting or scope"),
    Column("subject_name", "text", "resources.name", "Its name, as its owner chose it"),
    Column("subject_kind", "text", f"{_OWN}.kind", "file, folder, site, object, guest, ..."),
    Column("item_path", "text", "file.path", "Where the file or folder lies"),
    Column("item_url", "text", "file.url.url_string", "Its address for people who may open it; never a sharing link"),
    Column("owner", "text", "resources.owner.name", "Who owns it"),
    Column("audience", "text", f"{_OWN}.audience", "Who can use the grant, from named_internal to public_discoverable"),
    Column("access", "text", f"{_OWN}.access", "What the grant allows"),
    Column("grant_id", "text", f"{_OWN}.grant_id", "The vendor's id of the permission; never a link"),
    Column("principals", "list", f"{_OWN}.principals", "Who was let in, at most a hundred"),
    Column("principal_count", "integer", f"{_OWN}.principal_count", "How many they are"),
    Column("domains", "list", f"{_OWN}.domains", "Their organisations"),
    Column("via_group", "text", f"{_OWN}.via_group", "The group through which"),
    Column("reach", "text", f"{_OWN}.reach", "Items or records behind it, or unknown"),
    Column("expires_at", "text", f"{_OWN}.expires_at", "ISO time; absent for never; unknown"),
    Column("password", "text", f"{_OWN}.password", "true, false or unknown"),
    Column("sensitivity", "text", f"{_OWN}.sensitivity", "s1 to s3, from labels and names; public"),
    Column("unknowns", "list", f"{_OWN}.unknowns", "Facts nobody could tell that could change the judgement"),
    Column("first_seen", "time", "finding_info.first_seen_time", "When the finding was first seen"),
    Column("last_seen", "time", "finding_info.last_seen_time", "When its fact was last read"),
    Column("changed_at", "time", "finding_info.modified_time", "When its state last changed"),
    Column("waived_until", "text", f"{_OWN}.waived_until", "The last day of the waiver"),
    Column("waived_by", "text", f"{_OWN}.waived_by", "Who accepted it"),
    Column("scan_started", "time", "start_time", "Of a run: when it began"),
    Column("scan_ended", "time", "end_time", "Of a run: when it ended"),
    Column("scan_detail", "text", "status_detail", "Of a run: its verdict in a sentence"),
    Column("items_read", "integer", "total", "Of a run: how many items were looked at"),
    Column("exit_code", "integer", f"{_OWN}.exit_code", "Of a run: see exit-codes.md"),
    Column("coverage", "table", f"{_OWN}.coverage", "Of a run: scopes by how their reading ended"),
    Column("not_read", "table", f"{_OWN}.not_read", "Of a run: what should have been read and was not, with the reason"),
    Column("severities", "table", f"{_OWN}.severities", "Of a run: findings that stand, by severity"),
    Column("doors", "integer", f"{_OWN}.doors", "Of a run: exposures that stand open to people outside"),
    Column("tonight", "integer", f"{_OWN}.tonight", "Of a run: those of them that cannot wait"),
    Column("test", "boolean", f"{_OWN}.test", "Present and true only in the event of deliver --check"),
)  # fmt: skip


def flat_of(event: Event) -> dict[str, Any]:
    """The columns that the event fills, in order."""
    found = ((column, _at(event, column.place)) for column in COLUMNS)
    return {column.name: _plain(column.kind, value) for column, value in found if value is not None}


def written(event: Event, form: Form) -> str:
    """One line of JSON. Half a surrogate pair, which has no bytes, becomes a question mark."""
    text = json.dumps(_FORMS[form](event), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode().translate(_ENDS)


_FORMS: Final[Mapping[Form, Callable[[Event], Mapping[str, Any]]]] = {"ocsf": dict, "flat": flat_of}
_ENDS: Final = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}  # some readers end lines here


def _at(event: Event, place: str) -> Any:
    return reduce(_below, place.split("."), event)


def _below(value: Any, name: str) -> Any:
    if isinstance(value, list):
        value = value[0] if value else None
    return value.get(name) if isinstance(value, Mapping) else None


def _plain(kind: Kind, value: Any) -> Any:
    match kind:
        case "time":
            return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
        case "text":
            return str(value)
        case "list":
            return [entry["uid"] if isinstance(entry, Mapping) else str(entry) for entry in value]
        case _:
            return value
