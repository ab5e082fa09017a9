"""Addresses of the room: a list a theme."""

from __future__ import annotations

from django.urls import URLPattern, path

from poliedro.support.views import (
    agency,
    catalogue,
    coaching,
    confidence,
    conflicts,
    desk,
    figures,
    joint,
    keep,
    knowledge,
    training,
)

app_name = "support"
SERVICES: list[URLPattern] = [
    path("services/", catalogue.catalogue, name="catalogue"),
    path("services/plan/", catalogue.suggested, name="plan"),
    path("services/<int:pk>/", catalogue.service, name="service"),
    path("services/<int:pk>/ask/", catalogue.ask, name="ask"),
    path("services/packages/<int:pk>/", catalogue.package, name="package"),
    path("services/packages/<int:pk>/ask/", catalogue.ask_package, name="ask_package"),
    path("services/something-else/", catalogue.ask_other, name="ask_other"),
    path("services/sent/", catalogue.sent, name="sent"),
    path("services/asked/<str:token>/", catalogue.asked, name="asked"),
    path("services/mine/", catalogue.mine, name="mine"),
    path("services/desk/", desk.agency_desk, name="agency_desk"),
    path("services/requests/<int:pk>/", desk.answer, name="answer"),
    path("services/requests/<int:pk>/<slug:action>/", desk.answer_with, name="answer_with"),
    path("services/cases/<int:pk>/", desk.case, name="case"),
    path("services/cases/<int:pk>/<slug:action>/", desk.case_do, name="case_do"),
    path("services/use/", figures.region_use, name="region_use"),
    path("services/unmet/", figures.region_unmet, name="region_unmet"),
    path("services/keep/", keep.agency_keep, name="agency_keep"),
    path("services/keep/new/", keep.agency_new_service, name="agency_new_service"),
    path("services/keep/new-package/", keep.agency_new_package, name="agency_new_package"),
    path("services/<int:pk>/edit/", keep.edit_service, name="edit_service"),
    path("services/<int:pk>/end/", keep.end_service, name="end_service"),
    path("services/packages/<int:pk>/end/", keep.end_package, name="end_package"),
    path("clusters/<slug:key>/services/", catalogue.cluster_services, name="cluster_services"),
    path("clusters/<slug:key>/services/desk/", desk.desk, name="desk"),
    path("clusters/<slug:key>/services/desk/new/", desk.new_case_for, name="new_case_for"),
    path("clusters/<slug:key>/services/desk/new/<int:pk>/", desk.new_case, name="new_case"),
    path("clusters/<slug:key>/services/use/", figures.cluster_use, name="cluster_use"),
    path("clusters/<slug:key>/services/unmet/", figures.cluster_unmet, name="cluster_unmet"),
    path("clusters/<slug:key>/services/keep/", keep.keep, name="keep"),
    path("clusters/<slug:key>/services/keep/new/", keep.new_service, name="new_service"),
    path("clusters/<slug:key>/services/keep/new-package/", keep.new_package, name="new_package"),
]
AGENCY: list[URLPattern] = [
    path("agency/", agency.agency, name="agency"),
    path("agency/material/add/", agency.asset_add, name="asset_add"),
    path("agency/material/<int:pk>/used/", agency.asset_use, name="asset_use"),
    path("agency/suggestions/", agency.suggestions, name="suggestions"),
    path("agency/suggestions/<int:pk>/answer/", agency.suggestion_answer, name="suggestion_answer"),
    path("agency/capability/", agency.capability, name="capability"),
    path("agency/providers/add/", agency.provider_add, name="provider_add"),
    path("agency/demand/", agency.demand, name="demand"),
    path("agency/colleagues/", agency.peers, name="peers"),
    path("agency/colleagues/<int:pk>/ask/", agency.peer_ask, name="peer_ask"),
    path("agency/colleagues/<int:pk>/met/", agency.peer_met, name="peer_met"),
    path("agency/contacts/", agency.contacts, name="contacts"),
    path("agency/contacts/<slug:key>/", agency.contact, name="contact"),
    path("agency/courses/", training.training, name="training"),
    path("agency/courses/new/", training.course_new, name="course_new"),
    path("agency/courses/<int:pk>/", training.course, name="course"),
    path("agency/courses/<int:pk>/run/", training.course_run, name="course_run"),
    path("agency/certificates/<int:pk>.pdf", training.certificate, name="certificate"),
]
CONFIDENCE: list[URLPattern] = [
    path("in-confidence/", confidence.confidence, name="confidence"),
    path("in-confidence/grid/", confidence.profile, name="profile"),
    path("in-confidence/needs/<int:pk>/", confidence.need, name="need"),
    path("in-confidence/needs/<int:pk>/remove/", confidence.need_remove, name="need_remove"),
    path("in-confidence/cases/<int:pk>/", coaching.coaching, name="coaching"),
    path("in-confidence/cases/<int:pk>/move/", coaching.coaching_move, name="coaching_move"),
    path("in-confidence/cases/<int:pk>/feedback/", coaching.coaching_feedback, name="coaching_feedback"),
    path("in-confidence/actions/<int:pk>/done/", coaching.coaching_action_done, name="coaching_action_done"),
    path("in-confidence/documents/<int:pk>/", coaching.coaching_document, name="coaching_document"),
]
CONFLICTS: list[URLPattern] = [
    path("conflicts/", conflicts.overrides, name="overrides"),
    path("conflicts/mine/", conflicts.my_conflicts, name="my_conflicts"),
    path("conflicts/mine/<int:pk>/withdraw/", conflicts.conflict_withdraw, name="conflict_withdraw"),
    path("conflicts/<int:pk>/agree/", conflicts.override_agree, name="override_agree"),
    path("conflicts/<int:pk>/refuse/", conflicts.override_refuse, name="override_refuse"),
]
JOINT: list[URLPattern] = [
    path("joint/", joint.programmes, name="programmes"),
    path("joint/<int:pk>/", joint.programme, name="programme"),
    path("joint/calendar/", joint.joint_calendar, name="joint_calendar"),
    path("joint/calendar/joint-work.ics", joint.joint_ics, name="joint_ics"),
    path("joint/roundtables/", joint.roundtables, name="roundtables"),
    path("joint/roundtables/<int:pk>/", joint.roundtable, name="roundtable"),
    path("joint/incentives/", joint.formulas, name="formulas"),
    path("joint/incentives/<int:pk>/", joint.formula, name="formula"),
    path("joint/services/", joint.shared_services, name="shared_services"),
    path("joint/services/<int:pk>/", joint.shared_service, name="shared_service"),
    path("library/", knowledge.library, name="library"),
    path("library/new/", knowledge.knowledge_new, name="knowledge_new"),
    path("library/<int:pk>/", knowledge.knowledge_item, name="knowledge_item"),
]
urlpatterns: list[URLPattern] = [*SERVICES, *AGENCY, *CONFIDENCE, *CONFLICTS, *JOINT]
