"""The room's tables, and a trigger that keeps a contact's term as it was recorded. See Note [One contact]."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


NAME = "support_contactterm_stays"
CHANGED = "NEW.cluster_id <> OLD.cluster_id OR NEW.person_id <> OLD.person_id OR NEW.starts_on <> OLD.starts_on"
SAYS = "a contact is handed over by a new term; a recorded term keeps its cluster, person and day"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE FUNCTION {NAME}() RETURNS trigger AS $$ BEGIN IF {CHANGED} THEN RAISE EXCEPTION '{SAYS}' "
            "USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON support_contactterm FOR EACH ROW EXECUTE FUNCTION {NAME}()",
            params=None,
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON support_contactterm FOR EACH ROW WHEN {CHANGED} "
            f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
            params=None,
        )


def take_away(apps, schema_editor):
    on = " ON support_contactterm" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER {NAME}{on}", params=None)
    if on:
        schema_editor.execute(f"DROP FUNCTION {NAME}()", params=None)


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('support', '0001_services'),
        ('support', '0002_agency'),
        ('support', '0003_contact_terms_stay'),
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
                name='Course',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('text', models.TextField(blank=True)),
                    ('competence', models.CharField(max_length=30)),
                    ('seats', models.PositiveSmallIntegerField(default=12)),
                    ('place', models.CharField(blank=True, max_length=200)),
                    ('state', models.CharField(choices=[('open', 'open'), ('held', 'held'), ('closed', 'closed'), ('cancelled', 'cancelled')], default='open', max_length=10)),
                    ('follow_up_on', models.DateField(blank=True, null=True)),
                    ('follow_up_action', models.CharField(blank=True, max_length=500)),
                    ('followed_up_on', models.DateField(blank=True, null=True)),
                    ('is_synthetic', models.BooleanField(default=False)),
                ],
                options={
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Roundtable',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('held_on', models.DateField()),
                    ('place', models.CharField(blank=True, max_length=200)),
                    ('agenda', models.TextField(blank=True)),
                    ('minutes', models.TextField(blank=True)),
                    ('is_synthetic', models.BooleanField(default=False)),
                ],
                options={
                    'ordering': ['-held_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Sealed',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('purpose', models.CharField(max_length=40)),
                    ('key_id', models.CharField(db_index=True, max_length=40)),
                    ('token', models.TextField()),
                    ('sealed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
            ),
            migrations.CreateModel(
                name='Case',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('open', 'open'), ('delivered', 'services given'), ('feedback_asked', 'feedback asked'), ('closed', 'closed'), ('stopped', 'stopped without a service')], default='open', max_length=15)),
                    ('opened_on', models.DateField()),
                    ('closed_on', models.DateField(blank=True, null=True)),
                    ('result', models.CharField(blank=True, choices=[('knows_more', 'the firm knows what to do next'), ('partner', 'a partner was found'), ('application', 'an application was handed in'), ('funded', 'money was won'), ('tried', 'something was tested or tried out'), ('new_practice', 'a new way of working is in use'), ('new_product', 'a new product or service is on the market'), ('trained', 'people were trained'), ('none', 'no result')], max_length=15)),
                    ('result_text', models.CharField(blank=True, max_length=500)),
                    ('follow_up_on', models.DateField(blank=True, null=True)),
                    ('stop_reason', models.CharField(blank=True, choices=[('not_offered', 'nobody here offers it'), ('no_capacity', 'no capacity in time'), ('not_eligible', 'the firm is not in the audience'), ('too_dear', 'too dear for the firm'), ('out_of_area', 'outside the area served'), ('other_body', 'another body does it: the firm was sent there'), ('no_contact', 'the firm could not be reached'), ('other', 'another reason')], max_length=15)),
                    ('assigned_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cases', to='accounts.person')),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='registry.cluster')),
                    ('organisation', models.ForeignKey(blank=True, help_text='The client.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='registry.organisation')),
                ],
                options={
                    'ordering': ['-opened_on', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='CaseTask',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('position', models.PositiveSmallIntegerField()),
                    ('text', models.CharField(max_length=300)),
                    ('hours', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
                    ('done_on', models.DateField(blank=True, null=True)),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='support.case')),
                    ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['case', 'position', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='CourseSession',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('on', models.DateField()),
                    ('starts_at', models.TimeField()),
                    ('ends_at', models.TimeField()),
                    ('attendance_taken', models.BooleanField(default=False)),
                    ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='support.course')),
                ],
                options={
                    'ordering': ['on', 'starts_at'],
                },
            ),
            migrations.CreateModel(
                name='Enrolment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('seat', 'has a seat'), ('waiting', 'on the waiting list'), ('cancelled', 'cancelled')], max_length=10)),
                    ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('score', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('feedback_on', models.DateField(blank=True, null=True)),
                    ('applied', models.BooleanField(blank=True, help_text="Used in one's work, said at the follow-up.", null=True)),
                    ('certificate', models.CharField(blank=True, max_length=20)),
                    ('attended', models.ManyToManyField(blank=True, related_name='present', to='support.coursesession')),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enrolments', to='support.course')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='accounts.person')),
                ],
                options={
                    'ordering': ['asked_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Feedback',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('asked_on', models.DateField()),
                    ('answered_on', models.DateField(blank=True, null=True)),
                    ('usefulness', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('promptness', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('would_return', models.BooleanField(blank=True, null=True)),
                    ('text', models.TextField(blank=True, max_length=2000)),
                    ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='support.case')),
                ],
            ),
            migrations.CreateModel(
                name='FollowUp',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('on', models.DateField()),
                    ('result', models.CharField(choices=[('knows_more', 'the firm knows what to do next'), ('partner', 'a partner was found'), ('application', 'an application was handed in'), ('funded', 'money was won'), ('tried', 'something was tested or tried out'), ('new_practice', 'a new way of working is in use'), ('new_product', 'a new product or service is on the market'), ('trained', 'people were trained'), ('none', 'no result')], max_length=15)),
                    ('text', models.TextField(blank=True, max_length=2000)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follow_ups', to='support.case')),
                ],
                options={
                    'ordering': ['on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='IncentiveFormula',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('starts_on', models.DateField()),
                    ('ends_on', models.DateField()),
                    ('rules', models.JSONField(default=list)),
                    ('budget_eur', models.DecimalField(decimal_places=2, max_digits=12)),
                    ('state', models.CharField(choices=[('draft', 'draft'), ('approved', 'approved'), ('paid', 'paid')], default='draft', max_length=10)),
                    ('is_synthetic', models.BooleanField(default=False)),
                ],
                options={
                    'ordering': ['-starts_on', 'pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__gt', models.F('starts_on'))), name='support_incentiveformula_days')],
                },
            ),
            migrations.CreateModel(
                name='IncentivePayout',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('simulated', 'simulated'), ('paid', 'paid')], max_length=10)),
                    ('rules', models.JSONField(help_text='The rules as they were.')),
                    ('rows', models.JSONField(help_text='[{cluster, name, measures: {measure: n}, amount_eur}]')),
                    ('total_eur', models.DecimalField(decimal_places=2, max_digits=12)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('formula', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='support.incentiveformula')),
                ],
                options={
                    'ordering': ['-at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='JointAction',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('theme', models.CharField(blank=True, choices=[('entrepreneurship', 'entrepreneurship'), ('digital', 'digital transformation'), ('diffusion', 'diffusion of innovation'), ('skills', 'up- and re-skilling')], max_length=20)),
                    ('lead', models.CharField(help_text='Who answers for it.', max_length=200)),
                    ('starts_on', models.DateField()),
                    ('due_on', models.DateField()),
                    ('done_on', models.DateField(blank=True, null=True)),
                    ('budget_eur', models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                    ('indicator', models.CharField(blank=True, max_length=200)),
                    ('target', models.CharField(blank=True, max_length=100)),
                    ('needs', models.ManyToManyField(blank=True, related_name='needed_by', to='support.jointaction')),
                ],
                options={
                    'ordering': ['starts_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='ActionShare',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('amount_eur', models.DecimalField(decimal_places=2, max_digits=12)),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.organisation')),
                    ('action', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='support.jointaction')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='JointMilestone',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('due_on', models.DateField()),
                    ('done_on', models.DateField(blank=True, null=True)),
                    ('action', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='milestones', to='support.jointaction')),
                ],
                options={
                    'ordering': ['due_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='JointProgramme',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('starts_on', models.DateField()),
                    ('ends_on', models.DateField()),
                    ('state', models.CharField(choices=[('draft', 'draft'), ('approved', 'approved'), ('ended', 'ended')], default='draft', max_length=10)),
                    ('approved_at', models.DateTimeField(blank=True, null=True)),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                ],
                options={
                    'ordering': ['-starts_on', 'pk'],
                },
            ),
            migrations.AddField(
                model_name='jointaction',
                name='programme',
                field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='actions', to='support.jointprogramme'),
            ),
            migrations.CreateModel(
                name='KnowledgeItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('practice', 'good practice'), ('template', 'template'), ('article', 'article'), ('question', 'question')], max_length=10)),
                    ('audience', models.CharField(choices=[('public', 'everybody'), ('managers', 'cluster managers and the agency')], default='managers', max_length=10)),
                    ('title', models.CharField(max_length=200)),
                    ('problem', models.TextField(help_text='Which problem it answers.')),
                    ('context', models.TextField(blank=True, help_text='Where it worked: size, industry, money, people.')),
                    ('steps', models.JSONField(default=list)),
                    ('checklist', models.JSONField(default=list, help_text='What has to be in place elsewhere for it to work.')),
                    ('cost_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                    ('evidence', models.TextField(blank=True, help_text='How it is known that it works.')),
                    ('source_url', models.URLField(blank=True, max_length=500)),
                    ('version', models.PositiveSmallIntegerField(default=1)),
                    ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='registry.cluster')),
                    ('supersedes', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='support.knowledgeitem')),
                ],
                options={
                    'ordering': ['title'],
                },
            ),
            migrations.CreateModel(
                name='KnowledgeAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('text', models.TextField(max_length=2000)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.person')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='support.knowledgeitem')),
                ],
                options={
                    'ordering': ['at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='KnowledgeReuse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('on', models.DateField()),
                    ('fulfilled', models.JSONField(default=list, help_text='Positions in the checklist.')),
                    ('result', models.CharField(blank=True, max_length=500)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.cluster')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reuses', to='support.knowledgeitem')),
                ],
                options={
                    'ordering': ['-on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='NeedCard',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('closed_on', models.DateField(blank=True, null=True)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.cluster')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='need_cards', to='accounts.person')),
                    ('content', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='support.sealed')),
                ],
                options={
                    'ordering': ['-written_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='CoachingCase',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('asked', 'asked for'), ('running', 'under way'), ('feedback', 'feedback asked'), ('closed', 'closed'), ('stopped', 'stopped')], default='asked', max_length=10)),
                    ('asked_on', models.DateField()),
                    ('closed_on', models.DateField(blank=True, null=True)),
                    ('follow_up_on', models.DateField(blank=True, null=True)),
                    ('followed_up_on', models.DateField(blank=True, null=True)),
                    ('feedback_score', models.PositiveSmallIntegerField(blank=True, help_text='1 (poor) to 5 (very good).', null=True)),
                    ('feedback_on', models.DateField(blank=True, null=True)),
                    ('erased_on', models.DateField(blank=True, help_text='When the words were erased; figures are kept.', null=True)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('manager', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coaching_cases', to='accounts.person')),
                    ('need', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cases', to='support.needcard')),
                    ('feedback', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='support.sealed')),
                    ('goal', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='support.sealed')),
                ],
                options={
                    'ordering': ['-asked_on', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Package',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=200)),
                    ('name_it', models.CharField(max_length=200, null=True)),
                    ('name_en', models.CharField(max_length=200, null=True)),
                    ('description', models.TextField(blank=True)),
                    ('description_it', models.TextField(blank=True, null=True)),
                    ('description_en', models.TextField(blank=True, null=True)),
                    ('opened_on', models.DateField()),
                    ('closed_on', models.DateField(blank=True, help_text='First day on which it is no longer offered.', null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('discount', models.DecimalField(decimal_places=3, default=0, max_digits=4)),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='registry.cluster')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'ordering': ['cluster', 'pk'],
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='PeerOffer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('competence', models.CharField(max_length=30)),
                    ('text', models.CharField(blank=True, max_length=500)),
                    ('offered_on', models.DateField()),
                    ('withdrawn_on', models.DateField(blank=True, null=True)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.cluster')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='peer_offers', to='accounts.person')),
                ],
                options={
                    'ordering': ['competence', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='PeerExchange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('asked_on', models.DateField()),
                    ('met_on', models.DateField(blank=True, null=True)),
                    ('score', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('learner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.person')),
                    ('offer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exchanges', to='support.peeroffer')),
                ],
                options={
                    'ordering': ['-asked_on', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Provider',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=200)),
                    ('is_agency', models.BooleanField(default=False)),
                    ('references', models.TextField(blank=True)),
                    ('fields', models.JSONField(default=list, help_text='Keys of clusters whose industry the provider knows.')),
                    ('price_day_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
                    ('days_a_year', models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True)),
                    ('active', models.BooleanField(default=True)),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('organisation', models.ForeignKey(blank=True, help_text='The employer.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.organisation')),
                    ('person', models.OneToOneField(blank=True, help_text='Who would coach.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='provides', to='accounts.person')),
                ],
                options={
                    'ordering': ['name'],
                },
            ),
            migrations.AddField(
                model_name='course',
                name='provider',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='courses', to='support.provider'),
            ),
            migrations.CreateModel(
                name='CoachAssignment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField()),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coaching', to='accounts.person')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='coaches', to='support.coachingcase')),
                    ('provider', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='support.provider')),
                ],
                options={
                    'ordering': ['valid_from', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='ProviderCompetence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('competence', models.CharField(max_length=30)),
                    ('level', models.PositiveSmallIntegerField()),
                    ('provider', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='competences', to='support.provider')),
                ],
                options={
                    'ordering': ['competence'],
                },
            ),
            migrations.CreateModel(
                name='Request',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(blank=True, choices=[('matchmaking', 'matchmaking'), ('project_development', 'R&D project development'), ('finance', 'access to finance'), ('technology_transfer', 'technology transfer'), ('training', 'training'), ('incubation', 'incubation'), ('laboratory', 'laboratories'), ('internationalisation', 'internationalisation'), ('investment', 'investment'), ('placement', 'student placement'), ('digitalisation', 'digitalisation'), ('management', 'organisation and management'), ('marketing', 'marketing and design'), ('eu_funds', 'help with EU funds')], max_length=30)),
                    ('innovation', models.CharField(blank=True, choices=[('product', 'product or service'), ('process', 'process'), ('organisation', 'organisation of work'), ('management', 'management'), ('marketing', 'marketing'), ('design', 'design')], max_length=15)),
                    ('text', models.TextField(blank=True, max_length=3000)),
                    ('price_eur', models.DecimalField(blank=True, decimal_places=2, help_text='The price that the firm saw; null: on request.', max_digits=10, null=True)),
                    ('firm_name', models.CharField(blank=True, max_length=300)),
                    ('tax_code', models.CharField(blank=True, max_length=30)),
                    ('size_class', models.CharField(blank=True, choices=[('micro', 'micro'), ('small', 'small'), ('medium', 'medium'), ('large', 'large'), ('', 'size not known')], max_length=10)),
                    ('contact_name', models.CharField(blank=True, max_length=200)),
                    ('email', models.EmailField(blank=True, max_length=254)),
                    ('phone', models.CharField(blank=True, max_length=40)),
                    ('language', models.CharField(default='it', max_length=5)),
                    ('origin', models.CharField(blank=True, help_text='Keyed hash of where it came from; erased in a day.', max_length=64)),
                    ('state', models.CharField(choices=[('unconfirmed', 'not yet confirmed'), ('waiting', 'waiting for an answer'), ('accepted', 'accepted'), ('declined', 'declined'), ('withdrawn', 'withdrawn'), ('expired', 'expired')], default='unconfirmed', max_length=12)),
                    ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('promised_on', models.DateField(blank=True, help_text='Answered by then; null until it is confirmed.', null=True)),
                    ('answered_on', models.DateField(blank=True, null=True)),
                    ('reminded_on', models.DateField(blank=True, help_text='When those who should answer were last reminded.', null=True)),
                    ('decline_reason', models.CharField(blank=True, choices=[('not_offered', 'nobody here offers it'), ('no_capacity', 'no capacity in time'), ('not_eligible', 'the firm is not in the audience'), ('too_dear', 'too dear for the firm'), ('out_of_area', 'outside the area served'), ('other_body', 'another body does it: the firm was sent there'), ('no_contact', 'the firm could not be reached'), ('other', 'another reason')], max_length=15)),
                    ('decline_note', models.CharField(blank=True, max_length=500)),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('cluster', models.ForeignKey(blank=True, help_text='Null: the agency.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='registry.cluster')),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='registry.organisation')),
                    ('package', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='support.package')),
                    ('territory', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.territory')),
                ],
                options={
                    'ordering': ['-asked_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='CaseEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('verb', models.CharField(max_length=30)),
                    ('text', models.TextField(blank=True)),
                    ('for_client', models.BooleanField(default=False, help_text='Whether the client sees it.')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='support.request')),
                ],
                options={
                    'ordering': ['at', 'pk'],
                },
            ),
            migrations.AddField(
                model_name='case',
                name='request',
                field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='case', to='support.request'),
            ),
            migrations.CreateModel(
                name='RoundtableItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('decision', 'decision'), ('action', 'action')], max_length=10)),
                    ('text', models.CharField(max_length=500)),
                    ('owner', models.CharField(blank=True, max_length=200)),
                    ('due_on', models.DateField(blank=True, null=True)),
                    ('done_on', models.DateField(blank=True, null=True)),
                    ('roundtable', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='support.roundtable')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='RoundtableSeat',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('group', models.CharField(choices=[('region', 'region'), ('managers', 'cluster managers'), ('universities', 'universities'), ('firms', 'firms'), ('others', 'others')], max_length=15)),
                    ('name', models.CharField(max_length=200)),
                    ('present', models.BooleanField(default=False)),
                    ('roundtable', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='support.roundtable')),
                ],
                options={
                    'ordering': ['group', 'name'],
                },
            ),
            migrations.CreateModel(
                name='CompetenceProfile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='competence_profile', to='accounts.person')),
                    ('content', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='support.sealed')),
                ],
            ),
            migrations.CreateModel(
                name='CoachingEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('note', 'note'), ('meeting', 'meeting'), ('document', 'document'), ('action', 'agreed action')], max_length=10)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('met_on', models.DateField(blank=True, null=True)),
                    ('due_on', models.DateField(blank=True, null=True)),
                    ('done_on', models.DateField(blank=True, null=True)),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.person')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='support.coachingcase')),
                    ('content', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='support.sealed')),
                    ('name', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='support.sealed')),
                ],
                options={
                    'ordering': ['at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Service',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=200)),
                    ('name_it', models.CharField(max_length=200, null=True)),
                    ('name_en', models.CharField(max_length=200, null=True)),
                    ('description', models.TextField(blank=True)),
                    ('description_it', models.TextField(blank=True, null=True)),
                    ('description_en', models.TextField(blank=True, null=True)),
                    ('opened_on', models.DateField()),
                    ('closed_on', models.DateField(blank=True, help_text='First day on which it is no longer offered.', null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('kind', models.CharField(choices=[('matchmaking', 'matchmaking'), ('project_development', 'R&D project development'), ('finance', 'access to finance'), ('technology_transfer', 'technology transfer'), ('training', 'training'), ('incubation', 'incubation'), ('laboratory', 'laboratories'), ('internationalisation', 'internationalisation'), ('investment', 'investment'), ('placement', 'student placement'), ('digitalisation', 'digitalisation'), ('management', 'organisation and management'), ('marketing', 'marketing and design'), ('eu_funds', 'help with EU funds')], max_length=30)),
                    ('innovation', models.CharField(choices=[('product', 'product or service'), ('process', 'process'), ('organisation', 'organisation of work'), ('management', 'management'), ('marketing', 'marketing'), ('design', 'design')], max_length=15)),
                    ('is_rd', models.BooleanField(default=False, help_text='Whether R&D is what it helps with.')),
                    ('tier', models.CharField(choices=[('first_step', 'first step: short and easy'), ('standard', 'standard'), ('tailored', 'tailored to the firm')], default='standard', max_length=10)),
                    ('audiences', models.JSONField(blank=True, default=list, help_text='Values of ServiceOffer.Audience; empty: everybody.')),
                    ('state_aid', models.CharField(blank=True, choices=[('none', 'no aid: the full price is paid'), ('', 'not stated'), ('de_minimis', 'de minimis (Regulation 2023/2831)'), ('gber_18', 'advice to SMEs (GBER, article 18)'), ('gber_25', 'research and development (GBER, article 25)'), ('gber_27', 'innovation clusters (GBER, article 27)'), ('gber_28', 'innovation aid to SMEs (GBER, article 28)'), ('gber_31', 'training (GBER, article 31)')], default='', max_length=12)),
                    ('answer_days', models.PositiveSmallIntegerField(default=3, help_text='Working days in which a request is answered.')),
                    ('usual_hours', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
                    ('yearly_capacity', models.PositiveIntegerField(blank=True, help_text='How often a year; null: no limit.', null=True)),
                    ('checklist', models.JSONField(blank=True, default=list, help_text='[{it, en, hours}]: what has to be done, and how long it takes.')),
                    ('priority', models.PositiveSmallIntegerField(default=3, help_text='1: goes first if money falls short; 5: kept the longest.')),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='registry.cluster')),
                    ('offers', models.ManyToManyField(blank=True, help_text='What the map shows for it.', related_name='+', to='registry.serviceoffer')),
                    ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='services_offered', to='registry.organisation')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'ordering': ['cluster', 'pk'],
                    'abstract': False,
                },
            ),
            migrations.AddField(
                model_name='request',
                name='service',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='support.service'),
            ),
            migrations.CreateModel(
                name='PackageStep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('position', models.PositiveSmallIntegerField()),
                    ('package', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='support.package')),
                    ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='package_steps', to='registry.organisation')),
                    ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='in_packages', to='support.service')),
                ],
                options={
                    'ordering': ['package', 'position'],
                },
            ),
            migrations.CreateModel(
                name='CaseStep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('position', models.PositiveSmallIntegerField()),
                    ('kind', models.CharField(choices=[('matchmaking', 'matchmaking'), ('project_development', 'R&D project development'), ('finance', 'access to finance'), ('technology_transfer', 'technology transfer'), ('training', 'training'), ('incubation', 'incubation'), ('laboratory', 'laboratories'), ('internationalisation', 'internationalisation'), ('investment', 'investment'), ('placement', 'student placement'), ('digitalisation', 'digitalisation'), ('management', 'organisation and management'), ('marketing', 'marketing and design'), ('eu_funds', 'help with EU funds')], max_length=30)),
                    ('innovation', models.CharField(blank=True, choices=[('product', 'product or service'), ('process', 'process'), ('organisation', 'organisation of work'), ('management', 'management'), ('marketing', 'marketing'), ('design', 'design')], max_length=15)),
                    ('dropped_because', models.CharField(blank=True, max_length=300)),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='support.case')),
                    ('delivery', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='case_step', to='registry.delivery')),
                    ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='case_steps', to='registry.organisation')),
                    ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='case_steps', to='support.service')),
                ],
                options={
                    'ordering': ['case', 'position'],
                },
            ),
            migrations.CreateModel(
                name='ServicePrice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('members_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
                    ('others_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
                    ('unit', models.CharField(choices=[('once', 'in all'), ('hour', 'an hour'), ('day', 'a day')], default='once', max_length=5)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('service', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='support.service')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='SharedAsset',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('campaign', 'joint campaign'), ('brand', 'brand element'), ('template', 'template'), ('calendar', 'date of the joint calendar')], max_length=10)),
                    ('title', models.CharField(max_length=200)),
                    ('text', models.TextField(blank=True)),
                    ('url', models.URLField(blank=True, max_length=500)),
                    ('starts_on', models.DateField(blank=True, null=True)),
                    ('ends_on', models.DateField(blank=True, null=True)),
                    ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-added_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='AssetUse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('on', models.DateField()),
                    ('reach', models.PositiveIntegerField(blank=True, help_text='People reached, where it was counted.', null=True)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.cluster')),
                    ('asset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='support.sharedasset')),
                ],
                options={
                    'ordering': ['-on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='SharedService',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('text', models.TextField(blank=True)),
                    ('fixed_eur', models.DecimalField(decimal_places=2, help_text='A year, whoever uses it.', max_digits=12)),
                    ('hour_eur', models.DecimalField(decimal_places=2, help_text='Of each hour used.', max_digits=8)),
                    ('alone_eur', models.DecimalField(decimal_places=2, max_digits=12)),
                    ('key', models.CharField(choices=[('equal', 'equal parts'), ('hours', 'hours used'), ('members', 'members of the cluster')], default='hours', max_length=10)),
                    ('is_synthetic', models.BooleanField(default=False)),
                    ('partners', models.ManyToManyField(related_name='shared_services', to='registry.cluster')),
                ],
                options={
                    'ordering': ['title'],
                },
            ),
            migrations.CreateModel(
                name='Settlement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField()),
                    ('rows', models.JSONField(help_text='[{cluster, name, paid_eur, share_eur, balance_eur}]')),
                    ('transfers', models.JSONField(help_text='[{payer, payee, amount_eur}]')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='support.sharedservice')),
                ],
                options={
                    'ordering': ['-year', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='SharedUse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('on', models.DateField()),
                    ('hours', models.DecimalField(decimal_places=2, default=0, max_digits=8)),
                    ('paid_eur', models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                    ('text', models.CharField(blank=True, max_length=200)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('service', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='support.sharedservice')),
                ],
                options={
                    'ordering': ['on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Suggestion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('text', models.TextField(max_length=1000)),
                    ('origin', models.CharField(help_text='coaching, course or page; never which one.', max_length=20)),
                    ('said_on', models.DateField()),
                    ('answer', models.TextField(blank=True, max_length=1000)),
                    ('changed_on', models.DateField(blank=True, null=True)),
                    ('is_synthetic', models.BooleanField(default=False)),
                ],
                options={
                    'ordering': ['-said_on', '-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('changed_on', None), models.Q(('answer', ''), _negated=True), _connector='OR'), name='support_suggestion_change_in_words')],
                },
            ),
            migrations.CreateModel(
                name='ContactTerm',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('starts_on', models.DateField()),
                    ('handover', models.TextField(blank=True, help_text='What the next contact has to know.', max_length=2000)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contact_terms', to='registry.cluster')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contact_terms', to='accounts.person')),
                    ('previous', models.OneToOneField(blank=True, help_text='Null: the first.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='next', to='support.contactterm')),
                ],
                options={
                    'ordering': ['cluster', '-starts_on'],
                    'constraints': [models.UniqueConstraint(fields=('cluster', 'starts_on'), name='support_contactterm_one_a_day'), models.UniqueConstraint(condition=models.Q(('previous', None)), fields=('cluster',), name='support_contactterm_one_first')],
                },
            ),
            migrations.AddConstraint(
                model_name='coursesession',
                constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='support_coursesession_times'),
            ),
            migrations.AddConstraint(
                model_name='coursesession',
                constraint=models.UniqueConstraint(fields=('course', 'on', 'starts_at'), name='support_coursesession_once'),
            ),
            migrations.AddConstraint(
                model_name='enrolment',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'cancelled'), _negated=True), fields=('course', 'person'), name='support_enrolment_once'),
            ),
            migrations.AddConstraint(
                model_name='enrolment',
                constraint=models.UniqueConstraint(condition=models.Q(('certificate', ''), _negated=True), fields=('certificate',), name='support_enrolment_certificate'),
            ),
            migrations.AddConstraint(
                model_name='enrolment',
                constraint=models.CheckConstraint(condition=models.Q(('score', None), models.Q(('score__gte', 1), ('score__lte', 5)), _connector='OR'), name='support_enrolment_score'),
            ),
            migrations.AddConstraint(
                model_name='feedback',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('usefulness', None), ('usefulness__range', (1, 5)), _connector='OR'), models.Q(('promptness', None), ('promptness__range', (1, 5)), _connector='OR')), name='support_feedback_scores'),
            ),
            migrations.AddConstraint(
                model_name='feedback',
                constraint=models.CheckConstraint(condition=models.Q(('answered_on', None), ('usefulness__isnull', False), _connector='OR'), name='support_feedback_answer_has_score'),
            ),
            migrations.AddConstraint(
                model_name='incentivepayout',
                constraint=models.UniqueConstraint(condition=models.Q(('kind', 'paid')), fields=('formula',), name='support_incentivepayout_paid_once'),
            ),
            migrations.AddConstraint(
                model_name='actionshare',
                constraint=models.CheckConstraint(condition=models.Q(('cluster', None), ('organisation', None), _connector='OR'), name='support_actionshare_one'),
            ),
            migrations.AddConstraint(
                model_name='actionshare',
                constraint=models.CheckConstraint(condition=models.Q(('amount_eur__gte', 0)), name='support_actionshare_amount'),
            ),
            migrations.AddConstraint(
                model_name='jointprogramme',
                constraint=models.CheckConstraint(condition=models.Q(('ends_on__gt', models.F('starts_on'))), name='support_jointprogramme_days'),
            ),
            migrations.AddConstraint(
                model_name='jointaction',
                constraint=models.CheckConstraint(condition=models.Q(('due_on__gt', models.F('starts_on'))), name='support_jointaction_days'),
            ),
            migrations.AddConstraint(
                model_name='jointaction',
                constraint=models.CheckConstraint(condition=models.Q(('budget_eur__gte', 0)), name='support_jointaction_budget'),
            ),
            migrations.AddConstraint(
                model_name='knowledgeitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('supersedes', None), ('version', 1)), models.Q(('supersedes__isnull', False), ('version__gt', 1)), _connector='OR'), name='support_knowledgeitem_version'),
            ),
            migrations.AddConstraint(
                model_name='knowledgereuse',
                constraint=models.UniqueConstraint(fields=('item', 'cluster'), name='support_knowledgereuse_once'),
            ),
            migrations.AddConstraint(
                model_name='package',
                constraint=models.CheckConstraint(condition=models.Q(('closed_on', None), ('closed_on__gt', models.F('opened_on')), _connector='OR'), name='support_package_days'),
            ),
            migrations.AddConstraint(
                model_name='package',
                constraint=models.CheckConstraint(condition=models.Q(('discount__gte', 0), ('discount__lte', 1)), name='support_package_discount'),
            ),
            migrations.AddConstraint(
                model_name='peeroffer',
                constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_on', None)), fields=('person', 'competence'), name='support_peeroffer_once'),
            ),
            migrations.AddConstraint(
                model_name='peerexchange',
                constraint=models.CheckConstraint(condition=models.Q(('score', None), models.Q(('score__gte', 1), ('score__lte', 5)), _connector='OR'), name='support_peerexchange_score'),
            ),
            migrations.AddConstraint(
                model_name='course',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('follow_up_on__isnull', False), models.Q(('follow_up_action', ''), _negated=True)), _connector='OR'), name='support_course_closes_with_follow_up'),
            ),
            migrations.AddConstraint(
                model_name='course',
                constraint=models.CheckConstraint(condition=models.Q(('seats__gte', 1)), name='support_course_seats'),
            ),
            migrations.AddConstraint(
                model_name='coachassignment',
                constraint=models.UniqueConstraint(condition=models.Q(('valid_to', None)), fields=('case', 'person'), name='support_coachassignment_once'),
            ),
            migrations.AddConstraint(
                model_name='providercompetence',
                constraint=models.UniqueConstraint(fields=('provider', 'competence'), name='support_providercompetence_once'),
            ),
            migrations.AddConstraint(
                model_name='providercompetence',
                constraint=models.CheckConstraint(condition=models.Q(('level__lte', 4)), name='support_providercompetence_level'),
            ),
            migrations.AddIndex(
                model_name='case',
                index=models.Index(fields=['cluster', 'state'], name='support_cas_cluster_3ce6c2_idx'),
            ),
            migrations.AddIndex(
                model_name='case',
                index=models.Index(fields=['state', 'follow_up_on'], name='support_cas_state_9aabe4_idx'),
            ),
            migrations.AddConstraint(
                model_name='case',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(models.Q(('result', ''), _negated=True), ('follow_up_on__isnull', False), ('closed_on__isnull', False)), _connector='OR'), name='support_case_closes_with_result_and_follow_up'),
            ),
            migrations.AddConstraint(
                model_name='case',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'stopped'), _negated=True), models.Q(('stop_reason', ''), _negated=True), _connector='OR'), name='support_case_stops_with_reason'),
            ),
            migrations.AddConstraint(
                model_name='case',
                constraint=models.CheckConstraint(condition=models.Q(('closed_on', None), ('closed_on__gte', models.F('opened_on')), _connector='OR'), name='support_case_days'),
            ),
            migrations.AddConstraint(
                model_name='roundtableitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'action'), _negated=True), models.Q(('due_on__isnull', False), models.Q(('owner', ''), _negated=True)), _connector='OR'), name='support_roundtableitem_action_has_owner_and_day'),
            ),
            migrations.AddConstraint(
                model_name='coachingcase',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('closed_on__isnull', False), ('feedback_on__isnull', False), ('follow_up_on__isnull', False)), _connector='OR'), name='support_coachingcase_closes_with_feedback_and_follow_up'),
            ),
            migrations.AddConstraint(
                model_name='coachingcase',
                constraint=models.CheckConstraint(condition=models.Q(('feedback_score', None), models.Q(('feedback_score__gte', 1), ('feedback_score__lte', 5)), _connector='OR'), name='support_coachingcase_score'),
            ),
            migrations.AddConstraint(
                model_name='coachingcase',
                constraint=models.CheckConstraint(condition=models.Q(('closed_on', None), ('closed_on__gte', models.F('asked_on')), _connector='OR'), name='support_coachingcase_days'),
            ),
            migrations.AddConstraint(
                model_name='service',
                constraint=models.CheckConstraint(condition=models.Q(('closed_on', None), ('closed_on__gt', models.F('opened_on')), _connector='OR'), name='support_service_days'),
            ),
            migrations.AddConstraint(
                model_name='service',
                constraint=models.CheckConstraint(condition=models.Q(('priority__gte', 1), ('priority__lte', 5)), name='support_service_priority'),
            ),
            migrations.AddConstraint(
                model_name='service',
                constraint=models.CheckConstraint(condition=models.Q(('answer_days__gte', 1)), name='support_service_answer_days'),
            ),
            migrations.AddIndex(
                model_name='request',
                index=models.Index(fields=['cluster', 'state'], name='support_req_cluster_fa546c_idx'),
            ),
            migrations.AddIndex(
                model_name='request',
                index=models.Index(fields=['state', 'promised_on'], name='support_req_state_9e29f9_idx'),
            ),
            migrations.AddConstraint(
                model_name='request',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'declined'), _negated=True), models.Q(('decline_reason', ''), _negated=True), _connector='OR'), name='support_request_declined_with_reason'),
            ),
            migrations.AddConstraint(
                model_name='request',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'waiting'), _negated=True), ('promised_on__isnull', False), _connector='OR'), name='support_request_waits_for_a_day'),
            ),
            migrations.AddConstraint(
                model_name='request',
                constraint=models.CheckConstraint(condition=models.Q(('service', None), ('package', None), _connector='OR'), name='support_request_service_or_package'),
            ),
            migrations.AddConstraint(
                model_name='packagestep',
                constraint=models.UniqueConstraint(fields=('package', 'position'), name='support_packagestep_one_a_place'),
            ),
            migrations.AddConstraint(
                model_name='casestep',
                constraint=models.UniqueConstraint(fields=('case', 'position'), name='support_casestep_one_a_place'),
            ),
            migrations.AddConstraint(
                model_name='casestep',
                constraint=models.CheckConstraint(condition=models.Q(('delivery', None), ('dropped_because', ''), _connector='OR'), name='support_casestep_given_or_dropped'),
            ),
            migrations.AddConstraint(
                model_name='serviceprice',
                constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='support_serviceprice_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'),
            ),
            migrations.AddConstraint(
                model_name='serviceprice',
                constraint=models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='support_serviceprice_known_in_order'),
            ),
            migrations.AddConstraint(
                model_name='serviceprice',
                constraint=models.UniqueConstraint(condition=models.Q(('retracted_at', None)), fields=('service', 'valid_from'), name='support_serviceprice_one_a_day'),
            ),
            migrations.AddConstraint(
                model_name='serviceprice',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('members_eur', None), ('members_eur__gte', 0), _connector='OR'), models.Q(('others_eur', None), ('others_eur__gte', 0), _connector='OR')), name='support_serviceprice_not_negative'),
            ),
            migrations.AddConstraint(
                model_name='assetuse',
                constraint=models.UniqueConstraint(fields=('asset', 'cluster', 'on'), name='support_assetuse_once_a_day'),
            ),
            migrations.AddConstraint(
                model_name='settlement',
                constraint=models.UniqueConstraint(fields=('service', 'year'), name='support_settlement_once_a_year'),
            ),
            migrations.AddConstraint(
                model_name='shareduse',
                constraint=models.CheckConstraint(condition=models.Q(('hours__gte', 0), ('paid_eur__gte', 0)), name='support_shareduse_not_negative'),
            ),
        ]),
        migrations.RunPython(add, take_away),
    ]
