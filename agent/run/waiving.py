"""Add, list and remove waivers that the program itself keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from pydantic import ValidationError

from agent.classify.exposure import allows, is_as_wide
from agent.classify.finding import Kept
from agent.classify.policy import Policy
from agent.classify.tables import Waiver
from agent.classify.waiving import Lapse, Standing
from agent.config import waivers
from agent.config.problems import option_problems
from agent.errors import ConfigError
from agent.run.desk import Desk
from agent.store.findings import kept
from connectors.sdk.message import say
from connectors.sdk.records import Access, Audience


def accept(desk: Desk, chosen: Kept, wanted: dict[str, object], today: date) -> Waiver:
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
        raise ConfigError(*option_problems(error)) from None
    longest = desk.loaded.config.policy.waiver_max_days
    if not 0 <= (waiver.expires - today).days <= longest:
        raise ConfigError(say("waive.too_long", expires=waiver.expires, days=longest))
    _narrow_enough(waiver, finding.audience, finding.access)
    file = desk.loaded.waivers_file
    written, _ = waivers.read(file)
    waivers.write(file, [*waivers.without(written, finding.id), waiver])
    return waiver


def take_back(desk: Desk, start: str) -> list[Waiver]:
    """Remove the waiver of the finding whose id begins like this and return it in a list.

    Raise `ConfigError` if there is none or more than one.
    """
    file = desk.loaded.waivers_file
    written, _ = waivers.read(file)
    whole = start if start.startswith("tjm1:") else f"tjm1:{start}"
    gone = [w for w in written if w.finding and w.finding.startswith(whole)]
    if len(gone) != 1:
        key = "waive.none" if not gone else "cli.many_findings"
        raise ConfigError(say(key, id=start, count=len(gone), file=file))
    waivers.write(file, [w for w in written if w not in gone])
    return gone


def standing(desk: Desk, policy: Policy, tenants: list[int]) -> Iterator[Standing]:
    """Yield every waiver, of the configuration and of the program, with its effect today."""
    written, _ = waivers.read(desk.loaded.waivers_file)
    holds: Counter[int] = Counter()
    lapsed: dict[tuple[str, date], str] = {}
    for found in kept(desk.engine, tenants, ""):
        outcome = policy.waiver_for(found.finding)
        if isinstance(outcome, Lapse):
            lapsed[outcome.reason, outcome.expires] = outcome.why
        elif outcome is not None:
            holds[id(outcome)] += 1
    for waiver in policy.table.waivers:
        count = holds[id(waiver)]
        over = "expired" if waiver.expires < policy.today else "unused"
        status = "holds" if count else lapsed.get((waiver.reason, waiver.expires), over)
        yield Standing(waiver, status, count, waiver in written)


def _narrow_enough(waiver: Waiver, audience: str, access: str) -> None:
    """Raise `ConfigError` if the waiver would be void at once."""
    held = (
        waiver.max_audience is None
        or not audience
        or is_as_wide(waiver.max_audience, Audience(audience))
    )
    enough = waiver.max_access is None or not access or allows(waiver.max_access, Access(access))
    if not (held and enough):
        raise ConfigError(say("waive.void", audience=audience, access=access))
