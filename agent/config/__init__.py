"""What the administrator wrote, understood completely or refused with a sentence."""
