"""The store: facts from connectors, findings with their history, and the outbox of events."""
