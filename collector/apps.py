from django.apps import AppConfig


class CollectorConfig(AppConfig):
    """What was shown, to whom, and what the hand did."""

    name = "collector"
    default_auto_field = "django.db.models.BigAutoField"
