"""The command line, `python -m training` or `cursal training`: JSON lines on standard output, a log on the other one.

Exit status 0 when finished, 2 on input that cannot be used, 75 when stopped and resumable, 1 on a fault of ours.
`count`, `shapes` and `schema` are for readers, and write what they say as text.
"""

from __future__ import annotations

import os

import click

from training.commands.lazily import LazyGroup

# Threads that wait for each other spin by default, which is right on an idle machine only: beside other work, as on
# a site's host, they take its cores for nothing, and a run took four times as long. Read when torch is loaded, which
# happens with the first command.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

COMMANDS = {
    "prepare": "training.commands.preparing:prepare_command",
    "train": "training.commands.fitting:train_command",
    "predict": "training.commands.predicting:predict_command",
    "evaluate": "training.commands.predicting:evaluate_command",
    "cross": "training.commands.predicting:cross_command",
    "listen": "training.commands.listening:listen_command",
    "references": "training.commands.references:references_command",
    "count": "training.commands.describing:count_command",
    "shapes": "training.commands.describing:shapes_command",
    "schema": "training.commands.describing:schema_command",
}


@click.group(cls=LazyGroup, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Fit baselines to a released dataset, predict saliency maps with them, compare them."""
