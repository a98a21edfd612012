"""Linux: systemd."""
