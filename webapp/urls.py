"""Which part of the site answers where."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from collector.api import api as observer_api
from collector.api.refusals import unknown_call
from webapp.clip_media import clip
from webapp.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("api/v1/", observer_api.urls),
    re_path(r"^api/v1/(?P<call>[\s\S]*)$", unknown_call),
    path("media/clip/<str:token>", clip, name="clip"),
    path("accounts/", include("webapp.accounts.urls")),
    path("", include("webapp.media")),
    path("", include("collector.urls")),
    path("", include("webapp.pages.urls")),
]
