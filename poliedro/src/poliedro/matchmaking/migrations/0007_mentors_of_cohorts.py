import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('matchmaking', '0006_project_of_a_question'),
    ]

    operations = [
        migrations.CreateModel(
            name='CohortMentor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('named_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('agreed_at', models.DateTimeField(blank=True, null=True)),
                ('cohort', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentoring', to='matchmaking.cohort')),
                ('mentor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cohorts', to='matchmaking.mentor')),
            ],
            options={
                'ordering': ['named_at', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('cohort', 'mentor'), name='matchmaking_cohortmentor_once')],
            },
        ),
    ]
