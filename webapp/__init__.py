"""The Django project and what comes after capture."""

from webapp.celery import app as celery_app

__all__ = ["celery_app"]
