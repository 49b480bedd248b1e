"""Which part of the site answers where."""

from django.conf import settings
from django.contrib import admin
from django.urls import path

from webapp.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
]
