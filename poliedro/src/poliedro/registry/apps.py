from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "poliedro.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from poliedro.registry.permissions import register_permissions

        register_permissions()
        from poliedro.reference.models import Code, Source, Territory
        from poliedro.registry.models import (
            Cluster,
            ClusterDefinition,
            DefinitionCode,
            EffortRecord,
            Lineage,
            MembershipSpell,
            Organisation,
            Participation,
            Project,
            ProjectShare,
            RegisterCount,
            ResearchContract,
        )
        from poliedro.shared.versions import watch

        watch(Code, Territory, Cluster, ClusterDefinition, DefinitionCode, Lineage, Organisation, MembershipSpell)
        watch(Project, ProjectShare, Participation, EffortRecord, ResearchContract, RegisterCount, Source)
