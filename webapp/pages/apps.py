from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The researcher's pages."""

    name = "webapp.pages"
    default_auto_field = "django.db.models.BigAutoField"
