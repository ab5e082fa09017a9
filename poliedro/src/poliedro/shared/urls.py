from django.urls import path

from poliedro.shared import views

app_name = "shared"
urlpatterns = [
    path("theme.css", views.theme, name="theme"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:pk>/", views.job, name="job"),
    path("gallery/", views.gallery, name="gallery"),
]
