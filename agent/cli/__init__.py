"""The command line: one module a command group; parse, call, print. Imported by nobody."""

from agent.cli.app import main

__all__ = ["main"]
