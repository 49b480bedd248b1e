"""Throw-away servers for one test run: `python -m webapp.embedded.temporary FOLDER PID`.

They live until the process PID ends, however it ends, or until SIGTERM; then the folder goes too. Their
addresses appear in FOLDER/environment.json, or the reason why there are none in FOLDER/error.
"""

import os
import select
import shutil
import signal
import sys
from pathlib import Path

from webapp.embedded.errors import CannotStart
from webapp.embedded.servers import running_servers
from webapp.embedded.state import StateFolder


def serve_while_alive(folder: Path, owner: int) -> None:
    """Run servers in `folder` as long as process `owner` lives; raises CannotStart."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)  # tests never touch servers that hold somebody's data
    state = StateFolder(folder)
    state.prepare()
    told_to_stop, stopper = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(stopper, b"."))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner, whose end we then see
    try:
        owner_ended = os.pidfd_open(owner)
    except ProcessLookupError:
        return
    with running_servers(state, durable=False) as environment:
        state.publish(environment)
        select.select([told_to_stop, owner_ended], [], [])


def main() -> None:
    folder, owner = Path(sys.argv[1]), int(sys.argv[2])
    try:
        serve_while_alive(folder, owner)
    except CannotStart as error:
        (folder / "error").write_text(str(error))
    else:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
