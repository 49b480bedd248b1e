from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collector", "0006_track_export"),
    ]

    operations = [
        migrations.AddField(
            model_name="trial",
            name="practice_passed",
            field=models.BooleanField(blank=True, help_text="Empty until it is judged", null=True),
        ),
    ]
