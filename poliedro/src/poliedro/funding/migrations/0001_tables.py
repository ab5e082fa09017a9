"""The room's tables."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('funding', '0001_calls'),
        ('funding', '0002_open_calls'),
    ]

    dependencies = [
        ('accounts', '0001_tables'),
        ('reference', '0001_tables'),
        ('registry', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # See Note [Many tables, one rendering] in poliedro.shared.migrating.
    operations = [
        CreateTables(operations=[
            migrations.CreateModel(
                name='Call',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True)),
                    ('title_it', models.CharField(max_length=300)),
                    ('title_en', models.CharField(max_length=300)),
                    ('about_it', models.TextField(blank=True)),
                    ('about_en', models.TextField(blank=True)),
                    ('state', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('closed', 'closed'), ('decided', 'decided')], default='draft', max_length=10)),
                    ('opens_on', models.DateField(blank=True, null=True)),
                    ('closes_on', models.DateField(blank=True, help_text='The last day; empty: until the money is spent.', null=True)),
                    ('portal_url', models.URLField(blank=True, help_text='Where applications are handed in.', max_length=500)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('areas', models.ManyToManyField(blank=True, help_text='S3 areas that it serves (R022).', related_name='+', to='reference.code')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'ordering': ['-opens_on', 'key'],
                },
            ),
            migrations.CreateModel(
                name='CallInterest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('words', models.CharField(blank=True, help_text='Any of them; empty: everything.', max_length=300)),
                    ('programme', models.CharField(blank=True, max_length=200)),
                    ('days', models.PositiveSmallIntegerField(default=60, help_text='Deadlines at most so far ahead.')),
                    ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='call_interest', to='accounts.person')),
                ],
            ),
            migrations.CreateModel(
                name='CallLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=20)),
                    ('title_it', models.CharField(max_length=300)),
                    ('title_en', models.CharField(max_length=300)),
                    ('budget_eur', models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                    ('position', models.PositiveSmallIntegerField(default=0)),
                    ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='funding.call')),
                ],
                options={
                    'ordering': ['call', 'position', 'key'],
                },
            ),
            migrations.CreateModel(
                name='CallVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('document', models.JSONField()),
                    ('checksum', models.CharField(max_length=64)),
                    ('note', models.CharField(blank=True, help_text='What changed against the version before.', max_length=300)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('published_at', models.DateTimeField(blank=True, null=True)),
                    ('valid_to', models.DateTimeField(blank=True, help_text='When a later version took its place.', null=True)),
                    ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='funding.call')),
                    ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['call', '-number'],
                },
            ),
            migrations.CreateModel(
                name='Application',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=300)),
                    ('summary', models.TextField(blank=True)),
                    ('facts', models.JSONField(default=dict, help_text='Facts of the project, as the rules name them.')),
                    ('state', models.CharField(choices=[('draft', 'draft'), ('submitted', 'submitted'), ('withdrawn', 'withdrawn'), ('inadmissible', 'not admissible'), ('in_evaluation', 'in evaluation'), ('granted', 'granted'), ('reserve', 'on the reserve list'), ('refused', 'refused'), ('completed', 'completed')], default='draft', max_length=15)),
                    ('verdict', models.JSONField(default=dict, help_text='Rule -> pass, fail or unknown, when it was submitted.')),
                    ('cup', models.CharField(blank=True, max_length=15)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('submitted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='registry.organisation')),
                    ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='registry.project')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='funding.callline')),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='funding.callversion')),
                ],
                options={
                    'ordering': ['-created_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='CoFunding',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('amount_eur', models.DecimalField(decimal_places=2, max_digits=14)),
                    ('state', models.CharField(choices=[('proposed', 'proposed'), ('agreed', 'agreed'), ('paid', 'paid'), ('ended', 'ended')], default='proposed', max_length=10)),
                    ('for_what', models.CharField(max_length=300)),
                    ('agreed_on', models.DateField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cofunding', to='funding.call')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cofunding', to='registry.organisation')),
                ],
                options={
                    'ordering': ['call', 'organisation'],
                },
            ),
            migrations.CreateModel(
                name='Decision',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('outcome', models.CharField(choices=[('draft', 'draft'), ('submitted', 'submitted'), ('withdrawn', 'withdrawn'), ('inadmissible', 'not admissible'), ('in_evaluation', 'in evaluation'), ('granted', 'granted'), ('reserve', 'on the reserve list'), ('refused', 'refused'), ('completed', 'completed')], max_length=15)),
                    ('grant_eur', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                    ('loan_eur', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                    ('reasons', models.TextField()),
                    ('decided_on', models.DateField()),
                    ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='funding.application')),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                ],
                options={
                    'ordering': ['decided_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='EvaluatorAssignment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('assigned_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evaluators', to='funding.call')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluations', to='accounts.person')),
                ],
                options={
                    'ordering': ['assigned_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Measure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True)),
                    ('name_it', models.CharField(max_length=200)),
                    ('name_en', models.CharField(max_length=200)),
                    ('groups', models.JSONField(default=list, help_text='Kinds and size classes of those it is for, as the facts name them.')),
                    ('stages', models.JSONField(default=list)),
                    ('instrument', models.CharField(choices=[('grant', 'grant'), ('loan', 'loan'), ('mixed', 'grant and loan'), ('voucher', 'voucher'), ('equity', 'equity'), ('service', 'service'), ('training', 'training')], max_length=10)),
                    ('innovation', models.JSONField(default=list, help_text='Types of innovation; empty: all.')),
                    ('trl_from', models.PositiveSmallIntegerField(default=1)),
                    ('trl_to', models.PositiveSmallIntegerField(default=9)),
                    ('objectives', models.JSONField(default=list)),
                    ('budget_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                    ('valid_from', models.DateField()),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('is_proposed', models.BooleanField(default=False, help_text='Not adopted yet: shown apart, to see what it would add.')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'ordering': ['key'],
                },
            ),
            migrations.AddField(
                model_name='call',
                name='measure',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='funding.measure'),
            ),
            migrations.CreateModel(
                name='Milestone',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('due_on', models.DateField()),
                    ('reached_on', models.DateField(blank=True, null=True)),
                    ('evidence', models.CharField(blank=True, max_length=300)),
                    ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='milestones', to='funding.application')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                ],
                options={
                    'ordering': ['due_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='OpenCall',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('topic', models.CharField(max_length=120, unique=True)),
                    ('title', models.CharField(max_length=500)),
                    ('programme', models.CharField(max_length=200)),
                    ('call', models.CharField(blank=True, max_length=120)),
                    ('call_title', models.CharField(blank=True, max_length=500)),
                    ('kind', models.CharField(blank=True, help_text='Type of action, such as HORIZON-RIA.', max_length=200)),
                    ('status', models.CharField(choices=[('open', 'open for proposals'), ('forthcoming', 'opens later'), ('closed', 'no longer open')], max_length=12)),
                    ('deadline', models.DateField(blank=True, null=True)),
                    ('stages', models.CharField(blank=True, max_length=60)),
                    ('least_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                    ('most_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                    ('grants', models.PositiveIntegerField(blank=True, null=True)),
                    ('keywords', models.TextField(blank=True)),
                    ('text', models.TextField(blank=True)),
                    ('who', models.TextField(blank=True, help_text='Conditions, as published.')),
                    ('url', models.URLField(blank=True, max_length=500)),
                    ('loaded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'ordering': [models.OrderBy(models.F('deadline'), nulls_last=True), 'topic'],
                },
            ),
            migrations.CreateModel(
                name='CallReading',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('read_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('applied_on', models.DateField(blank=True, null=True)),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.person')),
                    ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='funding.opencall')),
                ],
            ),
            migrations.CreateModel(
                name='Output',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('prototype', 'prototype'), ('patent', 'patent application'), ('product', 'new product or service'), ('process', 'new process'), ('jobs', 'jobs, full-time equivalents'), ('turnover', 'turnover of new products, EUR'), ('hire', 'apprentice hired')], max_length=12)),
                    ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                    ('reached_on', models.DateField()),
                    ('evidence', models.CharField(blank=True, max_length=300)),
                    ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outputs', to='funding.application')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                ],
                options={
                    'ordering': ['reached_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Partner',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_lead', models.BooleanField(default=False)),
                    ('cost_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                    ('facts', models.JSONField(default=dict)),
                    ('agreed_at', models.DateTimeField(blank=True, help_text='When somebody of the partner agreed to take part.', null=True)),
                    ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='partners', to='funding.application')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.organisation')),
                ],
                options={
                    'ordering': ['-is_lead', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='CostClaim',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('period', models.CharField(max_length=40)),
                    ('cost_eur', models.DecimalField(decimal_places=2, max_digits=14)),
                    ('accepted_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                    ('paid_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                    ('state', models.CharField(choices=[('claimed', 'claimed'), ('accepted', 'accepted'), ('rejected', 'rejected')], default='claimed', max_length=10)),
                    ('note', models.CharField(blank=True, max_length=300)),
                    ('claimed_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='claims', to='funding.application')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='funding.partner')),
                ],
                options={
                    'ordering': ['claimed_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Programme',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True)),
                    ('name_it', models.CharField(max_length=200)),
                    ('name_en', models.CharField(max_length=200)),
                    ('authority', models.CharField(max_length=200)),
                    ('budget_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                    ('url', models.URLField(blank=True, max_length=500)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('period', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.programmeperiod')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'ordering': ['key'],
                },
            ),
            migrations.AddField(
                model_name='measure',
                name='programme',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='measures', to='funding.programme'),
            ),
            migrations.CreateModel(
                name='Ranking',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('rows', models.JSONField()),
                    ('checksum', models.CharField(max_length=64)),
                    ('signed_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('note', models.TextField(blank=True, help_text='How ties at the edge of the budget were decided, and why.')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rankings', to='funding.callline')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-signed_at'],
                },
            ),
            migrations.CreateModel(
                name='Recusal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.CharField(max_length=300)),
                    ('is_declared', models.BooleanField(default=False, help_text='By the evaluator; else found from relations.')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recusals', to='funding.application')),
                    ('assignment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recusals', to='funding.evaluatorassignment')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                ],
            ),
            migrations.CreateModel(
                name='Score',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('criterion', models.CharField(max_length=60)),
                    ('points', models.DecimalField(decimal_places=2, max_digits=6)),
                    ('comment', models.TextField(blank=True)),
                    ('handed_in_at', models.DateTimeField(blank=True, help_text='From then on it is not changed.', null=True)),
                    ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='funding.application')),
                    ('assignment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='funding.evaluatorassignment')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                ],
                options={
                    'ordering': ['application', 'criterion', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Simulation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(help_text='SHA-256 of rules, register and assumptions.', max_length=64, unique=True)),
                    ('assumptions', models.JSONField(default=dict)),
                    ('inputs', models.JSONField(default=dict, help_text='Rows and checksum of the register that was read, and its day.')),
                    ('result', models.JSONField()),
                    ('seconds', models.FloatField()),
                    ('seed', models.PositiveIntegerField()),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('source_names', models.CharField(blank=True, max_length=300)),
                    ('computed_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='simulations', to='funding.callversion')),
                ],
                options={
                    'ordering': ['-computed_at'],
                },
            ),
            migrations.CreateModel(
                name='WorkPackage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('title', models.CharField(max_length=200)),
                    ('first_month', models.PositiveSmallIntegerField(default=1)),
                    ('last_month', models.PositiveSmallIntegerField(default=12)),
                    ('cost_eur', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                    ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='work_packages', to='funding.application')),
                    ('lead', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='funding.partner')),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                ],
                options={
                    'ordering': ['number'],
                },
            ),
            migrations.CreateModel(
                name='AidAward',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('regime', models.CharField(choices=[('de_minimis', 'de minimis'), ('gber', 'block exemption (GBER)'), ('notified', 'notified scheme')], max_length=12)),
                    ('amount_eur', models.DecimalField(decimal_places=2, max_digits=14)),
                    ('granted_on', models.DateField()),
                    ('measure', models.CharField(max_length=200)),
                    ('reference', models.CharField(blank=True, help_text='Number in the national register of aid.', max_length=60)),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aid_awards', to='registry.organisation')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                    ('application', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='aid', to='funding.application')),
                ],
                options={
                    'ordering': ['-granted_on', '-pk'],
                    'indexes': [models.Index(fields=['organisation', 'granted_on'], name='funding_aid_organis_9860d1_idx')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount_eur__gt', 0)), name='funding_aidaward_amount'), models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('reference',), name='funding_aidaward_one_reference')],
                },
            ),
            migrations.AddConstraint(
                model_name='callline',
                constraint=models.UniqueConstraint(fields=('call', 'key'), name='funding_callline_once'),
            ),
            migrations.AddConstraint(
                model_name='callversion',
                constraint=models.UniqueConstraint(fields=('call', 'number'), name='funding_callversion_once'),
            ),
            migrations.AddConstraint(
                model_name='callversion',
                constraint=models.UniqueConstraint(condition=models.Q(('published_at__isnull', False), ('valid_to', None)), fields=('call',), name='funding_callversion_one_in_force'),
            ),
            migrations.AddIndex(
                model_name='application',
                index=models.Index(fields=['organisation', 'state'], name='funding_app_organis_ef3661_idx'),
            ),
            migrations.AddConstraint(
                model_name='application',
                constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'withdrawn']), ('submitted_at__isnull', False), _connector='OR'), name='funding_application_submitted_has_time'),
            ),
            migrations.AddConstraint(
                model_name='application',
                constraint=models.UniqueConstraint(condition=models.Q(('cup', ''), _negated=True), fields=('cup',), name='funding_application_one_cup'),
            ),
            migrations.AddConstraint(
                model_name='cofunding',
                constraint=models.CheckConstraint(condition=models.Q(('amount_eur__gt', 0)), name='funding_cofunding_amount'),
            ),
            migrations.AddConstraint(
                model_name='cofunding',
                constraint=models.CheckConstraint(condition=models.Q(('state', 'proposed'), ('agreed_on__isnull', False), _connector='OR'), name='funding_cofunding_agreed_has_day'),
            ),
            migrations.AddConstraint(
                model_name='decision',
                constraint=models.CheckConstraint(condition=models.Q(('reasons', ''), _negated=True), name='funding_decision_has_reasons'),
            ),
            migrations.AddConstraint(
                model_name='decision',
                constraint=models.CheckConstraint(condition=models.Q(('grant_eur__gte', 0), ('loan_eur__gte', 0)), name='funding_decision_money'),
            ),
            migrations.AddConstraint(
                model_name='evaluatorassignment',
                constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('call', 'person'), name='funding_evaluatorassignment_once'),
            ),
            migrations.AddConstraint(
                model_name='call',
                constraint=models.CheckConstraint(condition=models.Q(('closes_on', None), ('opens_on', None), ('closes_on__gte', models.F('opens_on')), _connector='OR'), name='funding_call_days_in_order'),
            ),
            migrations.AddConstraint(
                model_name='call',
                constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), ('opens_on__isnull', False), _connector='OR'), name='funding_call_published_has_day'),
            ),
            migrations.AddIndex(
                model_name='opencall',
                index=models.Index(fields=['status', 'deadline'], name='funding_opencall_deadline'),
            ),
            migrations.AddConstraint(
                model_name='opencall',
                constraint=models.CheckConstraint(condition=models.Q(('least_eur', None), ('most_eur', None), ('most_eur__gte', models.F('least_eur')), _connector='OR'), name='funding_opencall_amounts'),
            ),
            migrations.AddConstraint(
                model_name='callreading',
                constraint=models.UniqueConstraint(fields=('person', 'call'), name='funding_callreading_once'),
            ),
            migrations.AddConstraint(
                model_name='partner',
                constraint=models.UniqueConstraint(fields=('application', 'organisation'), name='funding_partner_once'),
            ),
            migrations.AddConstraint(
                model_name='partner',
                constraint=models.UniqueConstraint(condition=models.Q(('is_lead', True)), fields=('application',), name='funding_partner_one_lead'),
            ),
            migrations.AddConstraint(
                model_name='partner',
                constraint=models.CheckConstraint(condition=models.Q(('cost_eur', None), ('cost_eur__gte', 0), _connector='OR'), name='funding_partner_cost'),
            ),
            migrations.AddConstraint(
                model_name='costclaim',
                constraint=models.CheckConstraint(condition=models.Q(('cost_eur__gt', 0)), name='funding_costclaim_cost'),
            ),
            migrations.AddConstraint(
                model_name='costclaim',
                constraint=models.CheckConstraint(condition=models.Q(('accepted_eur', None), models.Q(('accepted_eur__gte', 0), ('accepted_eur__lte', models.F('cost_eur'))), _connector='OR'), name='funding_costclaim_accepted'),
            ),
            migrations.AddConstraint(
                model_name='measure',
                constraint=models.CheckConstraint(condition=models.Q(('trl_from__gte', 1), ('trl_from__lte', models.F('trl_to')), ('trl_to__lte', 9)), name='funding_measure_trl'),
            ),
            migrations.AddConstraint(
                model_name='measure',
                constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='funding_measure_days_in_order'),
            ),
            migrations.AddConstraint(
                model_name='ranking',
                constraint=models.UniqueConstraint(fields=('line',), name='funding_ranking_one_a_line'),
            ),
            migrations.AddConstraint(
                model_name='recusal',
                constraint=models.UniqueConstraint(fields=('assignment', 'application'), name='funding_recusal_once'),
            ),
            migrations.AddConstraint(
                model_name='recusal',
                constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='funding_recusal_has_reason'),
            ),
            migrations.AddConstraint(
                model_name='score',
                constraint=models.UniqueConstraint(fields=('assignment', 'application', 'criterion'), name='funding_score_once'),
            ),
            migrations.AddConstraint(
                model_name='score',
                constraint=models.CheckConstraint(condition=models.Q(('points__gte', 0)), name='funding_score_not_negative'),
            ),
            migrations.AddConstraint(
                model_name='workpackage',
                constraint=models.UniqueConstraint(fields=('application', 'number'), name='funding_workpackage_once'),
            ),
            migrations.AddConstraint(
                model_name='workpackage',
                constraint=models.CheckConstraint(condition=models.Q(('first_month__gte', 1), ('last_month__gte', models.F('first_month'))), name='funding_workpackage_months'),
            ),
        ]),
    ]
