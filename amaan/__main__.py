"""`python -m amaan`."""

from amaan.cli import main

main()
