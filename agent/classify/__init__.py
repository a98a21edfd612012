"""What is overexposed, how severely, and why. Pure functions: no I/O, no knowledge of a vendor."""
