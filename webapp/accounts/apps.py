from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Logins and invitations; nobody signs up by themselves."""

    name = "webapp.accounts"
    default_auto_field = "django.db.models.BigAutoField"
