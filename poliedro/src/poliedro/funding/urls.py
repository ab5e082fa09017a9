from django.urls import URLPattern, path

from poliedro.funding.views import (
    applications,
    booking,
    call_parts,
    calls,
    check,
    cofunding,
    contracts,
    desk,
    editor,
    evaluation,
    money,
    open_calls,
    pipeline,
    programmes,
    receipt,
    trial,
)

app_name = "funding"
PUBLIC: list[URLPattern] = [
    path("calls/", calls.directory, name="calls"),
    path("calls/<slug:key>/", calls.call, name="call"),
    path("calls/<slug:key>/check/", check.check, name="check"),
]
FIRMS: list[URLPattern] = [
    path("organisations/<int:pk>/calls/", calls.fitting, name="fitting"),
    path("organisations/<int:pk>/calls/<slug:key>/<str:line>/start/", calls.start, name="start"),
    path("organisations/<int:pk>/aid/", money.aid, name="aid"),
    path("organisations/<int:pk>/aid/<int:number>/withdraw/", money.withdraw, name="withdraw_aid"),
    path("applications/<int:pk>/", applications.application, name="application"),
    path("applications/<int:pk>/save/", applications.save, name="save"),
    path("applications/<int:pk>/partners/", applications.partner, name="partner"),
    path("applications/<int:pk>/partners/<int:organisation>/", applications.partner_facts, name="partner_facts"),
    path("applications/<int:pk>/partners/<int:organisation>/drop/", applications.drop_partner, name="drop_partner"),
    path("applications/<int:pk>/partners/<int:organisation>/agree/", applications.agree, name="agree"),
    path("applications/<int:pk>/partners/<int:organisation>/claim/", applications.claim, name="claim"),
    path("applications/<int:pk>/packages/", applications.package, name="package"),
    path("applications/<int:pk>/submit/", applications.submit, name="submit"),
    path("applications/<int:pk>/receipt/", receipt.receipt, name="receipt"),
    path("applications/<int:pk>/move/<slug:to>/", applications.move, name="move"),
    path("applications/<int:pk>/cup/", applications.cup, name="cup"),
    path("applications/<int:pk>/milestones/", applications.milestone, name="milestone"),
    path("applications/<int:pk>/milestones/<int:number>/", applications.reach, name="reach"),
    path("applications/<int:pk>/claims/<int:number>/", applications.settle, name="settle"),
    path("applications/<int:pk>/outputs/", applications.output, name="output"),
]
CONTRACTS: list[URLPattern] = [
    path("applications/<int:pk>/contract/", contracts.contract, name="contract"),
    path("applications/<int:pk>/contract/draw/", contracts.draw, name="draw_contract"),
    path("applications/<int:pk>/contract/revoke/", contracts.revoke, name="revoke_grant"),
    path("applications/<int:pk>/contract/lower/", contracts.lower, name="lower_grant"),
    path("applications/<int:pk>/contract/reserve/", contracts.reserve, name="grant_from_reserve"),
    path("applications/<int:pk>/contract/<int:number>/paper/", contracts.paper, name="contract_paper"),
    path("applications/<int:pk>/contract/<int:number>/sign/", contracts.sign, name="sign_contract"),
    path("applications/<int:pk>/contract/<int:number>/decline/", contracts.decline, name="decline_contract"),
    path("applications/<int:pk>/contract/<int:number>/end/", contracts.end, name="end_contract"),
]
EXPERTS: list[URLPattern] = [
    path("applications/<int:pk>/expert/", booking.expert, name="expert"),
    path("applications/<int:pk>/expert/book/", booking.book, name="book_expert"),
    path("applications/<int:pk>/expert/cancel/", booking.cancel, name="cancel_expert"),
    path("desk/experts/", booking.experts_desk, name="experts"),
    path("desk/experts/<int:pk>/hours/", booking.offer, name="offer_hour"),
    path("expert-hours/", booking.own_hours, name="expert_hours"),
    path("expert-hours/<int:pk>/withdraw/", booking.withdraw, name="withdraw_hour"),
    path("expert-hours/bookings/<int:pk>/<slug:how>/", booking.settle, name="settle_booking"),
]
PROGRAMMES: list[URLPattern] = [
    path("desk/programmes/", programmes.programmes, name="programmes"),
    path("desk/programmes/new/", programmes.new_programme, name="new_programme"),
    path("desk/programmes/<slug:key>/", programmes.programme, name="programme"),
    path("desk/measures/new/", programmes.new_measure, name="new_measure"),
    path("desk/measures/<slug:key>/", programmes.measure, name="measure"),
]
DESK: list[URLPattern] = [
    path("desk/calls/", desk.desk, name="desk"),
    path("desk/cofunding/", cofunding.cofunding, name="cofunding"),
    path("desk/calls/<slug:key>/", desk.draft, name="draft"),
    path("desk/calls/<slug:key>/rules/new/", editor.rule, name="new_rule"),
    path("desk/calls/<slug:key>/rules/<slug:rule>/", editor.rule, name="rule"),
    path("desk/calls/<slug:key>/rules/<slug:rule>/drop/", desk.drop_rule, name="drop_rule"),
    path("desk/calls/<slug:key>/intensities/new/", editor.intensity, name="new_intensity"),
    path("desk/calls/<slug:key>/intensities/<int:number>/", editor.intensity, name="intensity"),
    path("desk/calls/<slug:key>/intensities/<int:number>/drop/", editor.drop_intensity, name="drop_intensity"),
    path("desk/calls/<slug:key>/lines/", call_parts.lines, name="edit_lines"),
    path("desk/calls/<slug:key>/criteria/", call_parts.criteria, name="edit_criteria"),
    path("desk/calls/<slug:key>/cases/new/", call_parts.case, name="new_case"),
    path("desk/calls/<slug:key>/cases/<int:number>/", call_parts.case, name="case"),
    path("desk/calls/<slug:key>/cases/<int:number>/drop/", call_parts.drop_case, name="drop_case"),
    path("desk/calls/<slug:key>/data/", desk.edit_data, name="edit_data"),
    path("desk/calls/<slug:key>/publish/", desk.publish, name="publish"),
    path("desk/calls/<slug:key>/close/", desk.close, name="close"),
    path("desk/calls/<slug:key>/cofunding/", desk.cofund, name="cofund"),
    path("desk/calls/<slug:key>/simulate/", trial.simulate, name="simulate"),
    path("desk/calls/<slug:key>/simulations/<int:pk>/", trial.simulation, name="simulation"),
    path("desk/calls/<slug:key>/compare/", trial.compare, name="compare"),
]
EVALUATION: list[URLPattern] = [
    path("desk/calls/<slug:key>/evaluation/", evaluation.evaluation, name="evaluation"),
    path("desk/calls/<slug:key>/evaluators/", evaluation.assign, name="assign"),
    path("desk/calls/<slug:key>/evaluators/<int:number>/end/", evaluation.end, name="end_assignment"),
    path("desk/calls/<slug:key>/begin/", evaluation.begin, name="begin"),
    path("desk/calls/<slug:key>/sign/<str:line>/", evaluation.sign, name="sign"),
    path("evaluations/", evaluation.evaluations, name="evaluations"),
    path("evaluations/<int:pk>/<int:application>/", evaluation.score, name="score"),
    path("evaluations/<int:pk>/<int:application>/recuse/", evaluation.recuse, name="recuse"),
]
OPEN_CALLS: list[URLPattern] = [
    path("open-calls/", open_calls.feed, name="open_calls"),
    path("open-calls.csv", open_calls.feed_csv, name="open_calls_csv"),
    path("open-calls/mine/", open_calls.digest, name="call_digest"),
    path("open-calls/letters/<str:token>/", open_calls.letter_stop, name="letter_stop"),
    path("open-calls/read/", open_calls.call_reach, name="call_reach"),
    path("open-calls/<int:pk>/", open_calls.open_call, name="open_call"),
    path("open-calls/<int:pk>/applied/", open_calls.call_applied, name="call_applied"),
]
PIPELINE: list[URLPattern] = [
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("clusters/<slug:key>/pipeline/", pipeline.cluster_pipeline, name="cluster_pipeline"),
]
urlpatterns: list[URLPattern] = [
    *PUBLIC,
    *FIRMS,
    *CONTRACTS,
    *EXPERTS,
    *PROGRAMMES,
    *DESK,
    *EVALUATION,
    *OPEN_CALLS,
    *PIPELINE,
]
