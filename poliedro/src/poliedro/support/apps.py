from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "poliedro.support"
    label = "support"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        self._services()
        self._agency()

    def _agency(self) -> None:
        """The agency's services to managers, joint work and the wall: their part of the matrix, doors, todos, daily."""
        from django.utils.translation import gettext_lazy as _

        from poliedro.accounts.personal import tell_consents, tell_personal
        from poliedro.audit.queries import tell_by_day
        from poliedro.registry.permissions import register_permissions
        from poliedro.shared.access import tell_refusals
        from poliedro.shared.daily import daily
        from poliedro.shared.doors import HELP, SIGNED_IN, Door, add_door
        from poliedro.shared.guards import guard
        from poliedro.shared.todos import tell_todos
        from poliedro.support.models.guards import GUARDS
        from poliedro.support.queries.agency_todos import agency_todos
        from poliedro.support.rules import agency_permissions as agency
        from poliedro.support.services.coaching import erase_old_words
        from poliedro.support.services.daily import look_after_agency
        from poliedro.support.services.joint import index_library_daily
        from poliedro.support.services.personal import coaching_consents, erase_personal, personal_data
        from poliedro.support.services.refusals import log_refusal
        from poliedro.support.services.sealed import TRIES

        guard(*GUARDS)
        tell_by_day("coaching", "need", "profile", "enrolment", "peer_exchange", TRIES, "record_tie", "end_tie")
        tell_refusals("support", log_refusal)
        register_permissions(agency.GRANTS, agency.DIFFERENCES, agency.CONFIDENTIAL)
        tell_todos("support.agency", agency_todos)
        tell_personal("support.agency", personal_data, erase_personal)
        tell_consents("support.agency", coaching_consents)
        daily("support.erase_confidential", erase_old_words)
        daily("support.agency", look_after_agency)
        daily("support.index_library", index_library_daily)
        add_door(Door("menu", _("Library"), "support:library", order=70, group=HELP))
        ours = _("Cluster agency")
        for order, (label, name, permission) in enumerate(
            (
                (_("What the agency does for you"), "support:agency", "support.use_agency"),
                (_("In confidence"), "support:confidence", "support.confide"),
                (_("Courses"), "support:training", "support.use_agency"),
                (_("Colleagues"), "support:peers", "support.use_agency"),
                (_("You said, we did"), "support:suggestions", "support.use_agency"),
                (_("Demand"), "support:demand", "support.view_demand"),
                (_("Contacts of the clusters"), "support:contacts", "support.view_contacts"),
            )
        ):
            add_door(Door("work", label, name, permission, order=10 + order, group=ours))
        together = _("Joint work")
        for order, (label, name, permission) in enumerate(
            (
                (_("Joint programmes"), "support:programmes", "support.view_joint_work"),
                (_("Calendar of joint work"), "support:joint_calendar", "support.view_joint_work"),
                (_("Roundtables"), "support:roundtables", "support.view_joint_work"),
                (_("Incentives"), "support:formulas", "support.view_joint_work"),
                (_("Shared services"), "support:shared_services", "support.share_services"),
            )
        ):
            add_door(Door("work", label, name, permission, order=10 + order, group=together))
        conflicts = _("Conflicts of interest")
        add_door(Door("work", _("My conflicts of interest"), "support:my_conflicts", SIGNED_IN, group=_("Me")))
        add_door(Door("work", _("Overrides"), "support:overrides", "support.see_conflicts", group=conflicts))

    def _services(self) -> None:
        """Catalogue, requests and cases: their part of the matrix, doors, todos and daily round."""
        from django.utils.translation import gettext_lazy as _

        from poliedro.accounts.queries import tell_ties
        from poliedro.registry.permissions import register_permissions
        from poliedro.shared.daily import daily
        from poliedro.shared.doors import HELP, SERVICES, SIGNED_IN, Door, add_door
        from poliedro.shared.todos import tell_todos
        from poliedro.shared.versions import watch
        from poliedro.support.models import Package, PackageStep, Service, ServicePrice
        from poliedro.support.queries.ties import ties_told
        from poliedro.support.rules import catalogue_permissions
        from poliedro.support.services.daily import look_after_services
        from poliedro.support.services.todos import service_todos

        register_permissions(catalogue_permissions.GRANTS, catalogue_permissions.DIFFERENCES)
        watch(Service, ServicePrice, Package, PackageStep)
        add_door(Door("menu", _("Services"), "support:catalogue", order=40, group=HELP))
        add_door(Door("cluster", _("Services"), "support:cluster_services", order=35, group=SERVICES))
        add_door(Door("member", _("Open a case"), "support:new_case", "support.work_cases"))
        add_door(Door("cluster", _("Desk"), "support:desk", "support.work_cases", 36, SERVICES))
        add_door(
            Door("cluster", _("Use of services"), "support:cluster_use", "support.view_service_figures", 37, SERVICES)
        )
        services = _("Services to firms")
        add_door(Door("work", _("Vouchers"), "support:vouchers", "support.follow_requests", order=61, group=_("Me")))
        add_door(Door("work", _("Voucher schemes of the agency"), "support:agency_schemes", "support.manage_catalogue",
                      order=31, group=services))  # fmt: skip
        add_door(Door("work", _("My requests"), "support:mine", SIGNED_IN, order=60, group=_("Me")))
        add_door(Door("work", _("Requests and cases of the agency"), "support:agency_desk", "support.work_cases",
                      order=20, group=services))  # fmt: skip
        add_door(Door("work", _("Catalogue of the agency"), "support:agency_keep", "support.manage_catalogue",
                      order=30, group=services))  # fmt: skip
        add_door(Door("work", _("Use of services in the region"), "support:region_use",
                      "support.view_service_figures", order=40, group=services))  # fmt: skip
        add_door(Door("work", _("Demand that nobody met"), "support:region_unmet",
                      "support.view_service_figures", order=50, group=services))  # fmt: skip
        tell_todos("support.services", service_todos)
        tell_ties("support.cases", ties_told)
        daily("support.services", look_after_services)
