import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poliedro.config.settings")
application = get_wsgi_application()

from poliedro.shared.warm import start_warming  # noqa: E402  (the apps must be loaded)

start_warming()
