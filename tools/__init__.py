"""Programs for those who work on this repository. No part of the product."""
