from django.urls import URLPattern, URLResolver, include, path

from poliedro.shared.views import language

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", language, name="set_language"),
    path("", include("poliedro.audit.urls")),
    path("shared/", include("poliedro.shared.urls")),
    path("", include("poliedro.registry.urls")),
    path("", include("poliedro.surveys.urls")),
    path("", include("poliedro.support.urls")),
    path("", include("poliedro.funding.urls")),
    path("", include("poliedro.matchmaking.urls")),
    path("", include("poliedro.monitoring.urls")),
    path("", include("poliedro.reports.urls")),
    path("", include("poliedro.portal.urls")),
]
