"""What every connector and the agent share: records, interface, errors and the HTTP transport."""
