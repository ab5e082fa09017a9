"""Settings of the tests: the real ones, made loud and quick."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("POLIEDRO_SECRET_KEY", "a key for tests alone")

from poliedro.config.settings import *  # noqa: F403
from poliedro.config.settings import DATABASES, TEMPLATES

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
VAR = Path(tempfile.gettempdir()) / f"poliedro-test-{os.getuid()}" / RUN / WORKER
VAR.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = VAR / "media"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(exist_ok=True)


class UndefinedVariable(AssertionError):
    """A template used a name that its view does not pass."""


class _Loud(str):
    """Fails where Django would print nothing. The empty text is what filters such as `default` see."""

    def __contains__(self, key: object) -> bool:
        return key == "%s"

    def __mod__(self, name: object) -> str:
        raise UndefinedVariable(f"the template uses {name!s}, which is not in its context")


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = _Loud("")
TEMPLATES[0]["OPTIONS"]["debug"] = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
    )
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
DEMO = False
REGION = "piedmont"
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
