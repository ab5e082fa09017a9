from django.urls import path

from poliedro.portal.views import clusters, ecosystem, home, organisations, pages, search, tables

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("clusters/", clusters.directory, name="clusters"),
    path("clusters/<slug:key>/", clusters.cluster, name="cluster"),
    path("organisations/", organisations.directory, name="organisations"),
    path("organisations.csv", organisations.download, name="organisations_csv"),
    path("organisations/<int:pk>/", organisations.organisation, name="organisation"),
    path("projects/<int:pk>/", organisations.project, name="project"),
    path("ecosystem/", ecosystem.ecosystem, name="ecosystem"),
    path("tables/", tables.tables, name="tables"),
    path("network/", ecosystem.network, name="network"),
    path("quality/", pages.quality, name="quality"),
    path("sources/", pages.sources, name="sources"),
    path("search/", search.results, name="search"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("health/", pages.health, name="health"),
]
