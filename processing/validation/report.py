"""What a check found: one line a fault, each with the file that it is about and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from processing.errors import BadInput

# As many as fit a person's screen; the document has them all.
SHOWN_FAULTS = 20


@dataclass(frozen=True)
class Finding:
    """Something about a file, or about the whole where `file` is empty."""

    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.text}" if self.file else self.text


@dataclass
class Report:
    """What was looked at, and what was found.

    faults: what keeps it from being used. warnings: what is used, and is worth knowing.
    """

    kind: str
    checked: int = 0
    faults: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing keeps it from being used."""
        return not self.faults

    def fault(self, file: str, text: str) -> None:
        """Add what keeps a file, or the whole where `file` is empty, from being used."""
        self.faults.append(Finding(file, text))

    def warn(self, file: str, text: str) -> None:
        """Add what is worth knowing of a file that is used all the same."""
        self.warnings.append(Finding(file, text))

    def document(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "kind": self.kind,
            "good": self.good,
            "checked": self.checked,
            "faults": [vars(finding) for finding in self.faults],
            "warnings": [vars(finding) for finding in self.warnings],
        }


class Refused(BadInput):
    """Something with faults; its message has the first of them, `faults` every one."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        more = len(self.faults) - SHOWN_FAULTS
        shown = self.faults[:SHOWN_FAULTS] + ([f"and {more} more"] if more > 0 else [])
        super().__init__("; ".join(shown))
