from django.db import migrations, models


def name_the_source(apps, schema_editor):
    """Until now only the region's file brought lineage: the source of the clusters' mandates."""
    Lineage = apps.get_model("registry", "Lineage")
    if not Lineage.objects.exists():
        return
    Source = apps.get_model("reference", "Source")
    Mandate = apps.get_model("registry", "Mandate")
    source, _ = Source.objects.get_or_create(
        key="region-file",
        defaults={"name": "Region's configuration file", "publisher": "Region", "certainty": "reported"},
    )
    first = Mandate.objects.aggregate(at=models.Min("recorded_at"))["at"]
    stated = {"source": source, "certainty": "reported"}
    Lineage.objects.update(**stated, **({"recorded_at": first} if first else {}))


class Migration(migrations.Migration):

    dependencies = [
        ("registry", "0004_lineage_as_fact"),
    ]

    operations = [migrations.RunPython(name_the_source, migrations.RunPython.noop)]
