"""What a run leaves behind: its folder of files, and one screen of words."""
