from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "poliedro.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from poliedro.audit.services import anchor_log
        from poliedro.shared.daily import daily

        daily("audit.anchor", anchor_log)
