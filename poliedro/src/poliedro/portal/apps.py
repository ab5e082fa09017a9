from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "poliedro.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from poliedro.shared.doors import MEMBERS, OVERVIEW, REACH, RESULTS, WHO, Door, add_door

        add_door(Door("menu", _("Clusters"), "portal:clusters", order=10, group=WHO))
        add_door(Door("menu", _("Organisations"), "portal:organisations", order=20, group=WHO))
        add_door(Door("menu", _("Who helps whom"), "portal:ecosystem", order=30, group=WHO))
        add_door(Door("menu", _("Figures"), "portal:tables", order=60, group=RESULTS))
        add_door(Door("menu", _("Network"), "portal:network", order=70, group=WHO))
        add_door(Door("menu", _("Observatory"), "portal:observatory", order=80, group=RESULTS))
        add_door(Door("cluster", _("Overview"), "portal:cluster", order=10, group=OVERVIEW))
        add_door(Door("cluster", _("Members"), "portal:cluster_members", order=20, group=MEMBERS))
        add_door(Door("cluster", _("Coverage"), "portal:cluster_coverage", order=30, group=REACH))
