"""What was frozen cannot be deleted either, and the trigger guards every column that says what was frozen, extracted
or signed. See Note [Declared before opened]."""

from django.db import migrations

TABLE = "monitoring_studyversion"
MOVED, GONE = "monitoring_studyversion_frozen_stays", "monitoring_studyversion_frozen_is_not_deleted"
FROZEN = ("hash", "declaration", "number", "study_id", "frozen_at", "frozen_by_id", "why", "created_at")
EXTRACTED = ("extract_checksum", "opened_at", "extract_path", "extract_rows", "extract_sources", "certainty", "flow")
SIGNED = ("run_id", "computed_at", "opinion", "signed_at", "signed_by_id")
MOVED_BEFORE = """
    (OLD.hash <> '' AND (NEW.hash <> OLD.hash OR NEW.declaration <> OLD.declaration OR NEW.number <> OLD.number
        OR NEW.study_id <> OLD.study_id OR NEW.frozen_at IS {other} OLD.frozen_at))
    OR (OLD.extract_checksum <> '' AND (NEW.extract_checksum <> OLD.extract_checksum OR NEW.opened_at IS {other} OLD.opened_at))
    OR (OLD.signed_at IS NOT NULL AND (NEW.run_id IS {other} OLD.run_id OR NEW.opinion <> OLD.opinion
        OR NEW.signed_at IS {other} OLD.signed_at))
"""  # noqa: E501
SAYS = "what was frozen, extracted or signed in a study stays as it is; make a new version"
STAYS = "a version of a study that was frozen is kept beside the later ones; it cannot be deleted"


def _moved():
    def any_of(columns):
        return " OR ".join(f"NEW.{c} IS {{other}} OLD.{c}" for c in columns)

    return (
        f"(OLD.hash <> '' AND ({any_of(FROZEN)})) OR (OLD.extract_checksum <> '' AND ({any_of(EXTRACTED)})) "
        f"OR (OLD.signed_at IS NOT NULL AND ({any_of(SIGNED)}))"
    )


def _write(schema_editor, moved):
    """Put the trigger against changes anew, with what counts as one."""
    if schema_editor.connection.vendor == "postgresql":
        condition = moved.format(other="DISTINCT FROM")
        schema_editor.execute(
            f"CREATE OR REPLACE FUNCTION {MOVED}() RETURNS trigger AS $$ BEGIN IF {condition} THEN "
            f"RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
            params=None,
        )
        return
    condition = moved.format(other="NOT")
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {MOVED}", params=None)
    schema_editor.execute(
        f"CREATE TRIGGER {MOVED} BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
        params=None,
    )


def add(apps, schema_editor):
    _write(schema_editor, _moved())
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE FUNCTION {GONE}() RETURNS trigger AS $$ BEGIN IF OLD.hash <> '' THEN RAISE EXCEPTION '{STAYS}' "
            "USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$ LANGUAGE plpgsql",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {GONE} BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {GONE}()", params=None
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {GONE} BEFORE DELETE ON {TABLE} FOR EACH ROW WHEN OLD.hash <> '' "
            f"BEGIN SELECT RAISE(ABORT, '{STAYS}'); END",
            params=None,
        )


def take_away(apps, schema_editor):
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER {GONE}{on}", params=None)
    if on:
        schema_editor.execute(f"DROP FUNCTION {GONE}()", params=None)
    _write(schema_editor, MOVED_BEFORE)


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0003_policy")]
    operations = [migrations.RunPython(add, take_away)]
