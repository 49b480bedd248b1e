"""Chunks live for hours and are read once: squeezing 46 KB took PostgreSQL four times as long as storing them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("collector", "0004_exits_and_sound_checks")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE collector_trackchunk ALTER COLUMN body SET STORAGE EXTERNAL",
            "ALTER TABLE collector_trackchunk ALTER COLUMN body SET STORAGE EXTENDED",
        )
    ]
