from django.urls import path

from poliedro.surveys.views import campaigns, filling, interviews, results

app_name = "surveys"
urlpatterns = [
    path("surveys/", filling.assessments, name="assessments"),
    path("surveys/start/<int:pk>/<int:version>/", filling.start, name="start"),
    path("surveys/<int:pk>/<int:number>/", filling.section, name="section"),
    path("surveys/<int:pk>/hand-in/", filling.hand_in, name="hand_in"),
    path("surveys/<int:pk>/result/", results.result, name="result"),
    path("surveys/<int:pk>/keep-step/", results.keep_step, name="keep_step"),
    path("invitations/<str:token>/", filling.invited, name="invited"),
    path("invitations/<str:token>/<int:number>/", filling.invited_section, name="invited_section"),
    path("invitations/<str:token>/hand-in/", filling.invited_hand_in, name="invited_hand_in"),
    path("clusters/<slug:key>/surveys/", campaigns.surveys, name="surveys"),
    path("clusters/<slug:key>/manage/<int:pk>/surveys/", campaigns.member_surveys, name="member_surveys"),
    path("cockpit/surveys/", campaigns.region_surveys, name="region_surveys"),
    path("cockpit/surveys/<int:pk>/", campaigns.region_campaign, name="region_campaign"),
    path("cockpit/surveys/<int:pk>/remind/", campaigns.region_remind, name="region_remind"),
    path("cockpit/surveys/follow-ups/<int:pk>/done/", campaigns.region_follow_up_done, name="region_follow_up_done"),
    path("cockpit/interviews/", interviews.interviews, name="interviews"),
    path("cockpit/interviews/<int:pk>/", interviews.interview, name="interview"),
    path("cockpit/interviews/codes/<int:pk>/", interviews.codebook, name="codebook"),
    path("surveys/campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("surveys/campaigns/<int:pk>/links.csv", campaigns.links, name="links"),
    path("surveys/campaigns/<int:pk>/remind/", campaigns.remind, name="remind"),
    path("surveys/follow-ups/<int:pk>/done/", campaigns.follow_up_done, name="follow_up_done"),
]
