"""What official files state of projects' money and beneficiaries."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


class Migration(migrations.Migration):

    dependencies = [
        ('reference', '0001_tables'),
        ('registry', '0003_applications'),
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='ProjectSpending',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                    ('stated_on', models.DateField(help_text='The day that the amounts speak of.')),
                    ('committed_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                    ('paid_eur', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                    ('beneficiary', models.CharField(blank=True, max_length=300)),
                    ('beneficiary_tax_code', models.CharField(blank=True, max_length=20)),
                    ('cycle', models.CharField(blank=True, max_length=80)),
                    ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                    ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spending', to='registry.project')),
                    ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ],
                options={
                    'verbose_name_plural': 'project spending',
                    'abstract': False,
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='registry_projectspending_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'), models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='registry_projectspending_known_in_order'), models.UniqueConstraint(condition=models.Q(('retracted_at', None)), fields=('project', 'stated_on'), name='registry_projectspending_one_a_day')],
                },
            ),
        ]),
    ]
