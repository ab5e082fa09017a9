"""The room's tables."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('reference', '0001_initial'),
        ('reference', '0002_changed_row'),
        ('reference', '0003_stored_result'),
        ('reference', '0004_labels'),
    ]

    # The migrations of these packages go before the many tables that follow: each of them is slower with every model.
    dependencies = [
        ('mfa', '0003_authenticator_type_uniq'),
        ('sessions', '0001_initial'),
        ('socialaccount', '0006_alter_socialaccount_extra_data'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # See Note [Many tables, one rendering] in poliedro.shared.migrating.
    operations = [
        CreateTables(operations=[
            migrations.CreateModel(
                name='Classification',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(help_text='nace, ateco, s3, sdg, size, trl, organisation-kind ...', max_length=40)),
                    ('version', models.CharField(max_length=20)),
                    ('name', models.CharField(max_length=200)),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                ],
            ),
            migrations.CreateModel(
                name='ProgrammePeriod',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=10, unique=True)),
                    ('valid_from', models.DateField()),
                    ('valid_to', models.DateField()),
                ],
            ),
            migrations.CreateModel(
                name='Source',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('publisher', models.CharField(max_length=200)),
                    ('licence', models.CharField(blank=True, max_length=100)),
                    ('url', models.URLField(blank=True, max_length=500)),
                    ('description', models.TextField(blank=True)),
                    ('description_it', models.TextField(blank=True, null=True)),
                    ('description_en', models.TextField(blank=True, null=True)),
                    ('fills', models.TextField(blank=True, help_text='What appears on the site once this source is loaded.')),
                    ('fills_it', models.TextField(blank=True, help_text='What appears on the site once this source is loaded.', null=True)),
                    ('fills_en', models.TextField(blank=True, help_text='What appears on the site once this source is loaded.', null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                ],
                options={
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='IndicatorCard',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('key', models.SlugField(max_length=60)),
                    ('version', models.PositiveSmallIntegerField(default=1)),
                    ('name', models.CharField(max_length=200)),
                    ('name_it', models.CharField(max_length=200, null=True)),
                    ('name_en', models.CharField(max_length=200, null=True)),
                    ('definition', models.TextField()),
                    ('definition_it', models.TextField(null=True)),
                    ('definition_en', models.TextField(null=True)),
                    ('formula', models.TextField()),
                    ('formula_it', models.TextField(null=True)),
                    ('formula_en', models.TextField(null=True)),
                    ('unit', models.CharField(max_length=60)),
                    ('unit_it', models.CharField(max_length=60, null=True)),
                    ('unit_en', models.CharField(max_length=60, null=True)),
                    ('counting_rule', models.TextField(blank=True)),
                    ('counting_rule_it', models.TextField(blank=True, null=True)),
                    ('counting_rule_en', models.TextField(blank=True, null=True)),
                    ('null_means', models.CharField(max_length=200)),
                    ('null_means_it', models.CharField(max_length=200, null=True)),
                    ('null_means_en', models.CharField(max_length=200, null=True)),
                    ('direction', models.CharField(choices=[('up', 'up'), ('down', 'down'), ('none', 'none')], default='none', max_length=10)),
                    ('owner', models.CharField(blank=True, max_length=200)),
                    ('source_text', models.CharField(max_length=300)),
                ],
                options={
                    'abstract': False,
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='reference_indicatorcard_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'), models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='reference_indicatorcard_known_in_order'), models.UniqueConstraint(fields=('key', 'version'), name='reference_indicatorcard_one_version')],
                },
            ),
            migrations.CreateModel(
                name='Load',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('importer', models.CharField(max_length=60)),
                    ('file_name', models.CharField(max_length=300)),
                    ('checksum', models.CharField(help_text="SHA-256 of the file's content, hexadecimal.", max_length=64)),
                    ('parameters', models.JSONField(default=dict)),
                    ('state', models.CharField(choices=[('previewed', 'previewed'), ('loaded', 'loaded'), ('undone', 'undone')], max_length=10)),
                    ('rows_read', models.PositiveIntegerField(default=0)),
                    ('rows_loaded', models.PositiveIntegerField(default=0)),
                    ('rows_unchanged', models.PositiveIntegerField(default=0)),
                    ('rows_rejected', models.PositiveIntegerField(default=0)),
                    ('summary', models.JSONField(default=dict)),
                    ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('finished_at', models.DateTimeField(blank=True, null=True)),
                    ('undone_at', models.DateTimeField(blank=True, null=True)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='loads', to='reference.source')),
                ],
                options={
                    'ordering': ['-started_at'],
                },
            ),
            migrations.CreateModel(
                name='Code',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=20)),
                    ('label', models.CharField(max_length=500)),
                    ('label_it', models.CharField(max_length=500, null=True)),
                    ('label_en', models.CharField(max_length=500, null=True)),
                    ('level', models.PositiveSmallIntegerField(default=1)),
                    ('classification', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='reference.classification')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='reference.code')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                ],
                options={
                    'ordering': ['classification', 'code'],
                },
            ),
            migrations.CreateModel(
                name='ChangedRow',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('model', models.CharField(help_text='app_label.ModelName', max_length=60)),
                    ('key', models.BigIntegerField()),
                    ('before', models.JSONField()),
                    ('after', models.JSONField()),
                    ('load', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changed', to='reference.load')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='RejectedRow',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveIntegerField(help_text='Row of the file, the header being row 1.')),
                    ('field', models.CharField(max_length=100)),
                    ('value', models.CharField(blank=True, max_length=300)),
                    ('problem', models.CharField(max_length=300)),
                    ('remedy', models.CharField(max_length=300)),
                    ('load', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rejected', to='reference.load')),
                ],
                options={
                    'ordering': ['number', 'field'],
                },
            ),
            migrations.CreateModel(
                name='Concordance',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('share', models.FloatField(blank=True, null=True)),
                    ('origin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='reference.code')),
                    ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='reference.code')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
            ),
            migrations.AddField(
                model_name='classification',
                name='source',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source'),
            ),
            migrations.CreateModel(
                name='StatisticTable',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('key', models.SlugField(max_length=60)),
                    ('title', models.CharField(max_length=300)),
                    ('path', models.CharField(help_text='Relative to the store.', max_length=300)),
                    ('checksum', models.CharField(max_length=64)),
                    ('rows', models.PositiveIntegerField()),
                    ('first_year', models.PositiveSmallIntegerField()),
                    ('last_year', models.PositiveSmallIntegerField()),
                    ('classification', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.classification')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='StoredResult',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60)),
                    ('parameters', models.JSONField(default=dict)),
                    ('payload', models.JSONField()),
                    ('inputs_checksum', models.CharField(max_length=64)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('source_names', models.CharField(blank=True, max_length=300)),
                    ('computed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'indexes': [models.Index(fields=['key', '-computed_at'], name='reference_s_key_ca2261_idx')],
                },
            ),
            migrations.CreateModel(
                name='Territory',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=20)),
                    ('version', models.CharField(default='2016', max_length=10)),
                    ('level', models.CharField(choices=[('nuts0', 'Country'), ('nuts1', 'Nuts1'), ('nuts2', 'Nuts2'), ('nuts3', 'Nuts3'), ('lau', 'Municipality')], max_length=5)),
                    ('name', models.CharField(max_length=200)),
                    ('national_code', models.CharField(blank=True, help_text='ISTAT code or the like; province sign for NUTS 3.', max_length=20)),
                    ('latitude', models.FloatField(blank=True, null=True)),
                    ('longitude', models.FloatField(blank=True, null=True)),
                    ('geometry', models.JSONField(blank=True, help_text='GeoJSON geometry, WGS 84; null where not loaded.', null=True)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='reference.territory')),
                    ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'verbose_name_plural': 'territories',
                    'ordering': ['code'],
                },
            ),
            migrations.CreateModel(
                name='Statistic',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('indicator', models.CharField(max_length=60)),
                    ('size_class', models.CharField(blank=True, max_length=10)),
                    ('year', models.PositiveSmallIntegerField()),
                    ('value', models.FloatField(null=True)),
                    ('flag', models.CharField(blank=True, max_length=10)),
                    ('code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='statistics', to='reference.code')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                    ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statistics', to='reference.territory')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.AddConstraint(
                model_name='code',
                constraint=models.UniqueConstraint(fields=('classification', 'code'), name='reference_code_once'),
            ),
            migrations.AddIndex(
                model_name='load',
                index=models.Index(fields=['importer', 'checksum'], name='reference_l_importe_7fddab_idx'),
            ),
            migrations.AddConstraint(
                model_name='concordance',
                constraint=models.UniqueConstraint(fields=('origin', 'target'), name='reference_concordance_once'),
            ),
            migrations.AddConstraint(
                model_name='concordance',
                constraint=models.CheckConstraint(condition=models.Q(('share', None), models.Q(('share__gt', 0), ('share__lte', 1)), _connector='OR'), name='reference_concordance_share'),
            ),
            migrations.AddConstraint(
                model_name='classification',
                constraint=models.UniqueConstraint(fields=('key', 'version'), name='reference_classification_one_version'),
            ),
            migrations.AddConstraint(
                model_name='statistictable',
                constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='reference_statistictable_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'),
            ),
            migrations.AddConstraint(
                model_name='statistictable',
                constraint=models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='reference_statistictable_known_in_order'),
            ),
            migrations.AddConstraint(
                model_name='statistictable',
                constraint=models.UniqueConstraint(condition=models.Q(('retracted_at', None)), fields=('key',), name='reference_statistictable_one_current'),
            ),
            migrations.AddIndex(
                model_name='territory',
                index=models.Index(fields=['level', 'name'], name='reference_t_level_d02fc4_idx'),
            ),
            migrations.AddConstraint(
                model_name='territory',
                constraint=models.UniqueConstraint(fields=('code', 'version', 'level'), name='reference_territory_one_code'),
            ),
            migrations.AddConstraint(
                model_name='territory',
                constraint=models.CheckConstraint(condition=models.Q(('latitude', None), ('latitude__range', (-90, 90)), _connector='OR'), name='reference_territory_latitude'),
            ),
            migrations.AddIndex(
                model_name='statistic',
                index=models.Index(fields=['indicator', 'territory', 'year'], name='reference_s_indicat_d81823_idx'),
            ),
            migrations.AddConstraint(
                model_name='statistic',
                constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='reference_statistic_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'),
            ),
            migrations.AddConstraint(
                model_name='statistic',
                constraint=models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='reference_statistic_known_in_order'),
            ),
        ]),
    ]
