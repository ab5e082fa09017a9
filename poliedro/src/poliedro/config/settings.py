"""Settings, all from the environment; the defaults run the demonstration on one machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, str(int(default))).lower() in {"1", "true", "yes", "on"}


VAR = Path(os.environ.get("POLIEDRO_VAR", "var")).resolve()
"""Where the site keeps what it makes: database, evidence store, built documents, secret key."""

DATA = Path(os.environ["POLIEDRO_DATA"]).resolve() if os.environ.get("POLIEDRO_DATA") else None
"""Folder of real open data, if there is one."""

REGION = os.environ.get("POLIEDRO_REGION", "piedmont")
"""Name of a region shipped with the platform, or the path of a region's configuration file."""

DEBUG = _flag("POLIEDRO_DEBUG", False)
DEMO = _flag("POLIEDRO_DEMO", False)
"""True where the site shows the demonstration logins on the sign-in page."""


def _secret_key() -> str:
    """The key from POLIEDRO_SECRET_KEY, or one made once and kept in VAR with rights for the owner alone."""
    if key := os.environ.get("POLIEDRO_SECRET_KEY"):
        return key
    from django.core.management.utils import get_random_secret_key

    VAR.mkdir(parents=True, exist_ok=True)
    path = VAR / "secret_key"
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(get_random_secret_key())
    return path.read_text()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("POLIEDRO_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
EMBEDDING_MODEL = os.environ.get("POLIEDRO_EMBEDDING_MODEL", "")
"""Folder of a static sentence-embedding model for the search (matchmaking/runs/embedding.py); empty: none."""
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("POLIEDRO_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "modeltranslation",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "simple_history",
    "rules",
    "axes",
    "csp",
    "poliedro.accounts",  # before allauth: it dresses allauth's pages
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "poliedro.shared",
    "poliedro.audit",
    "poliedro.reference",
    "poliedro.registry",
    "poliedro.surveys",
    "poliedro.evidence",
    "poliedro.support",
    "poliedro.funding",
    "poliedro.matchmaking",
    "poliedro.monitoring",
    "poliedro.reports",
    "poliedro.portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "poliedro.shared.versions.reading",
]

ROOT_URLCONF = "poliedro.config.urls"
WSGI_APPLICATION = "poliedro.config.wsgi.application"
ASGI_APPLICATION = "poliedro.config.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "poliedro.shared.context.site",
            ],
            "builtins": ["poliedro.shared.templatetags.poliedro"],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{VAR / 'poliedro.sqlite3'}", conn_max_age=600
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536; "
            "PRAGMA secure_delete=ON; "  # what is erased is gone from the file, too
            "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
        ),
    }
else:
    # Its compiler costs a page's query more than it saves: 0.6 of 0.8 s for who the members are.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/today/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_ADAPTER = "poliedro.accounts.adapters.AccountAdapter"
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLED = _flag("POLIEDRO_LOCKOUT", True)

LANGUAGE_CODE = os.environ.get("POLIEDRO_LANGUAGE", "it")
LANGUAGES = [("it", "Italiano"), ("en", "English")]
MODELTRANSLATION_DEFAULT_LANGUAGE = "it"
MODELTRANSLATION_FALLBACK_LANGUAGES = {"default": ("it", "en")}
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = os.environ.get("POLIEDRO_TIME_ZONE", "Europe/Rome")
USE_TZ = True

# Letters go to the server in POLIEDRO_SMTP (host or host:port); without one, into files of VAR/mail.
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
if SMTP := os.environ.get("POLIEDRO_SMTP"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, _separator, _port = SMTP.partition(":")
    EMAIL_PORT = int(_port or 25)
    EMAIL_HOST_USER = os.environ.get("POLIEDRO_SMTP_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("POLIEDRO_SMTP_PASSWORD", "")
    EMAIL_USE_TLS = _flag("POLIEDRO_SMTP_TLS", False)
DEFAULT_FROM_EMAIL = os.environ.get("POLIEDRO_FROM", "poliedro@localhost")

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 2**20
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.insert(0, "django.forms")

PERSONAL_REGISTER = "poliedro.config.personal.HELD"
LOG_VERBS, LOG_STEPS = "poliedro.config.log_verbs.VERBS", "poliedro.config.log_verbs.STEPS"
LOG_KINDS = "poliedro.config.log_kinds.KINDS"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
if _flag("POLIEDRO_HTTPS", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31536000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("POLIEDRO_LOG", "WARNING")},
}
