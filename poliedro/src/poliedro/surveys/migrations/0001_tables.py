"""The room's tables."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('surveys', '0001_questionnaires'),
    ]

    dependencies = [
        ('registry', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # See Note [Many tables, one rendering] in poliedro.shared.migrating.
    operations = [
        CreateTables(operations=[
            migrations.CreateModel(
                name='Questionnaire',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True)),
                    ('kind', models.CharField(choices=[('self_assessment', 'self-assessment'), ('survey', 'survey')], max_length=20)),
                    ('position', models.PositiveSmallIntegerField(default=50)),
                ],
                options={
                    'ordering': ['position', 'key'],
                },
            ),
            migrations.CreateModel(
                name='Campaign',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=150)),
                    ('opens_on', models.DateField()),
                    ('closes_on', models.DateField(help_text='Last day.')),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='survey_campaigns', to='registry.cluster')),
                ],
                options={
                    'ordering': ['-opens_on', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='FollowUp',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('text', models.CharField(max_length=300)),
                    ('due_on', models.DateField()),
                    ('done_on', models.DateField(blank=True, null=True)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follow_ups', to='surveys.campaign')),
                ],
                options={
                    'ordering': ['due_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Invitation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('group', models.CharField(choices=[('member', 'members'), ('non_member', 'non-members'), ('university', 'universities and research bodies'), ('own', "the cluster's own staff")], default='member', max_length=10)),
                    ('stratum', models.CharField(blank=True, help_text='Size class on the day of inviting: what non-response is weighted by.', max_length=20)),
                    ('email', models.EmailField(blank=True, max_length=254)),
                    ('invited_on', models.DateField(default=django.utils.timezone.localdate)),
                    ('reminded_on', models.DateField(blank=True, null=True)),
                    ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='surveys.campaign')),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='survey_invitations', to='registry.organisation')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='QuestionnaireVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveSmallIntegerField()),
                    ('content', models.JSONField()),
                    ('checksum', models.CharField(help_text='SHA-256 of the content, hexadecimal.', max_length=64)),
                    ('published_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='surveys.questionnaire')),
                ],
                options={
                    'ordering': ['questionnaire', '-version'],
                },
            ),
            migrations.AddField(
                model_name='campaign',
                name='version',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='campaigns', to='surveys.questionnaireversion'),
            ),
            migrations.CreateModel(
                name='Sheet',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('named', models.BooleanField(default=False)),
                    ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('submitted_at', models.DateTimeField(blank=True, null=True)),
                    ('result', models.JSONField(blank=True, null=True)),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='surveys.campaign')),
                    ('invitation', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sheet', to='surveys.invitation')),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='registry.organisation')),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='surveys.questionnaireversion')),
                ],
                options={
                    'ordering': ['-started_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Answer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('question', models.CharField(max_length=60)),
                    ('value', models.JSONField()),
                    ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='surveys.sheet')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.AddConstraint(
                model_name='invitation',
                constraint=models.UniqueConstraint(condition=models.Q(('organisation__isnull', False)), fields=('campaign', 'organisation', 'group'), name='surveys_invitation_once'),
            ),
            migrations.AddConstraint(
                model_name='questionnaireversion',
                constraint=models.UniqueConstraint(fields=('questionnaire', 'version'), name='surveys_questionnaireversion_once'),
            ),
            migrations.AddConstraint(
                model_name='campaign',
                constraint=models.CheckConstraint(condition=models.Q(('closes_on__gte', models.F('opens_on'))), name='surveys_campaign_closes_after_opening'),
            ),
            migrations.AddIndex(
                model_name='sheet',
                index=models.Index(fields=['organisation', 'submitted_at'], name='surveys_she_organis_4596ad_idx'),
            ),
            migrations.AddIndex(
                model_name='sheet',
                index=models.Index(fields=['campaign'], name='surveys_she_campaig_e1fab3_idx'),
            ),
            migrations.AddConstraint(
                model_name='sheet',
                constraint=models.UniqueConstraint(condition=models.Q(('campaign', None), ('submitted_at', None)), fields=('organisation', 'version'), name='surveys_sheet_one_open'),
            ),
            migrations.AddConstraint(
                model_name='sheet',
                constraint=models.CheckConstraint(condition=models.Q(('submitted_at', None), ('result__isnull', False), _connector='OR'), name='surveys_sheet_handed_in_with_result'),
            ),
            migrations.AddConstraint(
                model_name='sheet',
                constraint=models.CheckConstraint(condition=models.Q(('organisation__isnull', False), ('invitation__isnull', False), _connector='OR'), name='surveys_sheet_of_somebody'),
            ),
            migrations.AddConstraint(
                model_name='answer',
                constraint=models.UniqueConstraint(fields=('sheet', 'question'), name='surveys_answer_once'),
            ),
        ]),
    ]
