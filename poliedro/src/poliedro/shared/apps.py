from django.apps import AppConfig


class SharedConfig(AppConfig):
    name = "poliedro.shared"
    label = "shared"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_migrate
        from django.utils.translation import trans_real

        from poliedro.shared.daily import daily
        from poliedro.shared.guards import put_guards, take_guards
        from poliedro.shared.italian import teach
        from poliedro.shared.stored import drop_old, drop_stored
        from poliedro.shared.versions import install_stamps

        pre_migrate.connect(take_guards, sender=self, dispatch_uid="poliedro-guards-away")
        post_migrate.connect(put_guards, sender=self, dispatch_uid="poliedro-guards")
        post_migrate.connect(install_stamps, sender=self, dispatch_uid="poliedro-stamps")
        post_migrate.connect(drop_stored, sender=self, dispatch_uid="poliedro-stored")
        daily("shared.stored_results", drop_old)
        for part in trans_real.translation("it")._catalog._catalogs:  # type: ignore[attr-defined]
            teach(part)
