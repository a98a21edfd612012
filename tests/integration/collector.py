"""A collector in a process of its own, made to be killed.

    python -m tests.integration.collector PORT FOLDER BUSY HOLDS HALVES

It is busy so many times, then takes batches and notes each into `FOLDER/got`. A batch whose number
is among `HOLDS` it keeps whole and one among `HALVES` by half, says so on stdout, and never
answers: who waits for it, or who it is, may be killed in that moment.
"""

from __future__ import annotations

import gzip
import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

BUSY, DONE = (429, "Server is busy", 9), (200, "Success", 0)


class Collector(BaseHTTPRequestHandler):
    """What a HEC says, one batch at a time."""

    protocol_version = "HTTP/1.1"
    got: ClassVar[Path]
    busy: ClassVar[int]
    holds: ClassVar[set[int]]
    halves: ClassVar[set[int]]
    batches = 0
    one = threading.Lock()

    def do_POST(self) -> None:
        """Take a batch, or not."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = type(self)
        with self.one:
            if kind.busy:
                kind.busy -= 1
                self._answer(*BUSY)
                return
            kind.batches += 1
            number = kind.batches
            lines = gzip.decompress(body).decode().splitlines()
            uids = [json.loads(line)["event"]["metadata"]["uid"] for line in lines]
            kept = uids[: len(uids) // 2] if number in self.halves else uids
            with self.got.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(kept)}\n")
        if number in self.holds | self.halves:
            print(len(kept), flush=True)
            threading.Event().wait()
        self._answer(*DONE)

    def _answer(self, status: int, text: str, code: int) -> None:
        body = json.dumps({"text": text, "code": code}).encode()
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stdout is for the numbers."""


def main(port: str, folder: str, busy: str, holds: str, halves: str) -> None:
    """Serve until killed."""
    place = Path(folder)
    Collector.got, Collector.busy = place / "got", int(busy)
    Collector.holds, Collector.halves = set(map(int, holds.split())), set(map(int, halves.split()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / "cert.pem", place / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Collector)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
