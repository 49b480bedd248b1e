"""The curator's tables of recipes, builds, splits and releases."""

from webapp.datasets.admin.builds import BuildAdmin
from webapp.datasets.admin.recipes import RecipeAdmin, SplitAdmin
from webapp.datasets.admin.releases import ReleaseAdmin

__all__ = ["BuildAdmin", "RecipeAdmin", "ReleaseAdmin", "SplitAdmin"]
