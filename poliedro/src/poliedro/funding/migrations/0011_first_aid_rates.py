"""The rates that were known when they came in; later ones are entered on the page "Rates of state aid"."""

from pathlib import Path

import yaml
from django.db import migrations

SHIPPED = Path(__file__).resolve().parents[2] / "regions" / "aid" / "rates.yaml"


def enter(apps, schema_editor):
    rate = apps.get_model("funding", "AidRate")
    for row in yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["rates"]:
        days = {"valid_from": row.pop("from"), "valid_to": row.pop("to", None)}
        rate.objects.create(**row, **days)


class Migration(migrations.Migration):
    dependencies = [("funding", "0010_aid_rates")]
    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
