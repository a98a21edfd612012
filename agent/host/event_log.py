"""Event log entries of scheduled runs: few kinds, without names from a tenant.

On Windows they go to the event log, which every user can read; elsewhere to stderr, which a service
manager keeps.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass

from agent.host.windows import eventlog
from agent.text import Text
from agent.text.terminal_safe import terminal_safe

log = logging.getLogger(__name__)

_ERROR, _WARNING, _INFORMATION = 1, 2, 4


@dataclass(frozen=True, slots=True)
class HostEvent:
    """A kind of event.

    Attributes:
        number: Never used for another event: administrators filter by it.
        name: The sentence is `host.event.<name>`.
        kind: Error, warning or information.
        values: The names of the sentence's values, in order.
    """

    number: int  # never used for another event: administrators filter by it
    name: str
    kind: int
    values: tuple[str, ...]

    @property
    def identifier(self) -> int:
        """Return the number in the message DLL, with the severity in its two highest bits."""
        return {_INFORMATION: 1, _WARNING: 2, _ERROR: 3}[self.kind] << 30 | self.number


FINISHED = HostEvent(100, "finished", _INFORMATION, ("run", "findings", "tonight", "folder"))
INCOMPLETE = HostEvent(200, "incomplete", _WARNING, ("run", "unread", "folder"))
UNDELIVERED = HostEvent(201, "undelivered", _WARNING, ("run", "pending"))
BUSY = HostEvent(202, "busy", _WARNING, ())
FAILED = HostEvent(300, "failed", _ERROR, ("code", "log"))
EVENTS = (FINISHED, INCOMPLETE, UNDELIVERED, BUSY, FAILED)


def write_event(event: HostEvent, text: Text, **values: object) -> None:
    """Write an event. If the system does not accept it, a warning is logged; nothing is raised."""
    if sys.platform != "win32":
        sentence = text.say(f"host.event.{event.name}", **values)
        sys.stderr.write(terminal_safe(sentence) + "\n")
        return
    try:
        strings = [str(values[name]) for name in event.values]
        eventlog.report(event.identifier, event.kind, strings)
    except OSError as error:
        log.warning("the event log did not take event %s: %s", event.number, error.strerror)
