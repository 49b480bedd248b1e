"""Addresses of the observer's pages."""

from django.urls import path

from collector import views

urlpatterns = [
    path("study/<slug:slug>/", views.entry, name="study-entry"),
    path("visit/<str:token>/", views.visit, name="visit"),
]
