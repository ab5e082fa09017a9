from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "poliedro.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from poliedro.accounts.held import erase_due
        from poliedro.shared.daily import daily

        daily("accounts.retention", erase_due)
