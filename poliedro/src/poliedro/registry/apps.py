from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "poliedro.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from poliedro.registry.permissions import register_permissions

        register_permissions()
