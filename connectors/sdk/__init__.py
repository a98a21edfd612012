"""What every connector and the agent agree on: records, contract, errors, one way out."""
