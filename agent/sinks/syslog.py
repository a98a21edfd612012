"""Syslog, RFC 5424 over TLS (RFC 5425), with CEF as the message: best effort.

Syslog has no answer, and a send that succeeds proves nothing. So each batch has a connection of
its own, and counts as delivered only when the receiver has closed it in order: then it has read
everything. A receiver that is killed in that moment may still lose what it had in memory.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, Literal, TypeVar

from pydantic import Field

from agent.events import Batch, Event
from agent.sinks.cef import cef_of
from agent.sinks.contract import Lent, SinkError
from agent.sinks.https import trust, unanswered
from agent.sinks.probe import delivery, way
from agent.sinks.settings import Wired
from connectors.sdk.checks import Check
from connectors.sdk.message import say

T = TypeVar("T")
FRAME: Final = 8192  # bytes: a longer one makes receivers cut the line
CONNECT: Final = 10.0  # seconds
ANSWER: Final = 30.0
FACILITIES: Final = {f"local{n}": 16 + n for n in range(8)} | {"user": 1, "daemon": 3, "auth": 4}
_LEVELS: Final = {0: 5, 1: 6, 2: 5, 3: 4, 4: 3, 5: 2}  # OCSF severity -> syslog severity


class Settings(Wired):
    """A syslog receiver behind TLS."""

    type: Literal["syslog"]
    host: str = Field(
        pattern=r"^[A-Za-z0-9.:_-]+$",
        description="The receiver, by the name in its certificate",
        examples=["syslog.example.co.jp"],
    )
    port: int = Field(default=6514, ge=1, le=65535, description="Its port for syslog over TLS")
    facility: str = Field(
        default="local4",
        pattern="^(local[0-7]|user|daemon|auth)$",
        description="Of its own: where others share it, Microsoft's collector doubles the rows",
    )


class Syslog:
    """A receiver, ready to be connected to."""

    limit = 500
    size = 2_000_000

    def __init__(self, settings: Settings, lent: Lent) -> None:
        self.name = lent.name
        self.patience = float(settings.retry_seconds)
        self._settings = settings
        self._context = trust(settings, lent)
        self._facility = FACILITIES[settings.facility]
        self._host = _hostname()

    def deliver(self, batch: Batch) -> None:
        """One connection, all frames, then an orderly end in which the receiver joins."""
        self._carry(b"".join(self._frame(event) for event in batch.events))

    def _carry(self, frames: bytes) -> None:
        address = (self._settings.host, self._settings.port)
        try:
            with socket.create_connection(address, CONNECT) as line:
                line.settimeout(ANSWER)
                _Line(line, self._context, address[0]).carry(frames)
        except ssl.SSLCertVerificationError as error:
            raise self._trouble("sinks.tls", error) from error
        except ssl.SSLError as error:
            raise self._trouble("sinks.tls_cut", error) from error
        except OSError as error:
            raise unanswered(error, address[0]) or error from error

    def _trouble(self, key: str, error: ssl.SSLError) -> SinkError:
        detail = error.reason or type(error).__name__
        told = say(key, host=self._settings.host, detail=detail)
        return SinkError(told, hint=say(f"{key}_hint"))

    def look(self) -> Iterator[Check]:
        """Whether the receiver takes a connection, and ends an empty one in order."""
        return way(self.name, lambda: self._carry(b""))

    def check(self, test: Batch) -> Iterator[Check]:
        """A test event, and whether the receiver ends the connection in order."""
        return delivery(self.name, self.deliver, test)

    def _frame(self, event: Event) -> bytes:
        """Counted in octets, so that no name can end a message."""
        priority = self._facility * 8 + _LEVELS.get(event["severity_id"], 5)
        when = datetime.fromtimestamp(event["time"] / 1000, UTC)
        stamp = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        kind = "scan" if "scan" in event else "finding"
        head = f"<{priority}>1 {stamp} {self._host} tojimari {os.getpid()} {kind} - ".encode()
        # no BOM before the message: some receivers keep it, and then it is no CEF any more
        message = head + cef_of(event, FRAME - len(head)).encode()
        return b"%d %s" % (len(message), message)


class _Line:
    """TLS over a socket that ends only when the receiver has said so.

    `SSLSocket.unwrap` takes a fatal alert for an end in order, and in TLS 1.3 a receiver refuses
    a certificate only after everything was sent: what it never read would count as delivered.
    """

    def __init__(self, line: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._line = line
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host)

    def carry(self, data: bytes) -> None:
        """Send everything, end in order. Raises `ssl.SSLError` and `OSError`."""
        self._done(self._tls.do_handshake)
        if data:
            self._done(lambda: self._tls.write(data))
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()  # says that we are through; what the receiver says is read below
        try:
            while self._done(lambda: self._tls.read(1 << 14)):
                pass
        except ssl.SSLZeroReturnError:
            return

    def _done(self, act: Callable[[], T]) -> T:
        """Do it, as often as the receiver has to say something before."""
        while True:
            try:
                result = act()
            except ssl.SSLWantReadError:
                self._flush()
                if said := self._line.recv(1 << 14):
                    self._in.write(said)
                else:
                    self._in.write_eof()
                continue
            self._flush()
            return result

    def _flush(self) -> None:
        if said := self._out.read():
            self._line.sendall(said)


def open(settings: Settings, lent: Lent) -> Syslog:
    """Load the certificates. Raises `Unfit` where they are none."""
    return Syslog(settings, lent)


def _hostname() -> str:
    return re.sub(r"[^!-~]", "", socket.gethostname())[:255] or "-"
