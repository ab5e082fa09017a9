"""The room's tables."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('evidence', '0001_initial'),
        ('evidence', '0002_asked_and_usual'),
        ('evidence', '0003_run_open'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # See Note [Many tables, one rendering] in poliedro.shared.migrating.
    operations = [
        CreateTables(operations=[
            migrations.CreateModel(
                name='PortfolioOption',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('table', models.SlugField(help_text='Key of the statistics in which the activity has its code.', max_length=60)),
                    ('territory', models.CharField(max_length=20)),
                    ('activity', models.CharField(max_length=20)),
                    ('state', models.CharField(choices=[('considered', 'considered'), ('pursued', 'pursued'), ('paused', 'paused'), ('reached', 'reached'), ('dropped', 'dropped')], default='considered', max_length=12)),
                    ('density', models.FloatField(help_text='Relatedness density (0..100) when it was taken up; null: unknown.', null=True)),
                    ('location_quotient', models.FloatField(help_text='When it was taken up; null: unknown.', null=True)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'ordering': ['activity'],
                },
            ),
            migrations.CreateModel(
                name='PortfolioNote',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('text', models.TextField(blank=True)),
                    ('state', models.CharField(blank=True, help_text='The new state; empty: none.', max_length=12)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('option', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='evidence.portfoliooption')),
                ],
                options={
                    'ordering': ['at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Run',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(help_text='SHA-256 of analysis, version, parameters, inputs.', max_length=16, unique=True)),
                    ('analysis', models.SlugField(max_length=60)),
                    ('version', models.PositiveSmallIntegerField(help_text='Of the calculation: another version is another run.')),
                    ('code', models.CharField(help_text='Library and its version.', max_length=100)),
                    ('parameters', models.JSONField(default=dict)),
                    ('inputs', models.JSONField(default=list, help_text='name, checksum, rows, source of each table that was read.')),
                    ('seed', models.PositiveIntegerField(blank=True, help_text='Null where nothing is drawn at random.', null=True)),
                    ('headline', models.JSONField(default=dict, help_text='Few numbers that pages put into sentences.')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('source_names', models.CharField(max_length=300)),
                    ('period', models.CharField(blank=True, max_length=40)),
                    ('started_at', models.DateTimeField()),
                    ('finished_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('asked_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When it was last asked for; pages show the last.')),
                    ('usual', models.BooleanField(default=True, help_text='Whether its parameters, but for the table, are the defaults.')),
                    ('open', models.BooleanField(default=True, help_text='False: shown only by the room that made it, to whom it may.')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-finished_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='ResultTable',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.SlugField(max_length=60)),
                    ('title', models.CharField(max_length=200)),
                    ('path', models.CharField(help_text='Relative to the store.', max_length=300)),
                    ('checksum', models.CharField(help_text='SHA-256 of the file.', max_length=64)),
                    ('rows', models.PositiveIntegerField()),
                    ('columns', models.JSONField(help_text='name, label, unit, null_means of each column, in order.')),
                    ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tables', to='evidence.run')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='Repetition',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('same', models.BooleanField()),
                    ('differing', models.JSONField(default=list, help_text='Names of the tables that differ.')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='repetitions', to='evidence.run')),
                ],
                options={
                    'ordering': ['-at'],
                },
            ),
            migrations.AddField(
                model_name='portfoliooption',
                name='run',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='evidence.run'),
            ),
            migrations.AddIndex(
                model_name='run',
                index=models.Index(fields=['analysis', '-finished_at'], name='evidence_ru_analysi_713d6f_idx'),
            ),
            migrations.AddConstraint(
                model_name='resulttable',
                constraint=models.UniqueConstraint(fields=('run', 'name'), name='evidence_resulttable_once'),
            ),
            migrations.AddConstraint(
                model_name='portfoliooption',
                constraint=models.UniqueConstraint(fields=('table', 'territory', 'activity'), name='evidence_portfoliooption_once'),
            ),
            migrations.AddConstraint(
                model_name='portfoliooption',
                constraint=models.CheckConstraint(condition=models.Q(('density', None), ('density__range', (0, 100)), _connector='OR'), name='evidence_portfoliooption_density'),
            ),
        ]),
    ]
