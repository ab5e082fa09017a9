"""The engine's own index: FTS5 kept by triggers on SQLite, a generated tsvector with a GIN index on PostgreSQL."""

from django.db import migrations

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
    dependencies = [("shared", "0002_folded_text")]
    operations = [migrations.RunPython(forwards, backwards)]
