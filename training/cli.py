"""The command line: JSON lines on standard output, a log on standard error.

Exit status 0 when finished, 2 on input that cannot be used, 75 when stopped and resumable, 1 on a fault of ours.
`count`, `shapes` and `schema` are for readers, and write what they say as text.
"""

from __future__ import annotations

import click

from training.commands.describing import count_command, references_command, schema_command, shapes_command
from training.commands.fitting import prepare_command, train_command
from training.commands.listening import listen_command
from training.commands.predicting import cross_command, evaluate_command, predict_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Fit baselines to a released dataset, predict saliency maps with them, compare them."""


for command in (
    prepare_command,
    train_command,
    predict_command,
    evaluate_command,
    cross_command,
    listen_command,
    references_command,
    count_command,
    shapes_command,
    schema_command,
):
    main.add_command(command)
