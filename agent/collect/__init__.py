"""Reading: the only room of the agent that owns threads."""
