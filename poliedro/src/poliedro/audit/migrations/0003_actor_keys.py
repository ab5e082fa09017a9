"""Keys with which names stand sealed in the log. See Note [Names in the log]."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='ActorKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.IntegerField(unique=True)),
                ('key_id', models.CharField(blank=True, max_length=40)),
                ('token', models.TextField(blank=True)),
            ],
        ),
    ]
