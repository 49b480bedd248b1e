"""Which invitations were used."""

from django.db import models


class UsedInvitation(models.Model):
    """An invitation that has made a login, whatever became of that login since."""

    digest = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of its token")
    used_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"invitation used {self.used_at:%Y-%m-%d %H:%M}"
