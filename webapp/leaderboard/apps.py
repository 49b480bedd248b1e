from django.apps import AppConfig


class LeaderboardConfig(AppConfig):
    """Submissions, their evaluations, and the ranking."""

    name = "webapp.leaderboard"
    default_auto_field = "django.db.models.BigAutoField"
