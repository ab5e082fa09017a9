from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    """What was coded so far was said first."""
    apps.get_model("surveys", "Coding").objects.update(first=F("codes"))


class Migration(migrations.Migration):

    dependencies = [("surveys", "0003_interviews")]

    operations = [
        migrations.AddField("coding", "first", models.JSONField(default=list)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
