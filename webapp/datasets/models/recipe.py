"""A frozen recipe: every parameter of the way from tracks to maps."""

from typing import Any

from django.db import models

from processing import recipe as arithmetic


class Recipe(models.Model):
    """One recipe under a name. Never changed: other parameters make another recipe."""

    name = models.CharField(max_length=80, unique=True)
    document = models.JSONField(help_text="Every key that is set, as `cursal build --recipe` takes them")
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def parameters(self) -> arithmetic.Recipe:
        """The document as the typed object that the arithmetic takes."""
        return arithmetic.Recipe.from_mapping(dict(self.document))

    @property
    def summary(self) -> dict[str, Any]:
        """What a list shows of it."""
        return {"name": self.name, "fingerprint": self.fingerprint[:12]}
