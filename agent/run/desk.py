"""What every command has before it: configuration, language, store, secrets."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from agent.classify.policy import Policy
from agent.collect import registry
from agent.config.errors import ConfigError
from agent.config.load import Loaded, read
from agent.config.secrets import Secrets
from agent.host import folders
from agent.store.coverage import tenants
from agent.store.opening import is_address, opened
from agent.text import Text, chosen
from agent.text.printable import printable
from connectors.sdk.message import Message, say


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A configuration that was read and understood, and the store it names.

    `now` is the time of a scan and of what it reads. `clock` and `sleep` are the pace's; `sleep`
    None means: wait, and wake up when the run ends.
    """

    loaded: Loaded
    text: Text
    state: str | Path
    output: Path
    engine: Engine
    secrets: Secrets
    now: Callable[[], datetime] = utc_now
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] | None = None

    def show(self, message: Message) -> bool:
        """Show a sentence to whoever waits at the terminal; False where nobody does."""
        if not sys.stderr.isatty():
            return False
        sys.stderr.write(printable(self.text.of(message)) + "\n")
        return True

    @property
    def ca_bundle(self) -> str:
        """The bundle as a path, or empty for the operating system's store."""
        written = self.loaded.config.network.ca_bundle
        return str(self.loaded.path(written)) if written else ""

    @property
    def waiting_room(self) -> Path:
        """A folder on this machine for locks and logs."""
        return folders.data(self.loaded.file) if isinstance(self.state, str) else self.state

    def connectors(self, only: Sequence[str] = ()) -> list[str]:
        """The connectors of the configuration, checked, or those of them that were named."""
        config, file = self.loaded.config, self.loaded.file
        if not config.connectors:
            raise ConfigError(say("config.no_connectors", file=file))
        for name in only:
            if name not in config.connectors:
                known = ", ".join(config.connectors)
                raise ConfigError(say("config.no_such_connector", name=name, known=known))
        for name, table in config.connectors.items():
            registry.check(name, table, file)
        return [name for name in config.connectors if not only or name in only]

    def policy(self, today: date) -> Policy:
        """The policy of this configuration; what any of its tenants calls its own is ours."""
        config = self.loaded.config
        ours = tenants(self.engine, list(config.connectors))
        domains = [d for tenant in ours for d in tenant.domains]
        return Policy.of(config.policy, config.organization, domains, today)


def lay_out(file: Path | None, *, language: str = "", output: Path | None = None) -> Desk:
    """Read the configuration and open the store. Raises `ConfigError`."""
    loaded = read(file or folders.configuration())
    config, own = loaded.config, folders.data(loaded.file)
    bundle = config.network.ca_bundle
    if bundle and not loaded.path(bundle).is_file():
        path = loaded.path(bundle)
        raise ConfigError(say("config.no_bundle", file=loaded.file, path=path))
    written = config.agent.state
    state = written if is_address(written) else loaded.path(written) if written else own
    home = own if isinstance(state, str) else state
    runs = loaded.path(config.agent.output) if config.agent.output else home / "runs"
    return Desk(
        loaded=loaded,
        text=Text(chosen(language or config.agent.language)),
        state=state,
        output=output.absolute() if output else runs,
        engine=opened(state),
        secrets=Secrets(loaded.file.parent),
    )
