"""Every write of datasets that edges ask for. What only workers do is in `building` and `publishing`."""

from webapp.datasets.services.builds import build_request, builds_request
from webapp.datasets.services.recipes import recipe_freeze
from webapp.datasets.services.releases import release_request
from webapp.datasets.services.splits import split_make

__all__ = ["build_request", "builds_request", "recipe_freeze", "release_request", "split_make"]
