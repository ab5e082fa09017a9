"""Addresses of the room: a list a theme."""

from __future__ import annotations

from django.urls import URLPattern, path

from poliedro.monitoring.views import activity, benchmark, campaigns, cockpit, lifecycle, money, stress
from poliedro.monitoring.views.impact import firms, results, studies
from poliedro.monitoring.views.policy import indicators, logic, mix, nodes, objectives, reports, spending

app_name = "monitoring"
HEALTH: list[URLPattern] = [
    path("cockpit/", cockpit.show_cockpit, name="cockpit"),
    path("cockpit/life-cycles/", lifecycle.board, name="life_cycles"),
    path("cockpit/life-cycles/run/", lifecycle.run, name="run_life_cycles"),
    path("clusters/<slug:key>/life-cycle/", lifecycle.lifecycle, name="lifecycle"),
    path("clusters/<slug:key>/life-cycle/judge/", lifecycle.override, name="override_stage"),
    path("clusters/<slug:key>/life-cycle/withdraw/", lifecycle.withdraw, name="withdraw_override"),
    path("tables/rd/", activity.rd, name="rd"),
    path("cockpit/benchmark/", benchmark.benchmarks, name="benchmarks"),
    path("cockpit/benchmark/publish/", benchmark.publish, name="publish_benchmark"),
    path("clusters/<slug:key>/benchmark/", benchmark.benchmark, name="benchmark"),
    path("clusters/<slug:key>/self-check/", benchmark.self_check, name="self_check"),
    path("evidence/<int:pk>/", benchmark.evidence, name="evidence"),
    path("cockpit/campaigns/", campaigns.board, name="campaigns"),
    path("cockpit/campaigns/new/", campaigns.create, name="create_campaign"),
    path("cockpit/campaigns/<slug:campaign>/", campaigns.campaign, name="campaign"),
    path("cockpit/campaigns/<slug:campaign>/open/", campaigns.start, name="open_campaign"),
    path("cockpit/campaigns/<slug:campaign>/remind/", campaigns.remind, name="remind"),
    path("cockpit/campaigns/<slug:campaign>/close/", campaigns.close, name="close_campaign"),
    path("cockpit/campaigns/<slug:campaign>/<slug:key>/", campaigns.reply, name="reply"),
    path("clusters/<slug:key>/campaigns/", campaigns.of_cluster, name="cluster_campaigns"),
    path("clusters/<slug:key>/campaigns/<slug:campaign>/", campaigns.answer_form, name="answer_form"),
    path("answers/<int:pk>/", campaigns.answer, name="answer"),
]
STUDY = "impact/<slug:key>/<int:number>/"
IMPACT: list[URLPattern] = [
    path("impact/", studies.studies, name="studies"),
    path("impact/new/", studies.new, name="new_study"),
    path("impact/start-ups/", firms.startups, name="startups"),
    path("impact/compute/<slug:what>/", firms.run_firms, name="run_firms"),
    path(STUDY, results.study, name="study"),
    path(f"{STUDY}declare/<slug:step>/", studies.declare, name="declare"),
    path(f"{STUDY}freeze/", studies.freeze, name="freeze_study"),
    path(f"{STUDY}run/", studies.run, name="run_study"),
    path(f"{STUDY}revise/", studies.revise, name="revise_study"),
    path(f"{STUDY}sign/", studies.sign, name="sign_study"),
    path(f"{STUDY}report/draw/", results.draw, name="draw_papers"),
    path(f"{STUDY}report.<slug:kind>", results.report, name="study_report"),
    path(f"{STUDY}room/", results.data_room, name="data_room"),
    path(f"{STUDY}room/open/", studies.open_room, name="open_data_room"),
    path(f"{STUDY}room/<slug:what>/", results.room_file, name="room_file"),
]
MONEY: list[URLPattern] = [
    path("money/", money.region_money, name="region_money"),
    path("clusters/<slug:key>/money/", money.money, name="money"),
    path("clusters/<slug:key>/stress/", stress.stress_test, name="stress"),
    path("clusters/<slug:key>/stress/keep/", stress.save, name="save_scenario"),
    path("stress/", stress.scenarios, name="scenarios"),
    path("stress/<int:pk>/", stress.scenario, name="scenario"),
]
POLICY: list[URLPattern] = [
    path("policy/", logic.policy, name="policy"),
    path("policy/nodes/new/<slug:kind>/", nodes.new_node, name="new_policy_node"),
    path("policy/nodes/<slug:node>/", nodes.node, name="policy_node"),
    path("policy/nodes/<slug:node>/revise/", nodes.revise, name="revise_policy_node"),
    path("policy/nodes/<slug:node>/end/", nodes.end, name="end_policy_node"),
    path("policy/new-indicator/", indicators.new_indicator, name="new_policy_indicator"),
    path("policy/indicators/<slug:indicator>/", indicators.indicator, name="policy_indicator"),
    path("policy/indicators/<slug:indicator>/revise/", indicators.revise_goal, name="revise_policy_indicator"),
    path("policy/indicators/<slug:indicator>/observe/", indicators.observe, name="observe"),
    path("policy/indicators/<slug:indicator>/end/", indicators.end_following, name="end_policy_indicator"),
    path("policy/reports/", reports.all_reports, name="policy_reports"),
    path("policy/reports/<int:year>/<int:quarter>/", reports.report, name="policy_report"),
    path("policy/reports/<int:year>/<int:quarter>/publish/", reports.publish, name="publish_policy_report"),
    path(
        "policy/reports/<int:year>/<int:quarter>/v<int:version>.<slug:kind>",
        reports.report_file,
        name="policy_report_file",
    ),
    path("policy/mix/", mix.mix, name="policy_mix"),
    path("policy/mix/propose/", mix.propose, name="propose_measure"),
    path("policy/mix/<slug:measure>/adopt/", mix.adopt, name="adopt_measure"),
    path("policy/mix/<slug:measure>/drop/", mix.drop, name="drop_measure"),
    path("policy/s3/", spending.s3, name="s3"),
    path("policy/s3/reconciliation/", spending.reconciliation, name="reconciliation"),
    path("policy/s3/reconciliation/run/", spending.run, name="run_reconciliation"),
    path("policy/objectives/", objectives.objectives, name="objectives"),
    path("policy/objectives/projects/", objectives.tag, name="tag_projects"),
    path("policy/objectives/services/", objectives.tag_kind, name="tag_service"),
]
urlpatterns: list[URLPattern] = [*HEALTH, *IMPACT, *MONEY, *POLICY]
