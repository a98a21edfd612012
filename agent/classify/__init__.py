"""What is overexposed, how badly, and why. Pure: nothing here reads, writes or knows a vendor."""
