"""HTML pages: one file each, nothing loaded from elsewhere, names cannot inject markup."""
