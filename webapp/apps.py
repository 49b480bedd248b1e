from django.apps import AppConfig

from webapp.celery import app as celery_app

__all__ = ["SiteConfig", "celery_app"]


class SiteConfig(AppConfig):
    """The project itself.

    Importing Celery here, and not in the package, gives every Django process its broker and spares the
    launcher, which is no Django process.
    """

    name = "webapp"
    label = "site"
