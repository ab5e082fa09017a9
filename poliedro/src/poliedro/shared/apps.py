from django.apps import AppConfig


class SharedConfig(AppConfig):
    name = "poliedro.shared"
    label = "shared"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from poliedro.shared.versions import install_stamps

        post_migrate.connect(install_stamps, sender=self, dispatch_uid="poliedro-stamps")
