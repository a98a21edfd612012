"""What every command has before it: configuration, language, store, secrets."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from agent.classify.policy import Policy
from agent.collect import registry
from agent.config.load import LoadedConfig, read_config
from agent.config.secret_refs import Secrets
from agent.errors import ConfigError
from agent.host import default_paths
from agent.store.coverage import tenants
from agent.store.engine import is_database_url, open_store
from agent.text import Text, resolve_language
from agent.text.terminal_safe import terminal_safe
from connectors.sdk.config import StrictTable
from connectors.sdk.http.tls import ssl_context
from connectors.sdk.message import Message, say


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The configuration of a run, checked, with the store and the secrets that it names.

    Attributes:
        loaded: The configuration and the file that it was read from.
        text: The sentences in the reader's language.
        state: The folder of the store, or the address of a database.
        output: The folder of the run folders.
        engine: The open store.
        secrets: Reads what the references of the configuration point to.
        now: The time of a scan and of what it reads, aware, in UTC.
        clock: Monotonic seconds, for rate limits.
        sleep: Waits some seconds; None waits until then or until the run ends.
        sinks: The sinks whose tables were checked so far, by name: `agent.run.deliver` checks
            each once in a session.
    """

    loaded: LoadedConfig
    text: Text
    state: str | Path
    output: Path
    engine: Engine
    secrets: Secrets
    now: Callable[[], datetime] = utc_now
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] | None = None
    sinks: dict[str, StrictTable] = field(default_factory=dict[str, StrictTable])

    def show_message(self, message: Message) -> bool:
        """Show a message at the terminal; return False if no person can see it."""
        if not sys.stderr.isatty():
            return False
        sys.stderr.write(terminal_safe(self.text.render(message)) + "\n")
        return True

    @property
    def ca_bundle(self) -> str:
        """Return the path of the CA bundle; empty for the trust store of the operating system."""
        written = self.loaded.config.network.ca_bundle
        return str(self.loaded.path(written)) if written else ""

    @property
    def local_dir(self) -> Path:
        """Return a local folder for locks and logs."""
        return (
            default_paths.default_state_dir(self.loaded.file)
            if isinstance(self.state, str)
            else self.state
        )

    def connectors(self, only: Sequence[str] = ()) -> list[str]:
        """Return the names of the connectors to use, after checking all their tables.

        Raise `ConfigError` if there is none, if a name is not configured, or if a table is wrong.

        Args:
            only: Names of connectors; empty for all.
        """
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
        """Return the compiled policy; verified domains of all tenants count as internal."""
        config = self.loaded.config
        ours = tenants(self.engine, list(config.connectors))
        domains = [d for tenant in ours for d in tenant.domains]
        return Policy.compile(config.policy, config.organization, domains, today)


def open_session(file: Path | None, *, language: str = "", output: Path | None = None) -> Session:
    """Read the configuration and open the store. Raises `ConfigError`."""
    loaded = read_config(file or default_paths.default_config_file())
    config, own = loaded.config, default_paths.default_state_dir(loaded.file)
    bundle = config.network.ca_bundle
    if bundle and not loaded.path(bundle).is_file():
        path = loaded.path(bundle)
        raise ConfigError(say("config.no_bundle", file=loaded.file, path=path))
    try:
        ssl_context(str(loaded.path(bundle)) if bundle else "")
    except OSError as error:  # a file that is no PEM, or may not be read
        detail = type(error).__name__
        path = loaded.path(bundle)
        raise ConfigError(
            say("config.bad_bundle", file=loaded.file, path=path, detail=detail)
        ) from None
    written = config.agent.state
    state = written if is_database_url(written) else loaded.path(written) if written else own
    home = own if isinstance(state, str) else state
    runs = loaded.path(config.agent.output) if config.agent.output else home / "runs"
    return Session(
        loaded=loaded,
        text=Text(resolve_language(language or config.agent.language)),
        state=state,
        output=output.absolute() if output else runs,
        engine=open_store(state),
        secrets=Secrets(loaded.file.parent),
    )
