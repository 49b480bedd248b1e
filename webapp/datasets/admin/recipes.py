"""Recipes and splits in the curator's admin."""

import tomllib
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from processing.errors import BadInput
from processing.layouts import PARTS
from webapp.datasets import selectors
from webapp.datasets.admin.work_rows import AskedFor, as_document
from webapp.datasets.models import Recipe, Split
from webapp.datasets.services import recipe_freeze, split_make


class RecipeForm(forms.ModelForm):
    keys = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 12, "cols": 60}),
        help_text="TOML, e.g. lag_ms = 300 and sigma_share = 0.03 on lines of their own; "
        "what is not given takes its default.",
    )

    class Meta:
        model = Recipe
        fields = ["name"]


@admin.register(Recipe)
class RecipeAdmin(AskedFor):
    ask_form = RecipeForm
    list_display = ["name", "short_fingerprint", "build_count", "release_count", "created_at"]
    search_fields = ["name", "fingerprint"]
    fields = readonly_fields = ("name", "document_text", "fingerprint", "created_at")

    document_text = as_document("document")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        counts = {
            "build_total": Count("builds", distinct=True),
            "release_total": Count("releases", distinct=True),
        }
        return super().get_queryset(request).annotate(**counts)

    def ask(self, request: HttpRequest, wish: dict[str, Any]) -> Recipe:
        try:
            document = tomllib.loads(wish["keys"])
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"the keys are not TOML: {error}") from error
        return recipe_freeze(name=wish["name"], document=document)

    @admin.display(description="fingerprint")
    def short_fingerprint(self, recipe: Recipe) -> str:
        return recipe.fingerprint[:12]

    @admin.display(description="builds", ordering="build_total")
    def build_count(self, recipe: Recipe) -> int:
        return recipe.build_total  # type: ignore[attr-defined]

    @admin.display(description="releases", ordering="release_total")
    def release_count(self, recipe: Recipe) -> int:
        return recipe.release_total  # type: ignore[attr-defined]


class SplitForm(forms.ModelForm):
    recipe = forms.ModelChoiceField(Recipe.objects, help_text="Clips with a finished build by it are divided")

    class Meta:
        model = Split
        fields = ["study", "seed"]


@admin.register(Split)
class SplitAdmin(AskedFor):
    ask_form = SplitForm
    list_display = ["id", "study", "seed", *PARTS, "created_at"]
    list_filter = ["study"]
    list_select_related = ["study"]
    search_fields = ["study__slug", "study__title"]
    fields = readonly_fields = (
        "study",
        "seed",
        "shares",
        "document_text",
        "report_text",
        "fingerprint",
        "created_at",
    )

    document_text = as_document("document")
    report_text = as_document("report")

    def ask(self, request: HttpRequest, wish: dict[str, Any]) -> Split:
        builds = selectors.current_builds(wish["study"], wish["recipe"])
        return split_make(study=wish["study"], builds=list(builds.values()), seed=wish["seed"])

    @admin.display
    def train(self, split: Split) -> int:
        return len(split.document["train"])

    @admin.display(description="public test")
    def public_test(self, split: Split) -> int:
        return len(split.document["public_test"])

    @admin.display(description="private test")
    def private_test(self, split: Split) -> int:
        return len(split.document["private_test"])
