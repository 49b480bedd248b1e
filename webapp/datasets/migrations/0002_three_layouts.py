from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="release",
            name="layout",
            field=models.CharField(
                choices=[("AIM24", "AIM24 (AViMoS)"), ("NTIRE26", "NTIRE26"), ("CrowdSAL", "CrowdSAL")],
                default="AIM24",
                max_length=10,
            ),
        ),
    ]
