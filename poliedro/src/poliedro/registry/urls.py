from django.urls import path

from poliedro.registry.views import findings, people

app_name = "registry"
urlpatterns = [
    path("my/", people.my_roles, name="my_roles"),
    path("organisations/<int:pk>/delegations/", people.delegations, name="delegations"),
    path("delegations/<int:pk>/end/", people.end, name="end_delegation"),
    path("quality/<int:pk>/explain/", findings.explain, name="explain"),
]
