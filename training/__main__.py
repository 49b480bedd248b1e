"""`python -m training`."""

import os

# Threads that wait for each other spin by default, which is right on an idle machine only: beside other work, as on
# a site's host, they take its cores for nothing, and a run took four times as long. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from training.cli import main

main(prog_name="python -m training")
