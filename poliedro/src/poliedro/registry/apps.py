from importlib import import_module

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "poliedro.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from poliedro.registry.permissions import register_permissions

        register_permissions()
        from poliedro.accounts.queries import tell_subjects, tell_ties
        from poliedro.registry.queries.ties import places_told, subject_told, ties_told

        tell_ties("registry", ties_told, places_told)
        tell_subjects("registry", subject_told)
        from django.utils.translation import gettext_lazy as _

        from poliedro.reference.models import Classification, Code, Load, Source, Territory
        from poliedro.registry.models import (
            Cluster,
            ClusterDefinition,
            ClusterProfile,
            Contact,
            DefinitionCode,
            Delivery,
            EffortRecord,
            FeeInvoice,
            FeePayment,
            FieldVisibility,
            FinancialStatement,
            Interaction,
            Lineage,
            ManagementOrganisation,
            Mandate,
            MembershipSpell,
            Organisation,
            Participation,
            Project,
            ProjectShare,
            ProjectTerms,
            RegisterCount,
            RegisteredFirm,
            ResearchContract,
            RevenueLine,
            StaffAssignment,
            Standing,
        )
        from poliedro.shared.doors import MEMBERS, MONEY, OVERVIEW, REACH, SIGNED_IN, Door, add_door
        from poliedro.shared.versions import watch

        for group, label, name, permission, order in (
            (OVERVIEW, _("Name and type"), "registry:profiles", "registry.edit_clusters", 20),
            (MEMBERS, _("Member list"), "registry:member_list", "registry.view_member_file", 25),
            (MEMBERS, _("Applications"), "registry:applications", "registry.view_member_file", 30),
            (MEMBERS, _("Hand-overs"), "registry:received_hand_overs", "registry.receive_hand_overs", 32),
            (MEMBERS, _("Fees"), "registry:fees", "registry.manage_fees", 35),
            (MEMBERS, _("Membership trend"), "registry:trend", "registry.view_membership_trend", 40),
            (MEMBERS, _("Lists"), "registry:imports", "registry.import_members", 90),
            (REACH, _("Gaps in coverage"), "registry:gaps", "registry.view_prospects", 40),
            (REACH, _("Prospects"), "registry:prospects", "registry.view_prospects", 50),
            (REACH, _("Outreach"), "registry:outreach", "registry.view_outreach", 60),
            (MONEY, _("Staff"), "registry:staff", "registry.view_roster", 60),
            (MONEY, _("Account lines"), "registry:accounts", "registry.view_account_lines", 55),
        ):
            add_door(Door("cluster", label, name, permission, order, group))
        add_door(
            Door("organisation", _("Financial statements"), "registry:statements", "registry.view_statements", order=60)
        )
        add_door(
            Door("organisation", _("Who sees what"), "registry:visibility", "registry.edit_organisation", order=60)
        )
        add_door(Door("organisation", _("What it was"), "registry:standings", "registry.edit_organisation", order=70))
        add_door(
            Door("organisation", _("Who acts for it"), "registry:delegations", "registry.grant_delegation", order=80)
        )
        add_door(
            Door("organisation", _("Who read our data"), "registry:reads", "audit.view_reads_of_own_data", order=85)
        )
        add_door(Door("project", _("Correct"), "registry:terms", "registry.correct_projects", order=80))
        add_door(Door("project", _("Parts of clusters"), "registry:shares", "registry.correct_projects", order=85))
        add_door(Door("organisation", _("Memberships"), "registry:own_memberships", "registry.apply_for_membership"))
        add_door(Door("organisation", _("Membership fees"), "registry:own_invoices", "registry.view_own_invoices"))
        add_door(Door("organisation", _("Our productivity"), "registry:own_position", "registry.view_own_position"))
        add_door(
            Door(
                "work", _("Productivity tail"), "registry:productivity_tail", "registry.view_productivity_tail",
                group=_("Region"),
            )
        )  # fmt: skip
        add_door(
            Door(
                "work", _("Targets of the clusters"), "registry:targets", "registry.view_outreach", 34,
                _("Region's view"),
            )
        )  # fmt: skip
        from poliedro.registry.queries.hand_overs import pages_of_hand_overs

        add_door(
            Door(
                "work", _("Hand-overs"), "registry:hand_overs", SIGNED_IN, group=_("My organisation"),
                things=pages_of_hand_overs,
            )
        )  # fmt: skip
        add_door(Door("work", _("My roles"), "registry:my_roles", SIGNED_IN, group=_("Me")))
        add_door(
            Door(
                "work", _("Incomplete profiles"), "registry:incomplete", "registry.explain_findings",
                group=_("Register"),
            )
        )  # fmt: skip
        add_door(Door("work", _("Double entries"), "registry:matches", "registry.review_matches", group=_("Register")))

        for query in ("backing", "coverage", "niches", "quotients", "towns"):  # so that the worker keeps theirs ready
            import_module(f"poliedro.registry.queries.{query}")
        from poliedro.registry.queries.hand_over_todos import hand_over_todos
        from poliedro.registry.queries.todos import member_todos, steward_todos
        from poliedro.registry.tasks import refresh_memberships
        from poliedro.shared.daily import daily
        from poliedro.shared.todos import tell_todos

        tell_todos("registry.members", member_todos)
        tell_todos("registry.steward", steward_todos)
        tell_todos("registry.hand_overs", hand_over_todos)
        daily("registry.memberships", refresh_memberships)
        watch(Code, Territory, Cluster, ClusterDefinition, DefinitionCode, Lineage, Organisation, MembershipSpell)
        watch(Project, ProjectShare, Participation, EffortRecord, ResearchContract, RegisterCount, Source)
        watch(Contact, Interaction, FeeInvoice, FeePayment, FieldVisibility)
        watch(Load, Mandate, ManagementOrganisation, RegisteredFirm, Classification)
        watch(ClusterProfile, ProjectTerms, Standing, Delivery, StaffAssignment, RevenueLine, FinancialStatement)
