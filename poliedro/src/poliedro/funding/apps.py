from django.apps import AppConfig


class FundingConfig(AppConfig):
    name = "poliedro.funding"
    label = "funding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate
        from django.utils.translation import gettext_lazy as _

        from poliedro.accounts.queries import tell_matters, tell_subjects
        from poliedro.accounts.services import look_again_when_lifted
        from poliedro.funding.models.contracts import GUARDS
        from poliedro.funding.queries.calls import call_as_subject, calls_as_matters, evaluates, matter_of_call
        from poliedro.funding.queries.todos import todos
        from poliedro.funding.rules.permissions import DIFFERENCES, GRANTS
        from poliedro.funding.services.evaluation import lift_recusals
        from poliedro.funding.services.grants import KeptAid
        from poliedro.funding.services.rates import enter_shipped
        from poliedro.registry.permissions import register_permissions
        from poliedro.shared.aid import keep_aid_register
        from poliedro.shared.doors import CALLS, REACH, SIGNED_IN, Door, add_door
        from poliedro.shared.guards import guard
        from poliedro.shared.todos import tell_todos

        guard(*GUARDS)
        post_migrate.connect(enter_shipped, sender=self)
        keep_aid_register(KeptAid())
        register_permissions(GRANTS, DIFFERENCES)
        kept = _("Calls")
        add_door(Door("menu", kept, "funding:calls", order=40, group=CALLS))
        add_door(Door("work", _("Design calls"), "funding:desk", "funding.design_calls", group=kept))
        add_door(Door("work", _("Money of others"), "funding:cofunding", "funding.record_cofunding", group=kept))
        add_door(Door("work", _("My evaluations"), "funding:evaluations", SIGNED_IN, group=kept, when=evaluates))
        add_door(Door("work", _("Hours of shared experts"), "funding:experts", "funding.run_expert_hours", group=kept))
        add_door(Door("organisation", _("Calls that fit"), "funding:fitting", "funding.apply", order=20))
        add_door(Door("organisation", _("State aid"), "funding:aid", "funding.view_aid", order=30))
        may = "funding.view_pipeline"
        add_door(Door("work", _("Start-ups from incubator to cluster"), "funding:pipeline", may, group=kept))
        add_door(Door("cluster", _("Start-ups"), "funding:cluster_pipeline", may, 70, REACH))
        tell_todos("funding", todos)
        tell_matters("funding", matter_of_call, calls_as_matters)
        tell_subjects("funding", call_as_subject)
        look_again_when_lifted("funding", lift_recusals)
        self._open_calls()

    def _open_calls(self) -> None:
        """Calls of others: their doors, and deadlines on "My work"."""
        from django.utils.translation import gettext_lazy as _

        from poliedro.funding.queries.call_todos import call_todos
        from poliedro.funding.services.call_letters import send_call_letters
        from poliedro.registry.permissions import register_permissions
        from poliedro.registry.rules.permissions import Reach, RoleName
        from poliedro.shared.daily import daily
        from poliedro.shared.doors import CALLS, SIGNED_IN, Door, add_door
        from poliedro.shared.todos import tell_todos

        readers = (RoleName.AGENCY_STAFF, RoleName.REGIONAL_OFFICER, RoleName.FUNDING_OFFICER)
        register_permissions({"funding.view_call_reach": dict.fromkeys(readers, Reach.ALL)})
        tell_todos("funding.open_calls", call_todos)
        daily("funding.call_letters", send_call_letters)
        add_door(Door("menu", _("Open calls"), "funding:open_calls", order=65, group=CALLS))
        add_door(Door("work", _("My digest of open calls"), "funding:call_digest", SIGNED_IN, group=_("Me")))
