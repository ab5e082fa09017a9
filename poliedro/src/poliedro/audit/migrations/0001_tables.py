"""The room's tables."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('audit', '0001_initial'),
        ('audit', '0002_labels'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # See Note [Many tables, one rendering] in poliedro.shared.migrating.
    operations = [
        CreateTables(operations=[
            migrations.CreateModel(
                name='LogEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('actor_label', models.CharField(max_length=200)),
                    ('act', models.CharField(choices=[('write', 'write'), ('read', 'read'), ('refused', 'refused'), ('sign_in', 'sign-in')], max_length=10)),
                    ('verb', models.CharField(max_length=80)),
                    ('subject_kind', models.CharField(max_length=60)),
                    ('subject_key', models.CharField(max_length=200)),
                    ('detail', models.JSONField(default=dict)),
                    ('previous_hash', models.CharField(max_length=64)),
                    ('hash', models.CharField(max_length=64, unique=True)),
                    ('actor', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['pk'],
                    'indexes': [models.Index(fields=['subject_kind', 'subject_key'], name='audit_logen_subject_6305be_idx'), models.Index(fields=['actor', 'at'], name='audit_logen_actor_i_09b81a_idx')],
                },
            ),
        ]),
    ]
