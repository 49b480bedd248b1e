"""A few lines in the place of the training program."""

PRETEND = """
import json, pathlib, sys, time
arguments = sys.argv[1:]
out = pathlib.Path(arguments[arguments.index("--out") + 1])
out.mkdir(parents=True, exist_ok=True)
def say(event, **fields):
    print(json.dumps({"event": event, "phase": arguments[0], **fields}), flush=True)
say("started")
%s
"""

# Nothing to do: what each of the commands leaves behind.
SUCCESS = """
(out / ("model.safetensors" if arguments[0] == "train" else "clip.mp4")).write_bytes(b"made up")
"""

# Ten steps, each saved; it goes on from what it finds, and listens when it is told to stop.
STEPS = """
import signal
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append(1))
checkpoint, trained = out / "checkpoint.safetensors", out / "model.safetensors"
if arguments[0] == "train":
    step = begun_at = int(checkpoint.read_text()) if checkpoint.exists() else 0
    say("started", begun_at=begun_at)
    while step < 10:
        step += 1
        part = out / ".checkpoint.part"
        part.write_text(str(step))
        part.replace(checkpoint)
        say("progress", done=step, total=10, loss=1 / step)
        if step - begun_at == PAUSE_AFTER:
            while not told:
                time.sleep(0.02)
        if told:
            sys.exit(75)
    trained.write_text("made up")
    checkpoint.unlink()
else:
    (out / "clip.mp4").write_bytes(b"made up")
"""


def steps(*, pause_after: int = 0) -> str:
    """The ten steps; after `pause_after` of them it stands still until it is told to stop."""
    return STEPS.replace("PAUSE_AFTER", str(pause_after))
