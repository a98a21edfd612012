"""What keeps the repository true: generators, checks and measures. Not part of the product."""
