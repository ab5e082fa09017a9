from django.urls import path

from poliedro.registry.views import findings, imports, people, prospects, resolution

app_name = "registry"
urlpatterns = [
    path("clusters/<slug:key>/prospects/", prospects.prospects, name="prospects"),
    path("clusters/<slug:key>/lists/", imports.imports, name="imports"),
    path("lists/<int:pk>/", imports.preview, name="import_preview"),
    path("lists/<int:pk>/rejected.csv", imports.errors, name="import_errors"),
    path("lists/<int:pk>/load/", imports.confirm, name="import_confirm"),
    path("lists/<int:pk>/discard/", imports.discard, name="import_discard"),
    path("lists/<int:pk>/undo/", imports.undo, name="import_undo"),
    path("lists/template/<slug:kind>.<slug:suffix>", imports.template, name="import_template"),
    path("my/", people.my_roles, name="my_roles"),
    path("organisations/<int:pk>/delegations/", people.delegations, name="delegations"),
    path("delegations/<int:pk>/end/", people.end, name="end_delegation"),
    path("quality/<int:pk>/explain/", findings.explain, name="explain"),
    path("matches/", resolution.queue, name="matches"),
    path("matches/look-again/", resolution.look_again, name="look_again"),
    path("matches/<int:pk>/decide/", resolution.decide, name="decide_match"),
    path("merges/<int:pk>/undo/", resolution.undo, name="undo_merge"),
]
