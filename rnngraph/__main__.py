"""`python -m rnngraph` is the command `rnngraph`."""

from rnngraph.cli import main

main()
