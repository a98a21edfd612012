"""One folder a service; the agent finds them by folder, never by what else is installed."""
