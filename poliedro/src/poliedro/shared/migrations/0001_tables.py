"""The room's tables, and the engine's own index: FTS5 kept by triggers on SQLite, a generated tsvector with a GIN index on
PostgreSQL."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from poliedro.shared.migrating import CreateTables


SQLITE = """
CREATE VIRTUAL TABLE shared_search_fts USING fts5(folded_title, folded_body, content='shared_searchentry',
  content_rowid='id', prefix='2 3 4', tokenize='unicode61');
CREATE TRIGGER shared_search_ai AFTER INSERT ON shared_searchentry BEGIN
  INSERT INTO shared_search_fts(rowid, folded_title, folded_body) VALUES (new.id, new.folded_title, new.folded_body);
END;
CREATE TRIGGER shared_search_ad AFTER DELETE ON shared_searchentry BEGIN
  INSERT INTO shared_search_fts(shared_search_fts, rowid, folded_title, folded_body)
  VALUES ('delete', old.id, old.folded_title, old.folded_body);
END;
CREATE TRIGGER shared_search_au AFTER UPDATE ON shared_searchentry BEGIN
  INSERT INTO shared_search_fts(shared_search_fts, rowid, folded_title, folded_body)
  VALUES ('delete', old.id, old.folded_title, old.folded_body);
  INSERT INTO shared_search_fts(rowid, folded_title, folded_body) VALUES (new.id, new.folded_title, new.folded_body);
END;
"""
SQLITE_BACK = """
DROP TRIGGER shared_search_ai; DROP TRIGGER shared_search_ad; DROP TRIGGER shared_search_au; DROP TABLE shared_search_fts;
"""
POSTGRESQL = """
ALTER TABLE shared_searchentry ADD COLUMN document tsvector GENERATED ALWAYS AS (
  setweight(to_tsvector('simple', folded_title), 'A') || setweight(to_tsvector('simple', left(folded_body, 200000)), 'D'))
  STORED;
CREATE INDEX shared_searchentry_document ON shared_searchentry USING gin (document);
"""
POSTGRESQL_BACK = "ALTER TABLE shared_searchentry DROP COLUMN document;"


def forwards(apps, editor):
    run(editor, SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL)


def backwards(apps, editor):
    run(editor, SQLITE_BACK if editor.connection.vendor == "sqlite" else POSTGRESQL_BACK)


def run(editor, sql):
    if editor.connection.vendor == "sqlite":
        for statement in split(sql):
            editor.execute(statement)
    else:
        editor.execute(sql)


def split(sql):
    """Statements; those of a trigger end with END."""
    out, current = [], ""
    for part in sql.split(";"):
        current += part
        if "BEGIN" in current and not current.rstrip().endswith("END"):
            current += ";"
            continue
        if current.strip():
            out.append(current.strip() + ";")
        current = ""
    return out


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('shared', '0001_initial'),
        ('shared', '0002_folded_text'),
        ('shared', '0003_full_text'),
        ('shared', '0004_jobs'),
        ('shared', '0005_table_versions'),
        ('shared', '0006_member_relations'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # See Note [Many tables, one rendering] in poliedro.shared.migrating.
    operations = [
        CreateTables(operations=[
            migrations.CreateModel(
                name='Job',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(help_text='Of the task, as it is registered.', max_length=60)),
                    ('title', models.CharField(max_length=200)),
                    ('arguments', models.JSONField(default=dict)),
                    ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=10)),
                    ('done', models.PositiveIntegerField(default=0)),
                    ('total', models.PositiveIntegerField(help_text='Null where nobody knows it.', null=True)),
                    ('message', models.CharField(blank=True, max_length=200)),
                    ('result_url', models.CharField(blank=True, max_length=300)),
                    ('problem', models.CharField(blank=True, help_text='Why it failed, and what to do.', max_length=500)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('heard_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When its worker last gave a sign of life.')),
                    ('finished_at', models.DateTimeField(null=True)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='SearchEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(max_length=30)),
                    ('key', models.CharField(max_length=60)),
                    ('title', models.CharField(max_length=400)),
                    ('body', models.TextField(blank=True)),
                    ('url', models.CharField(max_length=300)),
                    ('visibility', models.CharField(default='public', max_length=60)),
                    ('folded_title', models.CharField(default='', max_length=400)),
                    ('folded_body', models.TextField(default='')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='shared_searchentry_once')],
                },
            ),
            migrations.CreateModel(
                name='TableVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=80)),
                    ('shard', models.IntegerField()),
                    ('stamp', models.BigIntegerField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('name', 'shard'), name='shared_tableversion_one_a_shard')],
                },
            ),
            migrations.CreateModel(
                name='OwnTask',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('due_on', models.DateField(blank=True, null=True)),
                    ('url', models.CharField(blank=True, help_text='Page that it is about; an address of this site.', max_length=300)),
                    ('done_at', models.DateTimeField(blank=True, null=True)),
                    ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['due_on', 'pk'],
                    'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['user'], name='shared_owntask_open')],
                },
            ),
            migrations.CreateModel(
                name='TodoMark',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(help_text='Of the item, such as support.request:12.', max_length=120)),
                    ('until', models.DateField(blank=True, help_text='Back on this day; null: never.', null=True)),
                    ('marked_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='shared_todomark_one_an_item')],
                },
            ),
        ]),
        migrations.RunPython(forwards, backwards),
    ]
