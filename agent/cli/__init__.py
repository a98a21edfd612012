"""The command line: a module for each command group. No other package imports it."""

from agent.cli.app import main

__all__ = ["main"]
