"""The room's tables."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('reports', '0001_report'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # See Note [Many tables, one rendering] in poliedro.shared.migrating.
    operations = [
        CreateTables(operations=[
            migrations.CreateModel(
                name='Report',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField()),
                    ('version', models.PositiveSmallIntegerField(default=1)),
                    ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published')], default='draft', max_length=10)),
                    ('foreword', models.TextField(blank=True)),
                    ('comments', models.JSONField(blank=True, default=dict, help_text='Dimension -> what the region says about it.')),
                    ('change_note', models.CharField(blank=True, help_text='What is new in this version.', max_length=300)),
                    ('content', models.JSONField(blank=True, default=dict, help_text='The frozen figures; empty while it is a draft.')),
                    ('checksum', models.CharField(blank=True, help_text='SHA-256 of the frozen content.', max_length=64)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('published_at', models.DateTimeField(blank=True, null=True)),
                    ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-year', '-version'],
                    'constraints': [models.UniqueConstraint(fields=('year', 'version'), name='reports_report_one_version'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('year',), name='reports_report_one_draft'), models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('published_at__isnull', False), models.Q(('checksum', ''), _negated=True)), _connector='OR'), name='reports_report_published_is_frozen')],
                },
            ),
        ]),
    ]
