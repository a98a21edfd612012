"""Pages for people: one file each, nothing fetched, nothing that an outsider's name can do."""
