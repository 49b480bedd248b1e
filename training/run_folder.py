"""The folder of a run: its configuration, its checkpoint, its finished model, and a lock.

config.json              the configuration and its fingerprint, the identity of the run
log.jsonl                every event of every attempt
checkpoint.safetensors   where training stands; removed when it is finished
best.safetensors         the weights of the best validation so far; removed with it
model.safetensors        the finished model
model_card.json, .md     what it is, from which data, how well it does
samples/                 pictures of predictions on the way
cache/                   decoded pictures, unless they are kept elsewhere
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processing.errors import BadInput
from training import config as configs
from training.config import Config


@dataclass(frozen=True)
class RunFolder:
    """Names of the files of a run."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config.json"

    @property
    def checkpoint(self) -> Path:
        return self.root / "checkpoint.safetensors"

    @property
    def model(self) -> Path:
        return self.root / "model.safetensors"

    @property
    def best(self) -> Path:
        return self.root / "best.safetensors"

    @property
    def card(self) -> Path:
        return self.root / "model_card.json"

    @property
    def log(self) -> Path:
        return self.root / "log.jsonl"

    @property
    def samples(self) -> Path:
        return self.root / "samples"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def begin(self, config: Config) -> None:
        """Write the configuration, or find the same one there; raises `BadInput` for another run's folder."""
        if self.config.exists():
            if configs.fingerprint(self.read_config()) != configs.fingerprint(config):
                raise BadInput(
                    f"{self.root} holds a run of another configuration: choose another folder with --out"
                )
            return
        document = {"fingerprint": configs.fingerprint(config), "config": config.model_dump(mode="json")}
        part = self.config.with_suffix(".part")
        part.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", "utf-8")
        part.replace(self.config)

    def read_config(self) -> Config:
        """The configuration that the run was started with; raises `BadInput` when this is no run's folder."""
        _, document = self._stored()
        return configs.from_document(document, str(self.config))

    def fingerprint(self, config: Config) -> str:
        """The fingerprint that the run was started with; where none was, that of the given configuration.

        Not that of `read_config`, in which keys that have come since have their defaults. Raises `BadInput` for a
        config.json that cannot be read.
        """
        return self._stored()[0] if self.config.exists() else configs.fingerprint(config)

    def _stored(self) -> tuple[str, object]:
        """What `begin` wrote: the fingerprint, and the configuration as plain types."""
        try:
            stored = json.loads(self.config.read_text("utf-8"))
            fingerprint, document = str(stored["fingerprint"]), stored["config"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{self.root} is not the folder of a training run: it has no readable config.json"
            ) from error
        if configs.fingerprint_of(document) != fingerprint:
            raise BadInput(
                f"{self.config} was changed after the run began: put it back, or train in a new folder with --out"
            )
        return fingerprint, document

    @contextmanager
    def locked(self, needed: bool = True) -> Iterator[None]:
        """Keep every other process from training here; the lock goes with the process, however that ends.

        Of processes that train together the first one needs it for all.
        """
        if not needed:
            yield
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = (self.root / "lock").open("w")
        except OSError as error:
            raise BadInput(
                f"cannot write into {self.root}: {error.strerror}; choose another folder with --out"
            ) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadInput(
                    f"another process is training in {self.root}: wait for it or choose another --out"
                ) from None
            yield
