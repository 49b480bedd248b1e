from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """Recipes, builds, splits and releases."""

    name = "webapp.datasets"
    default_auto_field = "django.db.models.BigAutoField"
