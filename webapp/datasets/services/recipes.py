"""Recipes are frozen under a name."""

from typing import Any

from django.db import IntegrityError, transaction

from processing import recipe as arithmetic
from processing.errors import BadInput
from webapp.datasets.models import Recipe


def recipe_freeze(*, name: str, document: dict[str, Any]) -> Recipe:
    """Check and keep a recipe; the same parameters are one recipe, under the name they got first.

    Raises BadInput for an unknown key, a wrong value, or a name that other parameters have already.
    """
    parameters = arithmetic.Recipe.from_mapping(document)
    try:
        with transaction.atomic():
            recipe, _ = Recipe.objects.get_or_create(
                fingerprint=parameters.fingerprint(),
                defaults={"name": name, "document": parameters.document()},
            )
    except IntegrityError as error:
        raise BadInput(f"another recipe is named {name!r}: choose a name of its own") from error
    return recipe
