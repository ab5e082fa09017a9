"""The room's tables."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('matchmaking', '0001_cards_tickets_pairs_events'),
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
                name='Card',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('code', models.CharField(help_text='What readers call it: N-0031, O-0007.', max_length=12, unique=True)),
                    ('kind', models.CharField(choices=[('need', 'need'), ('offer', 'offer')], max_length=5)),
                    ('topic', models.CharField(choices=[('technology', 'technology'), ('rnd_partner', 'R&D partner'), ('supply', 'supply'), ('infrastructure', 'infrastructure'), ('expertise', 'expertise'), ('mentoring', 'mentoring'), ('investment', 'investment'), ('placement', 'placement'), ('by_product', 'by-product'), ('result', 'research result'), ('peer_visit', 'peer visit')], max_length=15)),
                    ('title', models.CharField(max_length=160)),
                    ('text', models.TextField(max_length=4000)),
                    ('language', models.CharField(default='it', max_length=5)),
                    ('tags', models.JSONField(blank=True, default=list, help_text='Keys of concepts, such as biodegradable-plastics.')),
                    ('trl_from', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('trl_to', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('stage', models.CharField(blank=True, choices=[('idea', 'idea'), ('start_up', 'start-up'), ('scale_up', 'scale-up'), ('established', 'established')], max_length=12)),
                    ('within_km', models.PositiveIntegerField(blank=True, null=True)),
                    ('budget_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                    ('wanted_by', models.DateField(blank=True, null=True)),
                    ('languages', models.JSONField(blank=True, default=list)),
                    ('partner_kinds', models.JSONField(blank=True, default=list, help_text='Organisation.Kind; empty: any.')),
                    ('partner_sizes', models.JSONField(blank=True, default=list, help_text='Organisation.SizeClass; empty: any.')),
                    ('rights', models.CharField(blank=True, help_text='Patents and licences of a solution.', max_length=200)),
                    ('open_to_rivals', models.BooleanField(default=False)),
                    ('anonymous', models.BooleanField(default=True)),
                    ('audience', models.CharField(choices=[('public', 'everyone'), ('signed_in', 'signed-in readers')], default='public', max_length=10)),
                    ('state', models.CharField(choices=[('draft', 'draft'), ('submitted', 'in review'), ('published', 'published'), ('refused', 'sent back'), ('expired', 'expired'), ('withdrawn', 'withdrawn'), ('settled', 'settled')], default='draft', max_length=10)),
                    ('submitted_at', models.DateTimeField(blank=True, null=True)),
                    ('published_at', models.DateTimeField(blank=True, null=True)),
                    ('expires_on', models.DateField(blank=True, help_text='First day on which it no longer shows.', null=True)),
                    ('review_note', models.CharField(blank=True, max_length=500)),
                    ('cluster', models.ForeignKey(blank=True, help_text='Whose staff review it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='registry.organisation')),
                    ('territory', models.ForeignKey(blank=True, help_text='Where it is wanted.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.territory')),
                ],
                options={
                    'ordering': ['-published_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Challenge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('kind', models.CharField(choices=[('hackathon', 'hackathon'), ('open', 'open challenge of a firm')], max_length=10)),
                    ('title', models.CharField(max_length=200)),
                    ('text', models.TextField(max_length=4000)),
                    ('prize', models.CharField(blank=True, max_length=300)),
                    ('tags', models.JSONField(blank=True, default=list)),
                    ('criteria', models.JSONField(help_text='List of {key, label, weight}; the weights add up to 100.')),
                    ('places', models.PositiveSmallIntegerField(default=20, help_text='Teams at most.')),
                    ('opens_on', models.DateField()),
                    ('closes_on', models.DateField(help_text='Last day for teams and ideas.')),
                    ('follow_up_on', models.DateField(help_text='When what became of the teams is asked.')),
                    ('state', models.CharField(choices=[('draft', 'draft'), ('open', 'open'), ('judging', 'with the jury'), ('decided', 'decided'), ('closed', 'followed up')], default='draft', max_length=10)),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='challenges', to='registry.organisation')),
                ],
                options={
                    'ordering': ['-closes_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='ContactPoint',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('topics', models.JSONField(blank=True, default=list, help_text='Keys of concepts the person knows; empty: any.')),
                    ('capacity', models.PositiveSmallIntegerField(default=10)),
                    ('valid_from', models.DateField()),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_points', to='accounts.person')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='EngineSetting',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('places', models.PositiveSmallIntegerField(default=10, help_text='Matches a card, at most.')),
                    ('exposure', models.PositiveSmallIntegerField(default=15, help_text='How often a card is shown in all.')),
                    ('across', models.FloatField(default=0.3, help_text='Share of the places kept for other clusters, 0..1.')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='ExpertProfile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('kind', models.CharField(choices=[('person', 'expert'), ('laboratory', 'laboratory')], max_length=10)),
                    ('name', models.CharField(max_length=200)),
                    ('text', models.TextField(max_length=4000)),
                    ('tags', models.JSONField(blank=True, default=list)),
                    ('languages', models.JSONField(blank=True, default=list)),
                    ('website', models.URLField(blank=True, max_length=500)),
                    ('capacity', models.PositiveSmallIntegerField(default=3, help_text='Requests at a time.')),
                    ('agreed_at', models.DateTimeField(blank=True, help_text='When the person agreed to be listed; others are not shown.', null=True)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='expert_profiles', to='registry.organisation')),
                    ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='profiles', to='accounts.person')),
                ],
                options={
                    'ordering': ['name', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Equipment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('name', models.CharField(max_length=200)),
                    ('text', models.TextField(max_length=3000)),
                    ('tags', models.JSONField(blank=True, default=list)),
                    ('market_eur_hour', models.DecimalField(decimal_places=2, help_text='Market price: no state aid.', max_digits=8)),
                    ('member_eur_hour', models.DecimalField(blank=True, decimal_places=2, help_text='Reduced price; the difference is aid.', max_digits=8, null=True)),
                    ('needs_operator', models.BooleanField(default=True)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('laboratory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='equipment', to='matchmaking.expertprofile')),
                ],
                options={
                    'ordering': ['name', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Fair',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('kind', models.CharField(choices=[('fair', 'trade fair'), ('mission', 'business mission')], max_length=8)),
                    ('title', models.CharField(max_length=200)),
                    ('text', models.TextField(blank=True, max_length=2000)),
                    ('place', models.CharField(max_length=200)),
                    ('country', models.CharField(max_length=2)),
                    ('starts_on', models.DateField()),
                    ('ends_on', models.DateField()),
                    ('apply_by', models.DateField()),
                    ('places', models.PositiveSmallIntegerField(default=8)),
                    ('cost_eur', models.DecimalField(decimal_places=2, help_text='Of the joint part: stand, travel.', max_digits=12)),
                    ('subsidy_share', models.DecimalField(decimal_places=3, default=0, help_text='0..1 of own costs.', max_digits=4)),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-starts_on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='FairApplication',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('motive', models.TextField(max_length=1500)),
                    ('first_time', models.BooleanField(default=False, help_text='Its first time in that market.')),
                    ('wants_stand', models.BooleanField(default=True)),
                    ('own_cost_eur', models.DecimalField(decimal_places=2, default=0, max_digits=10)),
                    ('points', models.PositiveSmallIntegerField(default=0, help_text='See rules.fairs.')),
                    ('reasons', models.JSONField(default=list)),
                    ('state', models.CharField(choices=[('sent', 'applied'), ('accepted', 'accepted'), ('refused', 'refused'), ('withdrawn', 'withdrawn'), ('took_part', 'took part')], default='sent', max_length=10)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('fair', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='applications', to='matchmaking.fair')),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fair_applications', to='registry.organisation')),
                ],
                options={
                    'ordering': ['-points', 'created_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='FundingRound',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('text', models.TextField(max_length=2000)),
                    ('stage', models.CharField(choices=[('idea', 'idea'), ('start_up', 'start-up'), ('scale_up', 'scale-up'), ('established', 'established')], max_length=12)),
                    ('fields', models.JSONField(blank=True, default=list)),
                    ('amount_eur', models.DecimalField(decimal_places=2, max_digits=12)),
                    ('readiness', models.JSONField(blank=True, default=dict)),
                    ('papers', models.JSONField(blank=True, default=list, help_text='What lies in the data room; shown once agreed.')),
                    ('is_open', models.BooleanField(default=True)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='funding_rounds', to='registry.organisation')),
                ],
                options={
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Interest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('route', models.CharField(choices=[('search', 'found by oneself'), ('match', 'suggested by the engine'), ('ticket', 'through the single access point'), ('event', 'met at an event'), ('challenge', 'through a challenge'), ('alike', 'firms like mine'), ('staff', 'introduced by cluster staff')], default='search', max_length=10)),
                    ('why', models.TextField(help_text='Why it fits.', max_length=1500)),
                    ('brings', models.TextField(help_text='What the organisation brings.', max_length=1500)),
                    ('expects', models.TextField(blank=True, help_text='What it expects of a first meeting.', max_length=1500)),
                    ('state', models.CharField(choices=[('sent', 'waits for an answer'), ('accepted', 'both are interested'), ('declined', 'declined'), ('withdrawn', 'withdrawn'), ('lapsed', 'never answered'), ('introduced', 'introduced'), ('tied', 'became a tie'), ('ended', 'ended without a tie')], default='sent', max_length=10)),
                    ('answer_by', models.DateField()),
                    ('answered_at', models.DateTimeField(blank=True, null=True)),
                    ('introduced_at', models.DateTimeField(blank=True, null=True)),
                    ('meeting_on', models.DateField(blank=True, null=True)),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('reminded_on', models.DateField(blank=True, null=True)),
                    ('tie', models.CharField(blank=True, choices=[('project', 'joint project'), ('contract', 'contract'), ('hire', 'hire'), ('investment', 'investment'), ('licence', 'licence'), ('visit', 'visit or exchange')], max_length=12)),
                    ('why_not', models.CharField(blank=True, choices=[('no_fit', 'did not fit after all'), ('no_money', 'no money'), ('no_time', 'no time'), ('terms', 'no agreement on terms'), ('other_partner', 'found another partner'), ('silent', 'one side fell silent')], max_length=15)),
                    ('outcome', models.CharField(blank=True, max_length=500)),
                    ('amount_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                    ('card', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interests', to='matchmaking.card')),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interests', to='registry.organisation')),
                    ('own_card', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='own_interests', to='matchmaking.card')),
                    ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.project')),
                ],
                options={
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Juror',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('challenge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='jurors', to='matchmaking.challenge')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='juries', to='accounts.person')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='Lead',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('company', models.CharField(max_length=200)),
                    ('country', models.CharField(max_length=2)),
                    ('quality', models.PositiveSmallIntegerField(default=2, help_text='1 weak, 2 fair, 3 strong.')),
                    ('note', models.CharField(blank=True, max_length=500)),
                    ('noted_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('followed_up_on', models.DateField(blank=True, null=True)),
                    ('result', models.CharField(choices=[('open', 'not followed up yet'), ('talks', 'in talks'), ('order', 'order'), ('lost', 'lost')], default='open', max_length=6)),
                    ('value_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                    ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='leads', to='matchmaking.fairapplication')),
                    ('territory', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.territory')),
                ],
                options={
                    'ordering': ['noted_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='MeetingEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('title', models.CharField(max_length=200)),
                    ('text', models.TextField(blank=True, max_length=2000)),
                    ('place', models.CharField(max_length=200)),
                    ('on', models.DateField()),
                    ('first_slot', models.TimeField()),
                    ('slots', models.PositiveSmallIntegerField(default=8)),
                    ('slot_minutes', models.PositiveSmallIntegerField(default=20)),
                    ('tables', models.PositiveSmallIntegerField(default=6)),
                    ('register_by', models.DateField()),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-on', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Attendee',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('name', models.CharField(max_length=200)),
                    ('looks_for', models.TextField(blank=True, max_length=1000)),
                    ('away', models.JSONField(blank=True, default=list)),
                    ('agreed_to_list', models.BooleanField(default=True, help_text='Others see the name in the list.')),
                    ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.organisation')),
                    ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.person')),
                    ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attendees', to='matchmaking.meetingevent')),
                ],
                options={
                    'ordering': ['name', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Mentee',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('goals', models.TextField(max_length=2000)),
                    ('tags', models.JSONField(blank=True, default=list)),
                    ('stage', models.CharField(blank=True, choices=[('idea', 'idea'), ('start_up', 'start-up'), ('scale_up', 'scale-up'), ('established', 'established')], max_length=12)),
                    ('languages', models.JSONField(blank=True, default=list)),
                    ('is_open', models.BooleanField(default=True)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mentee_requests', to='registry.organisation')),
                ],
                options={
                    'ordering': ['created_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Mentor',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('text', models.TextField(max_length=2000)),
                    ('tags', models.JSONField(blank=True, default=list)),
                    ('languages', models.JSONField(blank=True, default=list)),
                    ('capacity', models.PositiveSmallIntegerField(default=2)),
                    ('is_active', models.BooleanField(default=True)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.organisation')),
                    ('person', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='mentor', to='accounts.person')),
                ],
                options={
                    'ordering': ['person__name', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='MentorConflict',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.CharField(max_length=200)),
                    ('mentor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conflicts', to='matchmaking.mentor')),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.organisation')),
                ],
            ),
            migrations.CreateModel(
                name='MentorTraining',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('module', models.CharField(choices=[('role', "The mentor's role and its limits"), ('listening', 'Asking and listening'), ('conflicts', 'Confidentiality and conflicts of interest'), ('closing', 'Goals, feedback and closing well')], max_length=12)),
                    ('done_on', models.DateField()),
                    ('mentor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trainings', to='matchmaking.mentor')),
                ],
                options={
                    'ordering': ['done_on'],
                },
            ),
            migrations.CreateModel(
                name='NotRelevant',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.CharField(choices=[('other_field', 'another field'), ('too_far', 'too far away'), ('wrong_size', 'not the size we look for'), ('wrong_stage', 'too early or too mature'), ('known', 'we know each other'), ('rival', 'a competitor')], max_length=12)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('card', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='matchmaking.card')),
                    ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refused_by', to='matchmaking.card')),
                ],
                options={
                    'ordering': ['-at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Pair',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('run', models.CharField(blank=True, max_length=16)),
                    ('reasons', models.JSONField(blank=True, default=list)),
                    ('state', models.CharField(choices=[('proposed', 'proposed'), ('active', 'active'), ('ended', 'ended'), ('declined', 'declined')], default='proposed', max_length=10)),
                    ('mentor_agreed_at', models.DateTimeField(blank=True, null=True)),
                    ('mentee_agreed_at', models.DateTimeField(blank=True, null=True)),
                    ('started_on', models.DateField(blank=True, null=True)),
                    ('ended_on', models.DateField(blank=True, null=True)),
                    ('result', models.CharField(blank=True, choices=[('reached', 'goals reached'), ('partly', 'goals partly reached'), ('missed', 'goals not reached'), ('stopped', 'stopped early')], max_length=10)),
                    ('result_note', models.CharField(blank=True, max_length=500)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('mentee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairs', to='matchmaking.mentee')),
                    ('mentor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairs', to='matchmaking.mentor')),
                ],
                options={
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='PairFeedback',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('side', models.CharField(choices=[('mentor', 'mentor'), ('mentee', 'mentee')], max_length=6)),
                    ('rating', models.PositiveSmallIntegerField()),
                    ('text', models.TextField(blank=True, max_length=1000)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('pair', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='matchmaking.pair')),
                ],
                options={
                    'ordering': ['side'],
                },
            ),
            migrations.CreateModel(
                name='PairMeeting',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('on', models.DateField()),
                    ('minutes', models.PositiveSmallIntegerField(default=60)),
                    ('notes', models.TextField(max_length=2000)),
                    ('next_step', models.CharField(blank=True, max_length=300)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('pair', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='meetings', to='matchmaking.pair')),
                ],
                options={
                    'ordering': ['-on', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Plan',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveSmallIntegerField()),
                    ('value', models.FloatField()),
                    ('bound', models.FloatField()),
                    ('wished', models.PositiveIntegerField()),
                    ('kept', models.PositiveIntegerField(default=0, help_text='Meetings of the version before, in the same slot.')),
                    ('dropped', models.PositiveIntegerField(default=0)),
                    ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('why', models.CharField(blank=True, max_length=200)),
                    ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='plans', to='matchmaking.meetingevent')),
                ],
                options={
                    'ordering': ['-version'],
                },
            ),
            migrations.CreateModel(
                name='Meeting',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slot', models.PositiveSmallIntegerField()),
                    ('table', models.PositiveSmallIntegerField()),
                    ('kept', models.BooleanField(default=False)),
                    ('result', models.CharField(blank=True, choices=[('again', 'they will meet again'), ('tie', 'it became a project or contract'), ('nothing', 'nothing came of it'), ('missed', 'it did not take place')], max_length=8)),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='meetings', to='matchmaking.plan')),
                ],
                options={
                    'ordering': ['slot', 'table'],
                },
            ),
            migrations.CreateModel(
                name='Preference',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('side', models.CharField(choices=[('mentor', 'mentor'), ('mentee', 'mentee')], max_length=6)),
                    ('rank', models.PositiveSmallIntegerField()),
                    ('mentee', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='preferences', to='matchmaking.mentee')),
                    ('mentor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='preferences', to='matchmaking.mentor')),
                ],
                options={
                    'ordering': ['side', 'rank'],
                },
            ),
            migrations.CreateModel(
                name='Publication',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=500)),
                    ('year', models.PositiveSmallIntegerField()),
                    ('doi', models.CharField(blank=True, max_length=100)),
                    ('profile', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='publications', to='matchmaking.expertprofile')),
                ],
                options={
                    'ordering': ['-year', 'title'],
                },
            ),
            migrations.CreateModel(
                name='Seat',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slot', models.PositiveSmallIntegerField()),
                    ('attendee', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='matchmaking.attendee')),
                    ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='matchmaking.meeting')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='matchmaking.plan')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='Slot',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('starts_at', models.DateTimeField()),
                    ('hours', models.PositiveSmallIntegerField(default=4)),
                    ('equipment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slots', to='matchmaking.equipment')),
                ],
                options={
                    'ordering': ['starts_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Booking',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('purpose', models.CharField(max_length=500)),
                    ('at_member_price', models.BooleanField(default=False)),
                    ('price_eur', models.DecimalField(decimal_places=2, max_digits=10)),
                    ('aid_eur', models.DecimalField(decimal_places=2, default=0, help_text='Market price less price.', max_digits=10)),
                    ('first_with_research', models.BooleanField(default=False)),
                    ('state', models.CharField(choices=[('asked', 'asked for'), ('confirmed', 'confirmed'), ('used', 'used'), ('refused', 'refused'), ('cancelled', 'cancelled')], default='asked', max_length=10)),
                    ('result', models.CharField(blank=True, max_length=500)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='registry.organisation')),
                    ('slot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='matchmaking.slot')),
                ],
                options={
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Stand',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('hall', models.CharField(max_length=60)),
                    ('area_m2', models.DecimalField(decimal_places=1, max_digits=6)),
                    ('fair', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='stand', to='matchmaking.fair')),
                ],
            ),
            migrations.CreateModel(
                name='Step',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subject', models.CharField(max_length=60)),
                    ('state', models.CharField(max_length=20)),
                    ('note', models.CharField(blank=True, max_length=500)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Team',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('number', models.PositiveSmallIntegerField()),
                    ('name', models.CharField(max_length=120)),
                    ('email', models.EmailField(max_length=254)),
                    ('members', models.JSONField(default=list, help_text='Names.')),
                    ('idea', models.TextField(blank=True, max_length=4000)),
                    ('place', models.PositiveSmallIntegerField(blank=True, help_text='1: the winner.', null=True)),
                    ('points', models.FloatField(blank=True, null=True)),
                    ('challenge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='teams', to='matchmaking.challenge')),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.organisation')),
                ],
                options={
                    'ordering': ['number'],
                },
            ),
            migrations.CreateModel(
                name='JuryScore',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('criterion', models.CharField(max_length=30)),
                    ('points', models.PositiveSmallIntegerField()),
                    ('juror', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='matchmaking.juror')),
                    ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='matchmaking.team')),
                ],
            ),
            migrations.CreateModel(
                name='FollowUp',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('on', models.DateField()),
                    ('result', models.CharField(choices=[('start_up', 'founded a start-up'), ('project', 'joint project'), ('contract', 'contract with the owner of the challenge'), ('hire', 'members were hired'), ('goes_on', 'still working on it'), ('nothing', 'nothing')], max_length=10)),
                    ('note', models.CharField(blank=True, max_length=500)),
                    ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follow_ups', to='matchmaking.team')),
                ],
                options={
                    'ordering': ['-on', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Thesis',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('text', models.TextField(max_length=2000)),
                    ('stages', models.JSONField(default=list)),
                    ('fields', models.JSONField(blank=True, default=list)),
                    ('places', models.JSONField(blank=True, default=list)),
                    ('least_eur', models.DecimalField(decimal_places=2, max_digits=12)),
                    ('most_eur', models.DecimalField(decimal_places=2, max_digits=12)),
                    ('is_active', models.BooleanField(default=True)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='theses', to='registry.organisation')),
                ],
                options={
                    'verbose_name_plural': 'theses',
                    'ordering': ['organisation__name', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Deal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('reasons', models.JSONField(default=list)),
                    ('state', models.CharField(choices=[('suggested', 'suggested'), ('offered', 'offered to the investor'), ('introduced', 'introduced'), ('talks', 'in talks'), ('invested', 'invested'), ('declined', 'declined')], default='suggested', max_length=10)),
                    ('invested_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                    ('note', models.CharField(blank=True, max_length=500)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deals', to='matchmaking.fundinground')),
                    ('thesis', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deals', to='matchmaking.thesis')),
                ],
                options={
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Ticket',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], default='reported', max_length=10)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('code', models.CharField(max_length=12, unique=True)),
                    ('question', models.TextField(max_length=3000)),
                    ('language', models.CharField(default='it', max_length=5)),
                    ('email', models.EmailField(max_length=254)),
                    ('name', models.CharField(max_length=200)),
                    ('firm', models.CharField(blank=True, max_length=200)),
                    ('trl', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('budget_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                    ('wanted_by', models.DateField(blank=True, null=True)),
                    ('first_with_research', models.BooleanField(default=False, help_text='The firm has not worked with a university before (R105).')),
                    ('sender', models.CharField(blank=True, help_text='Keyed hash of the network address; rate limit.', max_length=64)),
                    ('state', models.CharField(choices=[('unconfirmed', 'address not confirmed'), ('open', 'open'), ('contacted', 'in contact'), ('answered', 'answered'), ('closed', 'closed'), ('dropped', 'never confirmed')], default='unconfirmed', max_length=12)),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                    ('promised_on', models.DateField(blank=True, help_text='First contact is promised by this day.', null=True)),
                    ('contacted_at', models.DateTimeField(blank=True, null=True)),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('alarmed_on', models.DateField(blank=True, null=True)),
                    ('outcome', models.CharField(blank=True, choices=[('project', 'joint project'), ('contract', 'contract or order'), ('service', 'a service was used'), ('answer', 'the answer was enough'), ('nothing', 'nothing was found'), ('silent', 'the asker fell silent')], max_length=10)),
                    ('outcome_note', models.CharField(blank=True, max_length=500)),
                    ('amount_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                    ('rating', models.PositiveSmallIntegerField(blank=True, help_text='1..5, by the asker.', null=True)),
                    ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='registry.organisation')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='matchmaking.contactpoint')),
                    ('territory', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.territory')),
                ],
                options={
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='TicketMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('text', models.TextField(max_length=4000)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='matchmaking.ticket')),
                ],
                options={
                    'ordering': ['at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='TicketSuggestion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('document', models.CharField(help_text='Key of the found document, such as equipment:3.', max_length=60)),
                    ('kind', models.CharField(max_length=20)),
                    ('title', models.CharField(max_length=300)),
                    ('url', models.CharField(max_length=300)),
                    ('rank', models.PositiveSmallIntegerField()),
                    ('score', models.FloatField()),
                    ('reasons', models.JSONField(default=list)),
                    ('state', models.CharField(choices=[('found', 'found'), ('proposed', 'proposed to the asker'), ('taken', 'took it on'), ('declined', 'declined')], default='found', max_length=10)),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.organisation')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='suggestions', to='matchmaking.ticket')),
                ],
                options={
                    'ordering': ['rank'],
                },
            ),
            migrations.CreateModel(
                name='Wish',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('must', models.BooleanField(default=False)),
                    ('of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to='matchmaking.attendee')),
                    ('to', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wished_by', to='matchmaking.attendee')),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.AddIndex(
                model_name='card',
                index=models.Index(fields=['state', '-published_at'], name='matchmaking_state_ccd06f_idx'),
            ),
            migrations.AddIndex(
                model_name='card',
                index=models.Index(fields=['organisation', 'state'], name='matchmaking_organis_2949b3_idx'),
            ),
            migrations.AddConstraint(
                model_name='card',
                constraint=models.CheckConstraint(condition=models.Q(('trl_from', None), ('trl_from__range', (1, 9)), _connector='OR'), name='matchmaking_card_trl_from'),
            ),
            migrations.AddConstraint(
                model_name='card',
                constraint=models.CheckConstraint(condition=models.Q(('trl_to', None), ('trl_to__range', (1, 9)), _connector='OR'), name='matchmaking_card_trl_to'),
            ),
            migrations.AddConstraint(
                model_name='card',
                constraint=models.CheckConstraint(condition=models.Q(('trl_from', None), ('trl_to', None), ('trl_to__gte', models.F('trl_from')), _connector='OR'), name='matchmaking_card_trl_in_order'),
            ),
            migrations.AddConstraint(
                model_name='card',
                constraint=models.CheckConstraint(condition=models.Q(('budget_eur', None), ('budget_eur__gte', 0), _connector='OR'), name='matchmaking_card_budget'),
            ),
            migrations.AddConstraint(
                model_name='card',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'published'), _negated=True), models.Q(('expires_on__isnull', False), ('published_at__isnull', False)), _connector='OR'), name='matchmaking_card_published_with_days'),
            ),
            migrations.AddConstraint(
                model_name='challenge',
                constraint=models.CheckConstraint(condition=models.Q(('closes_on__gte', models.F('opens_on')), ('follow_up_on__gt', models.F('closes_on'))), name='matchmaking_challenge_days_in_order'),
            ),
            migrations.AddConstraint(
                model_name='contactpoint',
                constraint=models.UniqueConstraint(fields=('person', 'cluster'), name='matchmaking_contactpoint_once'),
            ),
            migrations.AddConstraint(
                model_name='contactpoint',
                constraint=models.UniqueConstraint(condition=models.Q(('cluster', None)), fields=('person',), name='matchmaking_contactpoint_one_for_all'),
            ),
            migrations.AddConstraint(
                model_name='contactpoint',
                constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='matchmaking_contactpoint_days_in_order'),
            ),
            migrations.AddConstraint(
                model_name='enginesetting',
                constraint=models.CheckConstraint(condition=models.Q(('across__range', (0, 1)), ('exposure__gte', 1), ('places__gte', 1)), name='matchmaking_enginesetting_ranges'),
            ),
            migrations.AddConstraint(
                model_name='expertprofile',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'person'), _negated=True), ('person__isnull', False), _connector='OR'), name='matchmaking_expertprofile_has_person'),
            ),
            migrations.AddConstraint(
                model_name='equipment',
                constraint=models.CheckConstraint(condition=models.Q(('market_eur_hour__gte', 0), models.Q(('member_eur_hour', None), models.Q(('member_eur_hour__gte', 0), ('member_eur_hour__lte', models.F('market_eur_hour'))), _connector='OR')), name='matchmaking_equipment_prices'),
            ),
            migrations.AddConstraint(
                model_name='fair',
                constraint=models.CheckConstraint(condition=models.Q(('apply_by__lte', models.F('starts_on')), ('ends_on__gte', models.F('starts_on'))), name='matchmaking_fair_days_in_order'),
            ),
            migrations.AddConstraint(
                model_name='fair',
                constraint=models.CheckConstraint(condition=models.Q(('cost_eur__gte', 0), ('subsidy_share__range', (0, 1))), name='matchmaking_fair_money'),
            ),
            migrations.AddConstraint(
                model_name='fairapplication',
                constraint=models.UniqueConstraint(fields=('fair', 'organisation'), name='matchmaking_fairapplication_once'),
            ),
            migrations.AddConstraint(
                model_name='fairapplication',
                constraint=models.CheckConstraint(condition=models.Q(('own_cost_eur__gte', 0)), name='matchmaking_fairapplication_cost'),
            ),
            migrations.AddConstraint(
                model_name='fundinground',
                constraint=models.CheckConstraint(condition=models.Q(('amount_eur__gt', 0)), name='matchmaking_fundinground_amount'),
            ),
            migrations.AddConstraint(
                model_name='fundinground',
                constraint=models.UniqueConstraint(condition=models.Q(('is_open', True)), fields=('organisation',), name='matchmaking_fundinground_one_open'),
            ),
            migrations.AddConstraint(
                model_name='interest',
                constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('sent', 'accepted', 'introduced'))), fields=('card', 'organisation'), name='matchmaking_interest_one_open'),
            ),
            migrations.AddConstraint(
                model_name='interest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'tied'), _negated=True), models.Q(('tie', ''), _negated=True), _connector='OR'), name='matchmaking_interest_tie_says_which'),
            ),
            migrations.AddConstraint(
                model_name='interest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'ended'), _negated=True), models.Q(('why_not', ''), _negated=True), _connector='OR'), name='matchmaking_interest_end_says_why'),
            ),
            migrations.AddConstraint(
                model_name='juror',
                constraint=models.UniqueConstraint(fields=('challenge', 'person'), name='matchmaking_juror_once'),
            ),
            migrations.AddConstraint(
                model_name='lead',
                constraint=models.CheckConstraint(condition=models.Q(('quality__range', (1, 3))), name='matchmaking_lead_quality'),
            ),
            migrations.AddConstraint(
                model_name='lead',
                constraint=models.CheckConstraint(condition=models.Q(('result', 'open'), ('followed_up_on__isnull', False), _connector='OR'), name='matchmaking_lead_followed_up'),
            ),
            migrations.AddConstraint(
                model_name='meetingevent',
                constraint=models.CheckConstraint(condition=models.Q(('slot_minutes__gte', 5), ('slots__range', (1, 60)), ('tables__gte', 1)), name='matchmaking_meetingevent_sizes'),
            ),
            migrations.AddConstraint(
                model_name='meetingevent',
                constraint=models.CheckConstraint(condition=models.Q(('register_by__lte', models.F('on'))), name='matchmaking_meetingevent_registered_before'),
            ),
            migrations.AddConstraint(
                model_name='attendee',
                constraint=models.UniqueConstraint(condition=models.Q(('person__isnull', False)), fields=('event', 'person'), name='matchmaking_attendee_once'),
            ),
            migrations.AddConstraint(
                model_name='mentee',
                constraint=models.UniqueConstraint(condition=models.Q(('is_open', True)), fields=('organisation',), name='matchmaking_mentee_one_open'),
            ),
            migrations.AddConstraint(
                model_name='mentorconflict',
                constraint=models.UniqueConstraint(fields=('mentor', 'organisation'), name='matchmaking_mentorconflict_once'),
            ),
            migrations.AddConstraint(
                model_name='mentortraining',
                constraint=models.UniqueConstraint(fields=('mentor', 'module'), name='matchmaking_mentortraining_once'),
            ),
            migrations.AddConstraint(
                model_name='notrelevant',
                constraint=models.UniqueConstraint(fields=('card', 'other'), name='matchmaking_notrelevant_once'),
            ),
            migrations.AddConstraint(
                model_name='notrelevant',
                constraint=models.CheckConstraint(condition=models.Q(('card', models.F('other')), _negated=True), name='matchmaking_notrelevant_not_itself'),
            ),
            migrations.AddConstraint(
                model_name='pair',
                constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('proposed', 'active'))), fields=('mentee',), name='matchmaking_pair_one_mentor'),
            ),
            migrations.AddConstraint(
                model_name='pair',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'active'), _negated=True), models.Q(('mentee_agreed_at__isnull', False), ('mentor_agreed_at__isnull', False)), _connector='OR'), name='matchmaking_pair_both_agreed'),
            ),
            migrations.AddConstraint(
                model_name='pair',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'ended'), _negated=True), models.Q(('result', ''), _negated=True), _connector='OR'), name='matchmaking_pair_ended_with_result'),
            ),
            migrations.AddConstraint(
                model_name='pairfeedback',
                constraint=models.UniqueConstraint(fields=('pair', 'side'), name='matchmaking_pairfeedback_once'),
            ),
            migrations.AddConstraint(
                model_name='pairfeedback',
                constraint=models.CheckConstraint(condition=models.Q(('rating__range', (1, 5))), name='matchmaking_pairfeedback_rating'),
            ),
            migrations.AddConstraint(
                model_name='plan',
                constraint=models.UniqueConstraint(fields=('event', 'version'), name='matchmaking_plan_one_version'),
            ),
            migrations.AddConstraint(
                model_name='meeting',
                constraint=models.UniqueConstraint(fields=('plan', 'slot', 'table'), name='matchmaking_meeting_one_a_table'),
            ),
            migrations.AddConstraint(
                model_name='preference',
                constraint=models.UniqueConstraint(fields=('side', 'mentor', 'mentee'), name='matchmaking_preference_once'),
            ),
            migrations.AddConstraint(
                model_name='seat',
                constraint=models.UniqueConstraint(fields=('plan', 'slot', 'attendee'), name='matchmaking_seat_nobody_twice'),
            ),
            migrations.AddConstraint(
                model_name='slot',
                constraint=models.UniqueConstraint(fields=('equipment', 'starts_at'), name='matchmaking_slot_once'),
            ),
            migrations.AddConstraint(
                model_name='slot',
                constraint=models.CheckConstraint(condition=models.Q(('hours__range', (1, 24))), name='matchmaking_slot_hours'),
            ),
            migrations.AddConstraint(
                model_name='booking',
                constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('asked', 'confirmed', 'used'))), fields=('slot',), name='matchmaking_booking_one_a_slot'),
            ),
            migrations.AddConstraint(
                model_name='stand',
                constraint=models.CheckConstraint(condition=models.Q(('area_m2__gt', 0)), name='matchmaking_stand_area'),
            ),
            migrations.AddIndex(
                model_name='step',
                index=models.Index(fields=['subject', 'at'], name='matchmaking_subject_9e4136_idx'),
            ),
            migrations.AddConstraint(
                model_name='team',
                constraint=models.UniqueConstraint(fields=('challenge', 'number'), name='matchmaking_team_one_number'),
            ),
            migrations.AddConstraint(
                model_name='team',
                constraint=models.UniqueConstraint(fields=('challenge', 'name'), name='matchmaking_team_one_name'),
            ),
            migrations.AddConstraint(
                model_name='juryscore',
                constraint=models.UniqueConstraint(fields=('juror', 'team', 'criterion'), name='matchmaking_juryscore_once'),
            ),
            migrations.AddConstraint(
                model_name='juryscore',
                constraint=models.CheckConstraint(condition=models.Q(('points__range', (0, 10))), name='matchmaking_juryscore_points'),
            ),
            migrations.AddConstraint(
                model_name='thesis',
                constraint=models.CheckConstraint(condition=models.Q(('least_eur__gt', 0), ('most_eur__gte', models.F('least_eur'))), name='matchmaking_thesis_ticket'),
            ),
            migrations.AddConstraint(
                model_name='deal',
                constraint=models.UniqueConstraint(fields=('round', 'thesis'), name='matchmaking_deal_once'),
            ),
            migrations.AddConstraint(
                model_name='deal',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'invested'), _negated=True), ('invested_eur__gt', 0), _connector='OR'), name='matchmaking_deal_invested_amount'),
            ),
            migrations.AddIndex(
                model_name='ticket',
                index=models.Index(fields=['state', 'promised_on'], name='matchmaking_state_c4653a_idx'),
            ),
            migrations.AddIndex(
                model_name='ticket',
                index=models.Index(fields=['sender', 'created_at'], name='matchmaking_sender_6f2884_idx'),
            ),
            migrations.AddConstraint(
                model_name='ticket',
                constraint=models.CheckConstraint(condition=models.Q(('state__in', ('unconfirmed', 'dropped')), models.Q(('owner__isnull', False), ('promised_on__isnull', False)), _connector='OR'), name='matchmaking_ticket_has_owner_and_promise'),
            ),
            migrations.AddConstraint(
                model_name='ticket',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('outcome', ''), _negated=True), _connector='OR'), name='matchmaking_ticket_closed_with_outcome'),
            ),
            migrations.AddConstraint(
                model_name='ticket',
                constraint=models.CheckConstraint(condition=models.Q(('rating', None), ('rating__range', (1, 5)), _connector='OR'), name='matchmaking_ticket_rating'),
            ),
            migrations.AddConstraint(
                model_name='ticketsuggestion',
                constraint=models.UniqueConstraint(fields=('ticket', 'document'), name='matchmaking_ticketsuggestion_once'),
            ),
            migrations.AddConstraint(
                model_name='wish',
                constraint=models.UniqueConstraint(fields=('of', 'to'), name='matchmaking_wish_once'),
            ),
            migrations.AddConstraint(
                model_name='wish',
                constraint=models.CheckConstraint(condition=models.Q(('of', models.F('to')), _negated=True), name='matchmaking_wish_not_itself'),
            ),
        ]),
    ]
