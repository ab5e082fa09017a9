"""Checklists with which an incubator hands a start-up over."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reference', '0002_names_in_two_languages'),
        ('registry', '0006_place_kept_back'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_on', models.DateField()),
                ('leaves_on', models.DateField()),
                ('opened_on', models.DateField()),
                ('changed_at', models.DateTimeField()),
                ('handed_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('is_synthetic', models.BooleanField(default=False)),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('handed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incubator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hand_overs', to='registry.organisation')),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='own_hand_overs', to='registry.organisation')),
            ],
            options={
                'ordering': ['-leaves_on', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='HandOverCluster',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True)),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('retracted_at', models.DateTimeField(blank=True, null=True)),
                ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hand_overs', to='registry.cluster')),
                ('hand_over', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposed', to='registry.handover')),
                ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HandOverItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True)),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('retracted_at', models.DateTimeField(blank=True, null=True)),
                ('certainty', models.CharField(choices=[('official', 'Official'), ('reported', 'Reported'), ('estimated', 'Estimated'), ('synthetic', 'Synthetic')], max_length=10)),
                ('key', models.SlugField(max_length=40)),
                ('position', models.PositiveSmallIntegerField()),
                ('title_it', models.CharField(max_length=200)),
                ('title_en', models.CharField(max_length=200)),
                ('help_it', models.CharField(blank=True, max_length=300)),
                ('help_en', models.CharField(blank=True, max_length=300)),
                ('is_private', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('open', 'open'), ('done', 'done'), ('not_needed', 'not needed')], default='open', max_length=10)),
                ('note', models.CharField(blank=True, help_text='What was done, or why it is not needed.', max_length=500)),
                ('owner', models.CharField(choices=[('incubator', 'the incubator'), ('start_up', 'the start-up'), ('cluster', 'a cluster')], max_length=10)),
                ('due_on', models.DateField()),
                ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='hand_over_items', to='registry.cluster')),
                ('hand_over', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='registry.handover')),
                ('load', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.load')),
                ('retracted_by', models.ForeignKey(blank=True, help_text='The load that replaced this row, if a load did.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reference.load')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.source')),
                ('stated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['position', 'pk'],
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.UniqueConstraint(fields=('organisation', 'incubator', 'entered_on'), name='registry_handover_one_a_stay'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('leaves_on__gt', models.F('entered_on'))), name='registry_handover_left_later'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_at', None), ('handed_at__isnull', False), _connector='OR'), name='registry_handover_handed_first'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('organisation', models.F('incubator')), _negated=True), name='registry_handover_not_to_itself'),
        ),
        migrations.AddConstraint(
            model_name='handovercluster',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='registry_handovercluster_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'),
        ),
        migrations.AddConstraint(
            model_name='handovercluster',
            constraint=models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='registry_handovercluster_known_in_order'),
        ),
        migrations.AddConstraint(
            model_name='handovercluster',
            constraint=models.UniqueConstraint(condition=models.Q(('retracted_at', None)), fields=('hand_over', 'cluster'), name='registry_handovercluster_once'),
        ),
        migrations.AddConstraint(
            model_name='handoveritem',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='registry_handoveritem_days_in_order', violation_error_message='valid_to must be after valid_from; it is the first day that no longer counts.'),
        ),
        migrations.AddConstraint(
            model_name='handoveritem',
            constraint=models.CheckConstraint(condition=models.Q(('retracted_at', None), ('retracted_at__gte', models.F('recorded_at')), _connector='OR'), name='registry_handoveritem_known_in_order'),
        ),
        migrations.AddConstraint(
            model_name='handoveritem',
            constraint=models.UniqueConstraint(condition=models.Q(('retracted_at', None)), fields=('hand_over', 'key'), name='registry_handoveritem_one_stands'),
        ),
        migrations.AddConstraint(
            model_name='handoveritem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cluster__isnull', False), ('owner', 'cluster')), models.Q(models.Q(('owner', 'cluster'), _negated=True), ('cluster', None)), _connector='OR'), name='registry_handoveritem_cluster_if_its'),
        ),
    ]
