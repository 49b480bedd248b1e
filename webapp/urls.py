"""Which part of the site answers where."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from collector.api import api as observer_api
from webapp.health import healthz
from webapp.trial_media import trial_media

urlpatterns = [
    path("healthz", healthz),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("api/v1/", observer_api.urls),
    path("media/trial/<str:token>", trial_media, name="trial-media"),
    path("accounts/", include("webapp.accounts.urls")),
    path("", include("webapp.media")),
    path("", include("collector.urls")),
    path("", include("webapp.pages.urls")),
]
