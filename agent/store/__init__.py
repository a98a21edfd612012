"""What is known: facts, findings, outbox. The hinge between collecting, judging and telling."""
