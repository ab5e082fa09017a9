from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "poliedro.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from poliedro.registry.permissions import register_permissions
        from poliedro.reports.rules.permissions import DIFFERENCES, GRANTS
        from poliedro.shared.doors import RESULTS, Door, add_door

        register_permissions(GRANTS, DIFFERENCES)
        add_door(Door("menu", _("Public value"), "reports:index", order=65, group=RESULTS))
        add_door(Door("work", _("Report desk"), "reports:desk", "reports.edit_report", 40, _("Region's view")))
