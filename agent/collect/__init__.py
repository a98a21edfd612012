"""Reading from connectors: the only package of the agent that starts threads."""
