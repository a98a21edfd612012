"""Syslog (RFC 5424) over TLS (RFC 5425) with CEF as the message: delivery at best effort.

Syslog has no response, and a successful send does not prove delivery: a receiver that was killed
lost 8,649 of 11,199 sent messages. So each batch has its own connection and counts as delivered
when the receiver has closed TLS in order, after it has read everything. A receiver that is killed
at that moment may still lose what it has in memory.

Sources:
    Source: https://www.rfc-editor.org/rfc/rfc5424 (read 2026-08-15)
    Source: https://www.rfc-editor.org/rfc/rfc5425 (read 2026-08-15)
    Source: https://www.rfc-editor.org/rfc/rfc6587 (read 2026-08-15)
    Source: measured with rsyslog and syslog-ng, not documented
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
from agent.sinks.cef import to_cef
from agent.sinks.checks import connectivity_check, delivery_check
from agent.sinks.config import TlsSinkConfig
from agent.sinks.https_client import connection_error, sink_ssl_context
from agent.sinks.interface import SinkContext, SinkError
from connectors.sdk.checks import Check
from connectors.sdk.message import say

T = TypeVar("T")
MAX_FRAME_BYTES: Final = 8192
"""Bytes of a message. RFC 5425 asks receivers to take 8,192; at a longer one syslog-ng closes the
connection.

Source: https://www.rfc-editor.org/rfc/rfc5425#section-4.3.1 (read 2026-11-30)
"""
CONNECT_TIMEOUT: Final = 10.0  # seconds to connect
READ_TIMEOUT: Final = 30.0  # seconds for each read and write
FACILITIES: Final = {f"local{n}": 16 + n for n in range(8)} | {"user": 1, "daemon": 3, "auth": 4}
_SYSLOG_SEVERITIES: Final = {0: 5, 1: 6, 2: 5, 3: 4, 4: 3, 5: 2}  # OCSF severity -> syslog severity


class Settings(TlsSinkConfig):
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
    """A receiver; every batch opens a connection to it."""

    max_events = 500
    max_bytes = 2_000_000

    def __init__(self, settings: Settings, sink_context: SinkContext) -> None:
        self.name = sink_context.name
        self.retry_seconds = float(settings.retry_seconds)
        self._settings = settings
        self._context = sink_ssl_context(settings, sink_context)
        self._facility = FACILITIES[settings.facility]
        self._host = _hostname()

    def deliver(self, batch: Batch) -> None:
        """Send a batch over one connection and wait until the receiver has closed it in order.

        Raises:
            SinkError: The connection failed, or did not end in order.
        """
        self._send(b"".join(self._frame(event) for event in batch.events))

    def _send(self, frames: bytes) -> None:
        address = (self._settings.host, self._settings.port)
        try:
            with socket.create_connection(address, CONNECT_TIMEOUT) as line:
                line.settimeout(READ_TIMEOUT)
                _TlsStream(line, self._context, address[0]).send_and_close(frames)
        except ssl.SSLCertVerificationError as error:
            raise self._tls_error("sinks.tls", error) from error
        except ssl.SSLError as error:
            raise self._tls_error("sinks.tls_cut", error) from error
        except OSError as error:
            raise connection_error(error, address[0]) or error from error

    def _tls_error(self, key: str, error: ssl.SSLError) -> SinkError:
        detail = error.reason or type(error).__name__
        message = say(key, host=self._settings.host, detail=detail)
        return SinkError(message, hint=say(f"{key}_hint"))

    def probe(self) -> Iterator[Check]:
        """Yield the check that the receiver accepts and closes an empty connection in order."""
        return connectivity_check(self.name, lambda: self._send(b""))

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the check of a test event and of the orderly end of its connection."""
        return delivery_check(self.name, self.deliver, test)

    def _frame(self, event: Event) -> bytes:
        """Return a message with its octet count, so that no name can end a message.

        There is no BOM before CEF: rsyslog keeps it, and the text is no CEF then.
        Source: measured with rsyslog, not documented
        """
        priority = self._facility * 8 + _SYSLOG_SEVERITIES.get(event["severity_id"], 5)
        when = datetime.fromtimestamp(event["time"] / 1000, UTC)
        stamp = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        kind = "scan" if "scan" in event else "finding"
        head = f"<{priority}>1 {stamp} {self._host} tojimari {os.getpid()} {kind} - ".encode()
        message = head + to_cef(event, MAX_FRAME_BYTES - len(head)).encode()
        return b"%d %s" % (len(message), message)


class _TlsStream:
    """TLS over a socket, closed only after the receiver has sent its close_notify.

    `SSLSocket.unwrap` accepts a fatal alert as an orderly end; in TLS 1.3 a receiver refuses a
    client certificate after everything was sent, so that unread data would count as delivered.

    Source: measured with rsyslog and syslog-ng, not documented
    """

    def __init__(self, line: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._socket = line
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def send_and_close(self, data: bytes) -> None:
        """Send the data and close the connection in order.

        Raises:
            ssl.SSLError: The handshake failed, or the receiver did not close in order.
            OSError: The connection failed.
        """
        self._complete(self._tls.do_handshake)
        if data:
            self._complete(lambda: self._tls.write(data))
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()  # sends close_notify; that of the receiver is read below
        try:
            while self._complete(lambda: self._tls.read(1 << 14)):
                pass
        except ssl.SSLZeroReturnError:
            return

    def _complete(self, act: Callable[[], T]) -> T:
        """Call a TLS operation until it needs no more data from the receiver; return its result."""
        while True:
            try:
                result = act()
            except ssl.SSLWantReadError:
                self._flush()
                if said := self._socket.recv(1 << 14):
                    self._incoming.write(said)
                else:
                    self._incoming.write_eof()
                continue
            self._flush()
            return result

    def _flush(self) -> None:
        if said := self._outgoing.read():
            self._socket.sendall(said)


def create(settings: Settings, sink_context: SinkContext) -> Syslog:
    """Load the certificates and return the sink.

    Raises:
        Unfit: The client certificate cannot be used.
        SinkError: A secret or a certificate cannot be read.
    """
    return Syslog(settings, sink_context)


def _hostname() -> str:
    return re.sub(r"[^!-~]", "", socket.gethostname())[:255] or "-"
