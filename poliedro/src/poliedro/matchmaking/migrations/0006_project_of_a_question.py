from django.db import migrations, models
from django.db.models.deletion import PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("matchmaking", "0005_team_meetings"),
        ("registry", "0005_register_counts_by_municipality"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="project",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=PROTECT, related_name="+", to="registry.project"
            ),
        ),
    ]
