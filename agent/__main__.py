"""`python -m agent`: the command, where its script is not on the path."""

from agent.cli import main

if __name__ == "__main__":
    main()
