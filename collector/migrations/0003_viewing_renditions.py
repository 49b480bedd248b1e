import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("collector", "0002_suspicions_and_dropped_chunks"),
    ]

    operations = [
        migrations.AddField(
            model_name="rendition",
            name="tier",
            field=models.CharField(
                choices=[("full", "Full"), ("1080p", "Full Hd"), ("720p", "Hd")], default="full", max_length=5
            ),
        ),
        migrations.AddField(
            model_name="rendition",
            name="reference",
            field=models.ForeignKey(
                blank=True,
                help_text="What this is a smaller view of; empty for a reference",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="views",
                to="collector.rendition",
            ),
        ),
        migrations.AddConstraint(
            model_name="rendition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reference", None), ("tier", "full")),
                    models.Q(
                        models.Q(("tier", "full"), _negated=True),
                        models.Q(("reference", None), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="rendition_view_has_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="rendition",
            constraint=models.UniqueConstraint(
                fields=("reference", "tier"), name="rendition_one_view_a_tier"
            ),
        ),
    ]
