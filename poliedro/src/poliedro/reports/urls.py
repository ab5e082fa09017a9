from django.urls import URLPattern, path

from poliedro.reports import views

app_name = "reports"
urlpatterns: list[URLPattern] = [
    path("value-report/", views.index, name="index"),
    path("value-report/<int:year>/", views.report, name="report"),
    path("value-report/<int:year>/v<int:version>.<slug:kind>", views.file, name="file"),
    path("cockpit/value-report/", views.desk, name="desk"),
    path("cockpit/value-report/<int:pk>/", views.edit, name="edit"),
    path("cockpit/value-report/<int:pk>/publish/", views.publish, name="publish"),
]
