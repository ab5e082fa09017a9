"""The room's tables."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_ties_and_overrides'),
    ]

    dependencies = [
    ]

    # See Note [Many tables, one rendering] in poliedro.shared.migrating.
    operations = [
        CreateTables(operations=[
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('email', models.EmailField(max_length=254, unique=True)),
                    ('name', models.CharField(blank=True, max_length=200)),
                    ('language', models.CharField(default='it', max_length=5)),
                    ('is_active', models.BooleanField(default=True)),
                    ('joined_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Person',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=200)),
                    ('email', models.EmailField(blank=True, max_length=254)),
                    ('orcid', models.CharField(blank=True, max_length=19)),
                    ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='person', to=settings.AUTH_USER_MODEL)),
                ],
            ),
            migrations.CreateModel(
                name='Consent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('purpose', models.CharField(max_length=60)),
                    ('given_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                    ('wording', models.TextField(blank=True, help_text='The text that the person agreed to.')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='accounts.person')),
                ],
            ),
            migrations.CreateModel(
                name='ConflictOverride',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subject_key', models.CharField(max_length=200)),
                    ('matter_key', models.CharField(db_index=True, max_length=200)),
                    ('reason', models.CharField(max_length=500)),
                    ('first_side', models.CharField(choices=[('coaching', 'coaching'), ('funding', 'funding')], max_length=10)),
                    ('first_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('second_side', models.CharField(blank=True, choices=[('coaching', 'coaching'), ('funding', 'funding')], max_length=10)),
                    ('second_at', models.DateTimeField(blank=True, null=True)),
                    ('refused_at', models.DateTimeField(blank=True, null=True)),
                    ('first_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.person')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overrides', to='accounts.person')),
                    ('second_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.person')),
                ],
                options={
                    'ordering': ['-first_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='ConflictDeclaration',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subject_key', models.CharField(db_index=True, max_length=200)),
                    ('reason', models.CharField(max_length=200)),
                    ('valid_from', models.DateField()),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('declared_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conflicts', to='accounts.person')),
                ],
                options={
                    'ordering': ['-valid_from', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Tie',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('coaches', 'coaches'), ('manages', 'manages'), ('works_for', 'works_for'), ('acts_for', 'acts_for'), ('declared', 'declared'), ('funds', 'funds')], max_length=20)),
                    ('subject_key', models.CharField(db_index=True, max_length=200)),
                    ('employer_key', models.CharField(blank=True, max_length=200)),
                    ('unit', models.CharField(blank=True, max_length=200)),
                    ('origin_key', models.CharField(help_text='What it came from, such as support.case:12.', max_length=200)),
                    ('valid_from', models.DateField()),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ties', to='accounts.person')),
                ],
                options={
                    'ordering': ['-valid_from', 'pk'],
                },
            ),
            migrations.AddConstraint(
                model_name='person',
                constraint=models.UniqueConstraint(condition=models.Q(('orcid', ''), _negated=True), fields=('orcid',), name='accounts_person_one_orcid'),
            ),
            migrations.AddConstraint(
                model_name='consent',
                constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('person', 'purpose'), name='accounts_consent_one_open'),
            ),
            migrations.AddConstraint(
                model_name='conflictoverride',
                constraint=models.CheckConstraint(condition=models.Q(('first_by', models.F('person')), _negated=True), name='accounts_conflictoverride_first_is_another'),
            ),
            migrations.AddConstraint(
                model_name='conflictoverride',
                constraint=models.CheckConstraint(condition=models.Q(('second_by', None), models.Q(models.Q(('second_by', models.F('first_by')), _negated=True), models.Q(('second_by', models.F('person')), _negated=True)), _connector='OR'), name='accounts_conflictoverride_two_people'),
            ),
            migrations.AddConstraint(
                model_name='conflictoverride',
                constraint=models.CheckConstraint(condition=models.Q(('second_by', None), models.Q(('second_side', models.F('first_side')), _negated=True), _connector='OR'), name='accounts_conflictoverride_two_sides'),
            ),
            migrations.AddConstraint(
                model_name='conflictdeclaration',
                constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='accounts_conflictdeclaration_days_in_order'),
            ),
            migrations.AddIndex(
                model_name='tie',
                index=models.Index(fields=['employer_key', 'unit'], name='accounts_tie_unit'),
            ),
            migrations.AddConstraint(
                model_name='tie',
                constraint=models.UniqueConstraint(fields=('person', 'kind', 'subject_key', 'origin_key'), name='accounts_tie_once_an_origin'),
            ),
            migrations.AddConstraint(
                model_name='tie',
                constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='accounts_tie_days_in_order'),
            ),
        ]),
    ]
