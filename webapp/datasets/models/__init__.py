from webapp.datasets.models.build import Build, ContentFeatures
from webapp.datasets.models.recipe import Recipe
from webapp.datasets.models.release import Release, ReleaseItem
from webapp.datasets.models.split import Split

__all__ = [
    "Build",
    "ContentFeatures",
    "Recipe",
    "Release",
    "ReleaseItem",
    "Split",
]
