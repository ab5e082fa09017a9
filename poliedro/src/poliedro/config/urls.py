from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("poliedro.audit.urls")),
    path("shared/", include("poliedro.shared.urls")),
    path("", include("poliedro.registry.urls")),
    path("", include("poliedro.portal.urls")),
]
