from django.apps import AppConfig


class PlansConfig(AppConfig):
    """What happens to a study without a further click once its observers are there."""

    name = "webapp.plans"
    default_auto_field = "django.db.models.BigAutoField"
