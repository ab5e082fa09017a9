import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("reference", "0004_labels"),
        ("registry", "0003_labels"),
    ]

    operations = [
        migrations.AddField("lineage", "valid_from", models.DateField(blank=True, null=True)),
        migrations.AddField("lineage", "valid_to", models.DateField(blank=True, null=True)),
        migrations.AddField("lineage", "recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
        migrations.AddField("lineage", "retracted_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "lineage",
            "load",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reference.load",
            ),
        ),
        migrations.AddField(
            "lineage",
            "retracted_by",
            models.ForeignKey(
                blank=True,
                help_text="The load that replaced this row, if a load did.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="reference.load",
            ),
        ),
        migrations.AddField(
            "lineage",
            "source",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="reference.source"
            ),
        ),
        migrations.AddField(
            "lineage",
            "certainty",
            models.CharField(
                choices=[
                    ("official", "Official"),
                    ("reported", "Reported"),
                    ("estimated", "Estimated"),
                    ("synthetic", "Synthetic"),
                ],
                default="reported",
                max_length=10,
            ),
        ),
    ]
