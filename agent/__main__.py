"""`python -m agent`: the command, where its script is not on the path."""

from multiprocessing import freeze_support

from agent.cli import main

if __name__ == "__main__":
    freeze_support()  # the bundled program is its own interpreter: what judges beside it is itself
    main()
