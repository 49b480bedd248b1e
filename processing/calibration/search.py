"""What a calibration tries."""

from dataclasses import dataclass

import numpy as np

from processing.coarse import Floats
from processing.errors import BadInput


@dataclass(frozen=True)
class Search:
    """Lags from 0 to lag_max_ms in steps, sigmas as shares of the longer side (ascending), bootstrap replicates."""

    lag_max_ms: int = 600
    lag_step_ms: int = 10
    sigma_shares: tuple[float, ...] = (0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.07)
    replicates: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        if self.lag_step_ms < 1 or 1000 % self.lag_step_ms:
            raise BadInput(
                f"a lag step of {self.lag_step_ms} ms does not divide a second; take 5, 10, 20 or 40"
            )
        if self.lag_max_ms < 2 * self.lag_step_ms:
            raise BadInput(f"lags up to {self.lag_max_ms} ms leave nothing to choose; raise the greatest lag")
        if not self.sigma_shares or any(not 0.002 <= share <= 1 for share in self.sigma_shares):
            raise BadInput("sigmas are shares of the longer side, from 0.002 to 1; give at least one")
        if list(self.sigma_shares) != sorted(set(self.sigma_shares)):
            raise BadInput("list the sigmas once each, from the least to the greatest")
        if self.replicates < 0:
            raise BadInput(f"{self.replicates} replicates cannot be drawn; give 0 or more")
        if self.seed < 0:
            raise BadInput(f"a seed cannot be {self.seed}; give 0 or more")

    @property
    def rate_hz(self) -> int:
        """Of the grid on which hands are shifted, one step a lag."""
        return 1000 // self.lag_step_ms

    @property
    def lags_ms(self) -> Floats:
        """Every lag tried, float64 (L,)."""
        return np.arange(0, self.lag_max_ms + 1, self.lag_step_ms, dtype=np.float64)
