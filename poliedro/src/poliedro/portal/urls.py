from django.urls import path

from poliedro.portal.views import clusters, ecosystem, home, organisations, pages, search, tables
from poliedro.portal.views.observatory import card as region_card
from poliedro.portal.views.observatory import options, productivity, relations, runs, space, specialisation, structure

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
    path("observatory/", region_card.overview, name="observatory"),
    path("observatory/specialisation/", specialisation.specialisation, name="specialisation"),
    path("observatory/space/", space.space, name="space"),
    path("observatory/options/", options.options, name="options"),
    path("observatory/options/follow/", runs.follow, name="follow_option"),
    path("observatory/options/<int:pk>/comment/", runs.comment, name="comment_option"),
    path("observatory/variety/", structure.variety, name="variety"),
    path("observatory/complexity/", structure.complexity, name="complexity"),
    path("observatory/partners/", relations.partners, name="partners"),
    path("observatory/between/", relations.between, name="between"),
    path("observatory/what-if/", relations.what_if, name="what_if"),
    path("observatory/productivity/", productivity.productivity, name="productivity"),
    path("observatory/region/", region_card.card, name="card"),
    path("observatory/region.pdf", region_card.card_pdf, name="card_pdf"),
    path("observatory/runs/", runs.runs, name="runs"),
    path("observatory/runs/start/", runs.start, name="start_run"),
    path("observatory/runs/<slug:key>/", runs.run, name="run"),
    path("observatory/runs/<slug:key>/repeat/", runs.repeat, name="repeat_run"),
    path("observatory/runs/<slug:key>/metadata.json", runs.metadata, name="run_metadata"),
    path("observatory/runs/<slug:key>/<slug:name>.<slug:kind>", runs.table, name="run_table"),
    path("health/", pages.health, name="health"),
]
