"""The region's policy, and a trigger that keeps published reports as they are."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables

NAME = "monitoring_quarterreport_frozen"
SAYS = "a published quarterly report stays as it is; publish a new version"
MOVED = "(NEW.content <> OLD.content OR NEW.checksum <> OLD.checksum OR NEW.version <> OLD.version)"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE FUNCTION {NAME}() RETURNS trigger AS $$ BEGIN IF {MOVED} THEN RAISE EXCEPTION '{SAYS}' "
            "USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON monitoring_quarterreport FOR EACH ROW EXECUTE FUNCTION {NAME}()",
            params=None,
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON monitoring_quarterreport FOR EACH ROW WHEN {MOVED} "
            f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
            params=None,
        )


def take_away(apps, schema_editor):
    on = " ON monitoring_quarterreport" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER {NAME}{on}", params=None)
    if on:
        schema_editor.execute(f"DROP FUNCTION {NAME}()", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0001_tables'),
        ('monitoring', '0002_words'),
        ('reference', '0001_tables'),
        ('registry', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='PolicyIndicator',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True)),
                ],
                options={
                    'ordering': ['key'],
                },
            ),
            migrations.CreateModel(
                name='PolicyNode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True)),
                    ('kind', models.CharField(choices=[('area', 'focus area'), ('objective', 'objective'), ('action', 'action')], max_length=10)),
                ],
                options={
                    'ordering': ['key'],
                },
            ),
            migrations.CreateModel(
                name='ObjectiveTag',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('objective', models.CharField(choices=[('digital', 'diffusion of digital skills, tools and applications'), ('cross_sector', 'cross-sector fertilisation'), ('collaboration', 'collaboration between firms and research')], max_length=20)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objective_tags', to='registry.project')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'abstract': False,
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='monitoring_objectivetag_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'), models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='monitoring_objectivetag_known_in_order'), models.UniqueConstraint(condition=models.Q(('retracted_at', None)), fields=('project', 'objective'), name='monitoring_objectivetag_once')],
                },
            ),
            migrations.CreateModel(
                name='Observation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('on', models.DateField()),
                    ('value', models.FloatField()),
                    ('evidence', models.CharField(max_length=300)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                    ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='observations', to='monitoring.policyindicator')),
                ],
                options={
                    'ordering': ['on', 'pk'],
                    'abstract': False,
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='monitoring_observation_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'), models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='monitoring_observation_known_in_order'), models.UniqueConstraint(condition=models.Q(('retracted_at', None)), fields=('indicator', 'on'), name='monitoring_observation_one_a_day'), models.CheckConstraint(condition=models.Q(('evidence', ''), _negated=True), name='monitoring_observation_has_evidence')],
                },
            ),
            migrations.CreateModel(
                name='IndicatorTerms',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('role', models.CharField(choices=[('output', 'output'), ('result', 'result')], max_length=10)),
                    ('card', models.SlugField(max_length=60)),
                    ('computed_by', models.CharField(blank=True, max_length=40)),
                    ('baseline', models.FloatField(blank=True, null=True)),
                    ('baseline_on', models.DateField(blank=True, null=True)),
                    ('target', models.FloatField(blank=True, null=True)),
                    ('target_on', models.DateField(blank=True, null=True)),
                    ('owner', models.CharField(blank=True, max_length=200)),
                    ('evidence', models.CharField(blank=True, help_text='Where its values can be checked.', max_length=300)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                    ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='monitoring.policyindicator')),
                    ('node', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='monitoring.policynode')),
                ],
                options={
                    'verbose_name_plural': 'indicator terms',
                    'ordering': ['role', 'pk'],
                    'abstract': False,
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='monitoring_indicatorterms_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'), models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='monitoring_indicatorterms_known_in_order'), models.UniqueConstraint(condition=models.Q(('retracted_at', None), ('valid_to', None)), fields=('indicator',), name='monitoring_indicatorterms_one_open'), models.CheckConstraint(condition=models.Q(('baseline_on', None), ('target_on', None), ('target_on__gt', models.F('baseline_on')), _connector='OR'), name='monitoring_indicatorterms_target_after_baseline'), models.CheckConstraint(condition=models.Q(models.Q(('baseline', None), ('baseline_on', None)), models.Q(('baseline__isnull', False), ('baseline_on__isnull', False)), _connector='OR'), name='monitoring_indicatorterms_baseline_dated'), models.CheckConstraint(condition=models.Q(models.Q(('target', None), ('target_on', None)), models.Q(('target__isnull', False), ('target_on__isnull', False)), _connector='OR'), name='monitoring_indicatorterms_target_dated'), models.CheckConstraint(condition=models.Q(('valid_from__isnull', False)), name='monitoring_indicatorterms_has_start')],
                },
            ),
            migrations.CreateModel(
                name='PolicyTerms',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('position', models.PositiveSmallIntegerField(default=0)),
                    ('title_it', models.CharField(max_length=300)),
                    ('title_en', models.CharField(max_length=300)),
                    ('about_it', models.TextField(blank=True)),
                    ('about_en', models.TextField(blank=True)),
                    ('owner', models.CharField(blank=True, help_text='The office or body that answers for it.', max_length=200)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('measure', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.measure')),
                    ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='monitoring.policynode')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='monitoring.policynode')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'verbose_name_plural': 'policy terms',
                    'ordering': ['position', 'pk'],
                    'abstract': False,
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='monitoring_policyterms_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'), models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='monitoring_policyterms_known_in_order'), models.UniqueConstraint(condition=models.Q(('retracted_at', None), ('valid_to', None)), fields=('node',), name='monitoring_policyterms_one_open'), models.CheckConstraint(condition=models.Q(('parent', models.F('node')), _negated=True), name='monitoring_policyterms_not_in_itself'), models.CheckConstraint(condition=models.Q(('valid_from__isnull', False)), name='monitoring_policyterms_has_start')],
                },
            ),
            migrations.CreateModel(
                name='QuarterReport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField()),
                    ('quarter', models.PositiveSmallIntegerField()),
                    ('version', models.PositiveSmallIntegerField(default=1)),
                    ('content', models.JSONField()),
                    ('checksum', models.CharField(help_text='SHA-256 of the content.', max_length=64)),
                    ('why', models.CharField(blank=True, help_text='What changed against the version before.', max_length=300)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('published_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-year', '-quarter', '-version'],
                    'constraints': [models.UniqueConstraint(fields=('year', 'quarter', 'version'), name='monitoring_quarterreport_once'), models.CheckConstraint(condition=models.Q(('quarter__gte', 1), ('quarter__lte', 4)), name='monitoring_quarterreport_quarter')],
                },
            ),
            migrations.CreateModel(
                name='ServiceObjective',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('service', models.CharField(max_length=30)),
                    ('objective', models.CharField(choices=[('digital', 'diffusion of digital skills, tools and applications'), ('cross_sector', 'cross-sector fertilisation'), ('collaboration', 'collaboration between firms and research')], max_length=20)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'abstract': False,
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='monitoring_serviceobjective_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'), models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='monitoring_serviceobjective_known_in_order'), models.UniqueConstraint(condition=models.Q(('retracted_at', None)), fields=('service', 'objective'), name='monitoring_serviceobjective_once')],
                },
            ),
        ]),
        migrations.RunPython(add, take_away),
    ]
