"""Add, list and remove waivers that the program itself keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from pydantic import ValidationError

from agent.classify.finding import TrackedFinding
from agent.classify.policy import Policy
from agent.classify.policy_config import Waiver
from agent.classify.scoring import access_at_least, audience_at_least
from agent.classify.waivers import InvalidWaiver, WaiverStatus
from agent.config import waivers_file
from agent.config.validation_errors import option_messages
from agent.errors import ConfigError
from agent.run.session import Session
from agent.store.findings import list_findings
from connectors.sdk.message import say
from connectors.sdk.records import Access, Audience


def add_waiver(
    session: Session, chosen: TrackedFinding, wanted: dict[str, object], today: date
) -> Waiver:
    """Add a waiver of one finding and return it.

    Limits that are not given are those of the finding now, so that anything wider voids the waiver.
    Raise `ConfigError` if a value is wrong, if the expiry is too far away, or if the waiver would
    be void at once.

    Args:
        wanted: Keys and values of the waiver.
    """
    finding = chosen.finding
    bounds = {"max_audience": finding.audience, "max_access": finding.access}
    said = {name: value for name, value in (bounds | wanted).items() if value}
    try:
        waiver = Waiver.model_validate({"finding": finding.id, **said})
    except ValidationError as error:
        raise ConfigError(*option_messages(error)) from None
    longest = session.loaded.config.policy.waiver_max_days
    if not 0 <= (waiver.expires - today).days <= longest:
        raise ConfigError(say("waive.too_long", expires=waiver.expires, days=longest))
    _check_width(waiver, finding.audience, finding.access)
    file = session.loaded.waivers_file
    written, _ = waivers_file.read(file)
    waivers_file.write(file, [*waivers_file.remove_waiver(written, finding.id), waiver])
    return waiver


def remove_waiver(session: Session, start: str) -> list[Waiver]:
    """Remove the waiver of the finding whose id begins like this and return it in a list.

    Raise `ConfigError` if there is none or more than one.
    """
    file = session.loaded.waivers_file
    written, _ = waivers_file.read(file)
    whole = start if start.startswith("tjm1:") else f"tjm1:{start}"
    gone = [w for w in written if w.finding and w.finding.startswith(whole)]
    if len(gone) != 1:
        key = "waive.none" if not gone else "cli.many_findings"
        raise ConfigError(say(key, id=start, count=len(gone), file=file))
    waivers_file.write(file, [w for w in written if w not in gone])
    return gone


def waiver_status(session: Session, policy: Policy, tenants: list[int]) -> Iterator[WaiverStatus]:
    """Yield every waiver, of the configuration and of the program, with its effect today."""
    written, _ = waivers_file.read(session.loaded.waivers_file)
    holds: Counter[int] = Counter()
    lapsed: dict[tuple[str, date], str] = {}
    for found in list_findings(session.engine, tenants, ""):
        outcome = policy.find_waiver(found.finding)
        if isinstance(outcome, InvalidWaiver):
            lapsed[outcome.reason, outcome.expires] = outcome.why
        elif outcome is not None:
            holds[id(outcome)] += 1
    for waiver in policy.table.waivers:
        count = holds[id(waiver)]
        over = "expired" if waiver.expires < policy.today else "unused"
        status = "holds" if count else lapsed.get((waiver.reason, waiver.expires), over)
        yield WaiverStatus(waiver, status, count, waiver in written)


def _check_width(waiver: Waiver, audience: str, access: str) -> None:
    """Raise `ConfigError` if the waiver would be void at once."""
    held = (
        waiver.max_audience is None
        or not audience
        or audience_at_least(waiver.max_audience, Audience(audience))
    )
    enough = (
        waiver.max_access is None
        or not access
        or access_at_least(waiver.max_access, Access(access))
    )
    if not (held and enough):
        raise ConfigError(say("waive.void", audience=audience, access=access))
