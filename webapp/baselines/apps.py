from django.apps import AppConfig


class BaselinesConfig(AppConfig):
    """Training runs of the baselines."""

    name = "webapp.baselines"
    default_auto_field = "django.db.models.BigAutoField"
