"""The room's tables, and a trigger that keeps what was frozen: declaration, extract, and what was signed. See Note
[Declared before opened]."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


NAME = "monitoring_studyversion_frozen_stays"
MOVED = """
    (OLD.hash <> '' AND (NEW.hash <> OLD.hash OR {declaration} OR NEW.number <> OLD.number OR NEW.study_id <> OLD.study_id
        OR NEW.frozen_at IS {other} OLD.frozen_at))
    OR (OLD.extract_checksum <> '' AND (NEW.extract_checksum <> OLD.extract_checksum OR NEW.opened_at IS {other} OLD.opened_at))
    OR (OLD.signed_at IS NOT NULL AND (NEW.run_id IS {other} OLD.run_id OR NEW.opinion <> OLD.opinion
        OR NEW.signed_at IS {other} OLD.signed_at))
"""  # noqa: E501
SAYS = "what was frozen, extracted or signed in a study stays as it is; make a new version"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        moved = MOVED.format(declaration="NEW.declaration <> OLD.declaration", other="DISTINCT FROM")
        schema_editor.execute(
            f"CREATE FUNCTION {NAME}() RETURNS trigger AS $$ BEGIN IF {moved} THEN RAISE EXCEPTION '{SAYS}' "
            "USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON monitoring_studyversion FOR EACH ROW EXECUTE FUNCTION {NAME}()",
            params=None,
        )
    else:
        moved = MOVED.format(declaration="NEW.declaration <> OLD.declaration", other="NOT")
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON monitoring_studyversion FOR EACH ROW WHEN {moved} "
            f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
            params=None,
        )


def take_away(apps, schema_editor):
    on = " ON monitoring_studyversion" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER {NAME}{on}", params=None)
    if on:
        schema_editor.execute(f"DROP FUNCTION {NAME}()", params=None)


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('monitoring', '0001_studies'),
        ('monitoring', '0002_frozen_stays'),
        ('monitoring', '0003_stress'),
        ('monitoring', '0004_disclosure'),
        ('monitoring', '0005_health'),
        ('monitoring', '0006_nature'),
    ]

    dependencies = [
        ('accounts', '0001_tables'),
        ('evidence', '0001_tables'),
        ('reference', '0001_tables'),
        ('registry', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # See Note [Many tables, one rendering] in poliedro.shared.migrating.
    operations = [
        CreateTables(operations=[
            migrations.CreateModel(
                name='DataCampaign',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True)),
                    ('title', models.CharField(max_length=200)),
                    ('instructions', models.TextField(blank=True)),
                    ('year', models.PositiveSmallIntegerField(help_text='The year that the figures speak of.')),
                    ('opens_on', models.DateField()),
                    ('due_on', models.DateField()),
                    ('threshold', models.FloatField(default=0.25, help_text='A change above this share needs an explanation.')),
                    ('state', models.CharField(choices=[('draft', 'draft'), ('open', 'open'), ('closed', 'closed')], default='draft', max_length=10)),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('source', models.ForeignKey(blank=True, help_text='Of the facts it gives.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'ordering': ['-year', '-due_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='CampaignReply',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('asked', 'asked'), ('started', 'started'), ('submitted', 'submitted'), ('returned', 'returned'), ('signed', 'signed')], default='asked', max_length=10)),
                    ('submitted_at', models.DateTimeField(blank=True, null=True)),
                    ('signed_at', models.DateTimeField(blank=True, null=True)),
                    ('return_note', models.TextField(blank=True)),
                    ('reminded_at', models.DateTimeField(blank=True, null=True)),
                    ('reminders', models.PositiveSmallIntegerField(default=0)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='campaign_replies', to='registry.cluster')),
                    ('signed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('submitted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='monitoring.datacampaign')),
                ],
                options={
                    'verbose_name_plural': 'campaign replies',
                    'ordering': ['campaign', 'cluster__position', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='CampaignFigure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('indicator', models.CharField(choices=[('firms-per-cluster', 'firms-per-cluster'), ('members', 'members'), ('entries', 'entries'), ('exits', 'exits'), ('staff', 'staff'), ('staff-fte', 'staff-fte'), ('revenue', 'revenue'), ('erdf-share', 'erdf-share'), ('services-delivered', 'services-delivered'), ('rd-investment', 'rd-investment'), ('rd-firms', 'rd-firms'), ('research-contracts', 'research-contracts')], max_length=60)),
                    ('position', models.PositiveSmallIntegerField(default=0)),
                    ('required', models.BooleanField(default=True)),
                    ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='monitoring.datacampaign')),
                ],
                options={
                    'ordering': ['position', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='ProjectNature',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('innovation', models.CharField(choices=[('product', 'product'), ('process', 'process'), ('organisation', 'organisation of work'), ('management', 'management method'), ('marketing', 'marketing')], max_length=12)),
                    ('is_rd', models.BooleanField(default=True)),
                    ('trl_start', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('trl_end', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='natures', to='registry.project')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='PublishedTable',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(help_text='Of the page or export.', max_length=100)),
                    ('measure', models.CharField(help_text='Tables of one measure are held against each other.', max_length=100)),
                    ('period', models.CharField(max_length=40)),
                    ('version', models.PositiveSmallIntegerField(default=1)),
                    ('edition', models.PositiveSmallIntegerField(default=1, help_text="Of the period's values: others are another edition.")),
                    ('whole', models.BooleanField(default=False, help_text='Whether its values are counts.')),
                    ('checksum', models.CharField(help_text='SHA-256 of the table before cells were hidden.', max_length=64)),
                    ('published_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['measure', 'period', 'name', 'version'],
                },
            ),
            migrations.CreateModel(
                name='PublishedCell',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('row', models.CharField(blank=True, help_text='Empty: totals.', max_length=120)),
                    ('column', models.CharField(blank=True, help_text='Empty: totals.', max_length=120)),
                    ('value', models.FloatField()),
                    ('contributors', models.JSONField(default=list)),
                    ('why', models.CharField(blank=True, max_length=12)),
                    ('table', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cells', to='monitoring.publishedtable')),
                ],
                options={
                    'ordering': ['table', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='SelfCheck',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveSmallIntegerField(help_text='Of the set of items in monitoring/data/excellence.')),
                    ('year', models.PositiveSmallIntegerField()),
                    ('submitted_at', models.DateTimeField(blank=True, null=True)),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='self_checks', to='registry.cluster')),
                    ('submitted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['cluster', '-year'],
                },
            ),
            migrations.CreateModel(
                name='SelfCheckAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('item', models.SlugField(max_length=60)),
                    ('level', models.PositiveSmallIntegerField()),
                    ('note', models.TextField(blank=True)),
                    ('check_of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='monitoring.selfcheck')),
                ],
                options={
                    'ordering': ['check_of', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Evidence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('file', models.FileField(upload_to='evidence/%Y/')),
                    ('name', models.CharField(max_length=200)),
                    ('checksum', models.CharField(help_text='SHA-256 of its content.', max_length=64)),
                    ('bytes', models.PositiveIntegerField()),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('answer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='monitoring.selfcheckanswer')),
                ],
                options={
                    'verbose_name_plural': 'evidence',
                    'ordering': ['answer', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='StageOverride',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('computed', models.CharField(blank=True, help_text='What that run said.', max_length=20)),
                    ('probability', models.FloatField(blank=True, null=True)),
                    ('stage', models.CharField(choices=[('emergence', 'emergence'), ('growth', 'growth'), ('sustainment', 'sustainment'), ('decline', 'decline'), ('renewal', 'renewal')], max_length=20)),
                    ('reason', models.TextField()),
                    ('valid_from', models.DateField()),
                    ('ended_on', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stage_overrides', to='registry.cluster')),
                    ('run', models.ForeignKey(help_text='The run that it answers.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='evidence.run')),
                ],
                options={
                    'ordering': ['-valid_from', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='StressScenario',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=120)),
                    ('assumptions', models.JSONField()),
                    ('accounts', models.JSONField()),
                    ('with_region', models.BooleanField(default=False)),
                    ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stress_scenarios', to='registry.cluster')),
                    ('shared_with', models.ManyToManyField(blank=True, related_name='stress_scenarios', to='accounts.person')),
                ],
                options={
                    'ordering': ['-saved_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Study',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True)),
                    ('title', models.CharField(max_length=200)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name_plural': 'studies',
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='StudyVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('declaration', models.JSONField(default=dict)),
                    ('why', models.CharField(blank=True, help_text='What changed against the version before.', max_length=300)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('hash', models.CharField(blank=True, help_text='SHA-256 of the declaration.', max_length=64)),
                    ('frozen_at', models.DateTimeField(blank=True, null=True)),
                    ('opened_at', models.DateTimeField(blank=True, help_text='When outcomes were first read.', null=True)),
                    ('extract_path', models.CharField(blank=True, help_text='Relative to the store.', max_length=300)),
                    ('extract_checksum', models.CharField(blank=True, help_text='SHA-256 of the file.', max_length=64)),
                    ('extract_rows', models.PositiveIntegerField(blank=True, null=True)),
                    ('extract_sources', models.CharField(blank=True, max_length=300)),
                    ('certainty', models.CharField(blank=True, choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], help_text='Of the accounts.', max_length=10)),
                    ('flow', models.JSONField(blank=True, default=list, help_text='What became of the firms, step by step.')),
                    ('computed_at', models.DateTimeField(blank=True, null=True)),
                    ('signed_at', models.DateTimeField(blank=True, null=True)),
                    ('opinion', models.TextField(blank=True, help_text='What the evaluator says with the signature.')),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('frozen_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.run')),
                    ('signed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('study', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='monitoring.study')),
                ],
                options={
                    'ordering': ['study', 'number'],
                },
            ),
            migrations.CreateModel(
                name='CampaignAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('value', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                    ('register', models.DecimalField(blank=True, decimal_places=4, help_text='What the register held when it was asked.', max_digits=18, null=True)),
                    ('last_year', models.DecimalField(blank=True, decimal_places=4, help_text="Last year's signed answer, else the register's.", max_digits=18, null=True)),
                    ('explanation', models.TextField(blank=True)),
                    ('fact', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='campaign_answer', to='registry.reportedfigure')),
                    ('figure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='monitoring.campaignfigure')),
                    ('reply', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='monitoring.campaignreply')),
                ],
                options={
                    'ordering': ['reply', 'figure__position', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('reply', 'figure'), name='monitoring_campaignanswer_once')],
                },
            ),
            migrations.AddConstraint(
                model_name='datacampaign',
                constraint=models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('opens_on'))), name='monitoring_datacampaign_due_after_open'),
            ),
            migrations.AddConstraint(
                model_name='datacampaign',
                constraint=models.CheckConstraint(condition=models.Q(('threshold__gt', 0)), name='monitoring_datacampaign_threshold'),
            ),
            migrations.AddConstraint(
                model_name='campaignreply',
                constraint=models.UniqueConstraint(fields=('campaign', 'cluster'), name='monitoring_campaignreply_one_a_cluster'),
            ),
            migrations.AddConstraint(
                model_name='campaignreply',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'signed'), _negated=True), models.Q(('signed_at__isnull', False), ('submitted_at__isnull', False)), _connector='OR'), name='monitoring_campaignreply_signed_by_both'),
            ),
            migrations.AddConstraint(
                model_name='campaignfigure',
                constraint=models.UniqueConstraint(fields=('campaign', 'indicator'), name='monitoring_campaignfigure_once'),
            ),
            migrations.AddConstraint(
                model_name='projectnature',
                constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='monitoring_projectnature_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'),
            ),
            migrations.AddConstraint(
                model_name='projectnature',
                constraint=models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='monitoring_projectnature_known_in_order'),
            ),
            migrations.AddConstraint(
                model_name='projectnature',
                constraint=models.UniqueConstraint(condition=models.Q(('retracted_at', None)), fields=('project',), name='monitoring_projectnature_one_known'),
            ),
            migrations.AddConstraint(
                model_name='projectnature',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('trl_end', None), ('trl_start', None)), models.Q(('trl_end__gte', models.F('trl_start')), ('trl_end__lte', 9), ('trl_start__gte', 1)), _connector='OR'), name='monitoring_projectnature_trl'),
            ),
            migrations.AddConstraint(
                model_name='publishedtable',
                constraint=models.UniqueConstraint(fields=('name', 'measure', 'period', 'version'), name='monitoring_publishedtable_one_version'),
            ),
            migrations.AddConstraint(
                model_name='publishedcell',
                constraint=models.UniqueConstraint(fields=('table', 'row', 'column'), name='monitoring_publishedcell_once'),
            ),
            migrations.AddConstraint(
                model_name='publishedcell',
                constraint=models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='monitoring_publishedcell_not_negative'),
            ),
            migrations.AddConstraint(
                model_name='selfcheck',
                constraint=models.UniqueConstraint(fields=('cluster', 'version', 'year'), name='monitoring_selfcheck_one_a_year'),
            ),
            migrations.AddConstraint(
                model_name='selfcheckanswer',
                constraint=models.UniqueConstraint(fields=('check_of', 'item'), name='monitoring_selfcheckanswer_once'),
            ),
            migrations.AddConstraint(
                model_name='selfcheckanswer',
                constraint=models.CheckConstraint(condition=models.Q(('level__lte', 4)), name='monitoring_selfcheckanswer_level'),
            ),
            migrations.AddConstraint(
                model_name='stageoverride',
                constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='monitoring_stageoverride_has_reason'),
            ),
            migrations.AddConstraint(
                model_name='stageoverride',
                constraint=models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('cluster',), name='monitoring_stageoverride_one_in_force'),
            ),
            migrations.AddConstraint(
                model_name='stressscenario',
                constraint=models.UniqueConstraint(fields=('cluster', 'by', 'name'), name='monitoring_stressscenario_one_name'),
            ),
            migrations.AddConstraint(
                model_name='studyversion',
                constraint=models.UniqueConstraint(fields=('study', 'number'), name='monitoring_studyversion_once'),
            ),
            migrations.AddConstraint(
                model_name='studyversion',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('frozen_at', None), ('hash', '')), models.Q(('frozen_at__isnull', False), models.Q(('hash', ''), _negated=True)), _connector='OR'), name='monitoring_studyversion_frozen_with_hash'),
            ),
            migrations.AddConstraint(
                model_name='studyversion',
                constraint=models.CheckConstraint(condition=models.Q(('opened_at', None), models.Q(('frozen_at__isnull', False), ('opened_at__gte', models.F('frozen_at'))), _connector='OR'), name='monitoring_studyversion_opened_after_frozen'),
            ),
            migrations.AddConstraint(
                model_name='studyversion',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('extract_checksum', ''), ('extract_path', ''), ('opened_at', None)), models.Q(('opened_at__isnull', False), models.Q(('extract_checksum', ''), _negated=True)), _connector='OR'), name='monitoring_studyversion_extract_when_opened'),
            ),
            migrations.AddConstraint(
                model_name='studyversion',
                constraint=models.CheckConstraint(condition=models.Q(('run', None), ('opened_at__isnull', False), _connector='OR'), name='monitoring_studyversion_run_after_opened'),
            ),
            migrations.AddConstraint(
                model_name='studyversion',
                constraint=models.CheckConstraint(condition=models.Q(('signed_at', None), ('run__isnull', False), _connector='OR'), name='monitoring_studyversion_signed_after_run'),
            ),
        ]),
        migrations.RunPython(add, take_away),
    ]
