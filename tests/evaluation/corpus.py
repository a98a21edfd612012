"""Read a labelled organization: its policy, its exposures, its names, and what two people said.

A folder holds `config.toml` and `exposures.jsonl`; `labels-1.csv`, `labels-2.csv`, `names.jsonl`
and `name-labels-1.csv`, `name-labels-2.csv` may be missing.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from agent.classify.model import Exposure
from agent.classify.policy import Policy
from agent.classify.policy_config import OrganizationConfig, PolicyConfig
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    GrantCause,
    Item,
    PrincipalKind,
    State,
    Unknown,
)

TODAY: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)
"""The day on which the labellers looked."""

CORPUS: Final = Path(__file__).with_name("corpus")
COMPANIES: Final = ("a", "b", "c", "d")
ACTS: Final = ("fine", "review", "fix_soon", "shut_now")

_STATES: Final = {"active": State.ACTIVE, "departed": State.DISABLED, "unknown": State.UNKNOWN}
_CAUSES: Final = {"": GrantCause.DIRECT}
_KINDS: Final = {
    Audience.NAMED_INTERNAL: PrincipalKind.ACCOUNT,
    Audience.LARGE_INTERNAL: PrincipalKind.GROUP,
    Audience.EXT_NAMED: PrincipalKind.GUEST,
    Audience.EXT_UNRESOLVED: PrincipalKind.GROUP,
    Audience.ORG_LINK: PrincipalKind.LINK,
    Audience.ORG_DISCOVERABLE: PrincipalKind.EVERYONE,
    Audience.ANYONE_LINK: PrincipalKind.LINK,
    Audience.PUBLIC_DISCOVERABLE: PrincipalKind.LINK,
    Audience.EXT_AUTHENTICATED_ANY: PrincipalKind.EVERYONE,
}


@dataclass(frozen=True, slots=True)
class LabelledExposure:
    """An exposure of the corpus.

    Attributes:
        acts: What each labeller would do, of `ACTS`; empty without labels.
        line: The line as it stands in the file.
    """

    company: str
    id: str
    exposure: Exposure
    acts: tuple[str, ...]
    line: Mapping[str, Any]

    @property
    def must_act(self) -> bool | None:
        """Return True or False if both would, or both would not, act this week; else None."""
        said = {act in ("shut_now", "fix_soon") for act in self.acts}
        return said.pop() if len(said) == 1 else None

    @property
    def must_shut(self) -> bool | None:
        """Return True or False if both would, or both would not, close it today; else None."""
        said = {act == "shut_now" for act in self.acts}
        return said.pop() if len(said) == 1 else None


@dataclass(frozen=True, slots=True)
class LabelledName:
    """A name of the corpus, with the level and the topic that each labeller gave."""

    company: str
    id: str
    path: str
    name: str
    kind: str
    levels: tuple[str, ...]
    topics: tuple[str, ...]


def read_policy(folder: Path) -> Policy:
    """Return the policy of `config.toml`, as of `TODAY`."""
    table = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    return Policy.compile(
        PolicyConfig.model_validate(table.get("policy", {})),
        OrganizationConfig.model_validate(table.get("organization", {})),
        (),
        TODAY.date(),
    )


def read_exposures(folder: Path) -> Iterator[LabelledExposure]:
    """Yield the exposures of a folder in the order of the file."""
    said = [_labels(folder / f"labels-{n}.csv") for n in (1, 2)]
    for line in _lines(folder / "exposures.jsonl"):
        acts = tuple(labels[line["id"]]["act"] for labels in said if labels)
        yield LabelledExposure(folder.name, line["id"], _exposure(line), acts, line)


def read_names(folder: Path) -> Iterator[LabelledName]:
    """Yield the names of a folder in the order of the file; nothing without them."""
    if not (folder / "names.jsonl").exists():
        return
    said = [_labels(folder / f"name-labels-{n}.csv") for n in (1, 2)]
    for line in _lines(folder / "names.jsonl"):
        given = [labels[line["id"]] for labels in said if labels]
        yield LabelledName(
            company=folder.name,
            id=line["id"],
            path=line["path"],
            name=line["name"],
            kind=line["kind"],
            levels=tuple(label["level"] for label in given),
            topics=tuple(label["topic"] for label in given),
        )


def read_exposure_names(folder: Path) -> Iterator[LabelledName]:
    """Yield the names of the exposures with the levels of `exposure-levels.csv`, if it is there.

    These were given by one person who saw kind, path, name and kinds of data, and no act.
    """
    said = _labels(folder / "exposure-levels.csv")
    for line in _lines(folder / "exposures.jsonl") if said else ():
        label = said[line["id"]]
        yield LabelledName(
            company=folder.name,
            id=line["id"],
            path=line["item_path"],
            name=line["item_name"],
            kind=line["item_kind"],
            levels=(label["level"],),
            topics=(label["topic"],),
        )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield cast("dict[str, Any]", json.loads(line))


def _labels(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def _exposure(line: Mapping[str, Any]) -> Exposure:
    audience = Audience(line["audience"])
    addressed = [who for who in line["principals"] if "@" in who]
    reach = line["reach"]
    item = Item(
        id=line["id"],
        kind=line["item_kind"],
        name=line["item_name"],
        owner=line["owner"] if line["owner"] not in ("unknown", "") else UNKNOWN,
        owner_state=_STATES[line["owner_state"]],
        created_at=_known_day(line["item_created_at"]),
        modified_at=_known_day(line["item_modified_at"]),
        last_activity=_day(line["last_activity"]),
        data=tuple(line["data"]),
        labels=(line["label"],) if line["label"] else (),
    )
    grant = Grant(
        id=line["id"],
        audience=audience,
        access=Access(line["access"]),
        principal="; ".join(line["principals"]),
        principal_kind=_principal_kind(audience, line),
        inherited_from="above" if line["inherited"] else None,
        created_at=_known_day(line["grant_created_at"]),
        expires_at=_day(line["expires_at"]),
        password=UNKNOWN if line["password"] == "unknown" else line["password"],
        live=line["site_live"] is not False,
        cause=_CAUSES.get(line["cause"]) or GrantCause(line["cause"]),
        criteria="Account = User.Account" if _by_sharing_set(line) else "",
        views=UNKNOWN if line["views"] == "unknown" else line["views"],
    )
    return Exposure(
        connector=line["service"],
        service=line["service"],
        item=item,
        grant=grant,
        audience=audience,
        path=f"{line['item_path']}/{line['item_name']}",
        reach=UNKNOWN if reach in (None, "unknown") else reach,
        first_seen=TODAY,
        principal_domains=tuple(dict.fromkeys(_domain(who) for who in addressed)),
        via_group=line["via_group"] if audience not in _INSIDE else "",
        people=UNKNOWN if line["principal_count"] is None else line["principal_count"],
    )


_INSIDE: Final = (Audience.NAMED_INTERNAL, Audience.LARGE_INTERNAL)


def _by_sharing_set(line: Mapping[str, Any]) -> bool:
    """Return True if the path names a sharing set, as the connector tells by its criteria."""
    path = line["item_path"].lower()
    return "共有セット" in path or "sharing set" in path


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(")")


def _principal_kind(audience: Audience, line: Mapping[str, Any]) -> PrincipalKind:
    if line["service"] == "salesforce" and line["item_kind"] != "file_link":
        if audience is Audience.PUBLIC_DISCOVERABLE:
            return PrincipalKind.SITE_GUEST
        if audience is not Audience.NAMED_INTERNAL:
            return PrincipalKind.ROLE
    return _KINDS[audience]


def _day(text: str | None) -> datetime | Unknown | None:
    """Return a day as a time; None for never and for none."""
    return None if text is None else _known_day(text)


def _known_day(text: str | None) -> datetime | Unknown:
    """Return a day as a time; UNKNOWN if it is not known."""
    if text is None or text == "unknown":
        return UNKNOWN
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
