from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "poliedro.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
