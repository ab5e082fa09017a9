from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SurveysConfig(AppConfig):
    name = "poliedro.surveys"
    label = "surveys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from poliedro.registry.permissions import register_permissions, somewhere
        from poliedro.shared.daily import daily
        from poliedro.shared.doors import MEMBERS, SIGNED_IN, Door, add_door
        from poliedro.shared.todos import tell_todos
        from poliedro.surveys.queries.todos import survey_todos
        from poliedro.surveys.rules.permissions import GRANTS
        from poliedro.surveys.services.campaigns import publish_all, write_due

        register_permissions(GRANTS)
        own = somewhere("surveys.assess")
        add_door(Door("work", _("Self-assessments"), "surveys:assessments", SIGNED_IN, 20, _("Me"), when=own))
        add_door(Door("cluster", _("Surveys"), "surveys:surveys", "surveys.view_campaigns", 70, MEMBERS))
        add_door(Door("member", _("Surveys"), "surveys:member_surveys", "surveys.run_campaigns"))
        tell_todos("surveys", survey_todos)
        daily("surveys.aggregates", publish_all)
        daily("surveys.letters", write_due)
        add_door(
            Door(
                "work", _("Surveys of the region"), "surveys:region_surveys", "surveys.view_region_campaigns", 33,
                _("Region's view"),
            )
        )  # fmt: skip
        add_door(Door("work", _("Interviews"), "surveys:interviews", "surveys.code_interviews", 34, _("Region's view")))
        post_migrate.connect(_publish, sender=self)


def _publish(**_signal: Any) -> None:
    """The shipped questionnaires, in every database from its first migrate on."""
    from poliedro.surveys.services.questionnaires import load_questionnaires

    load_questionnaires()
