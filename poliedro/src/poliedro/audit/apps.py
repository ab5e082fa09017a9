from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "poliedro.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from poliedro.audit.services import anchor_log
        from poliedro.shared.daily import daily
        from poliedro.shared.doors import Door, add_door

        daily("audit.anchor", anchor_log)
        add_door(Door("work", _("Audit log"), "audit:log", "audit.view_log", order=10, group=_("Audit")))
