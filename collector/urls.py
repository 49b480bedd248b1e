"""Addresses of the observer's pages, and of what they play."""

from django.urls import path

from collector import media, views

urlpatterns = [
    path("study/<slug:slug>/", views.entry, name="study-entry"),
    path("visit/<str:token>/", views.visit, name="visit"),
    path("tones/<str:token>.wav", media.tones, name="tones"),
]
