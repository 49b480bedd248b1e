from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="UsedInvitation",
            fields=[
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of its token", max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("used_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
