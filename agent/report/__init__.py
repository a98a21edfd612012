"""The output of a run: a folder of files, and a summary on the terminal."""
