"""What a run that nobody watches tells its machine: few events, without a name from a tenant.

Windows keeps them in its event log, where everybody of the machine may read them; elsewhere the
sentence goes to stderr, which a service manager keeps.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass

from agent.host.windows import eventlog
from agent.text import Text
from agent.text.printable import printable

log = logging.getLogger(__name__)

_ERROR, _WARNING, _INFORMATION = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event; `values` name the braces of its sentence `host.event.<name>`, in order."""

    number: int  # never given to another event: administrators filter by it
    name: str
    kind: int
    values: tuple[str, ...]

    @property
    def identifier(self) -> int:
        """The number as the message DLL knows it: the severity in its two highest bits."""
        return {_INFORMATION: 1, _WARNING: 2, _ERROR: 3}[self.kind] << 30 | self.number


FINISHED = Event(100, "finished", _INFORMATION, ("run", "findings", "tonight", "folder"))
INCOMPLETE = Event(200, "incomplete", _WARNING, ("run", "unread", "folder"))
UNDELIVERED = Event(201, "undelivered", _WARNING, ("run", "pending"))
BUSY = Event(202, "busy", _WARNING, ())
FAILED = Event(300, "failed", _ERROR, ("code", "log"))
EVENTS = (FINISHED, INCOMPLETE, UNDELIVERED, BUSY, FAILED)


def announce(event: Event, text: Text, **values: object) -> None:
    """Leave an event. A machine that does not take it gets a line in the log: the run goes on."""
    if sys.platform != "win32":
        sentence = text.say(f"host.event.{event.name}", **values)
        sys.stderr.write(printable(sentence) + "\n")
        return
    try:
        strings = [str(values[name]) for name in event.values]
        eventlog.report(event.identifier, event.kind, strings)
    except OSError as error:
        log.warning("the event log did not take event %s: %s", event.number, error.strerror)
