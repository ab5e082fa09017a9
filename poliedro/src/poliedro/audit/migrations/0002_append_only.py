"""Triggers that keep the log append-only for whoever speaks to the database itself. See Note [Who guards the log]."""

from django.db import migrations

NAME = "audit_logentry_append_only"
SAYS = "the audit log is append-only; rows are never changed or deleted"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE FUNCTION {NAME}() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{SAYS}' "
            "USING ERRCODE = 'check_violation'; END $$ LANGUAGE plpgsql",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE OR DELETE ON audit_logentry FOR EACH ROW EXECUTE FUNCTION {NAME}()",
            params=None,
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON audit_logentry BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
            params=None,
        )


def take_away(apps, schema_editor):
    on = " ON audit_logentry" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER {NAME}{on}", params=None)
    if on:
        schema_editor.execute(f"DROP FUNCTION {NAME}()", params=None)


class Migration(migrations.Migration):

    dependencies = [("audit", "0001_tables")]
    operations = [migrations.RunPython(add, take_away)]
