"""Challenges: a team without account changes or withdraws its idea, jurors are taken off, the last day moves."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import matchmaking_factories as make
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import delegate_of, officer, organisation, user

from poliedro.matchmaking.models import Challenge, FollowUp, Juror, JuryScore, Step, Team
from poliedro.matchmaking.queries.todos import pair_todos
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.routing import CHANGES_A_DAY, DAILY_LIMIT, TEAMS_OF_A_SENDER
from poliedro.matchmaking.services import challenges as challenges_
from poliedro.matchmaking.services import follow_ups as follow_ups_
from poliedro.matchmaking.services import teams as teams_
from poliedro.matchmaking.services.tickets import sender_of
from poliedro.registry.models import Participation, Project

pytestmark = pytest.mark.django_db


def entered(client: Client, mailoutbox: list[Any], commit: Any, language: str = "en") -> tuple[Team, str]:
    """A team that came without an account, and the address in its letter."""
    found = make.challenge(organisation("Host"))
    told = {"name": "Ants", "email": "ants@test.example", "members": "Ada\nGrace", "idea": "Sort"}
    form = {"action": "enter", **{f"enter-{k}": v for k, v in told.items()}}
    with commit(execute=True):
        client.post(reverse("matchmaking:challenge", args=[found.pk]), form, headers={"accept-language": language})
    path = re.search(r"/challenges/teams/\S+", mailoutbox[-1].body)
    assert path is not None
    return Team.objects.get(), path.group(0)


def test_team_without_account_changes_its_idea_by_the_address_of_its_letter(
    client: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    team, path = entered(client, mailoutbox, django_capture_on_commit_callbacks)
    other = Client()
    form = {"action": "change", "change-name": "Bees", "change-members": "Ada", "change-idea": "Sort and sell"}
    with django_capture_on_commit_callbacks(execute=True):
        assert other.post(path, form).status_code == 302
    team.refresh_from_db()
    assert (team.name, team.members, team.idea, team.number) == ("Bees", ["Ada"], "Sort and sell", 1)
    assert "Sort and sell" in mailoutbox[-1].body
    assert mailoutbox[-1].to == ["ants@test.example"]
    text = other.get(path, headers={"accept-language": "en"}).content.decode()
    assert "Bees takes part" in text
    assert 'name="change-email"' not in text  # another address would take the page over
    forged = path.replace(f"teams/{team.pk}:", f"teams/{team.pk + 1}:")
    assert other.get(forged).status_code == 404


def test_withdrawn_team_is_erased_its_place_and_name_are_free(
    client: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    team, path = entered(client, mailoutbox, django_capture_on_commit_callbacks)
    challenge = team.challenge
    challenge.places = 1
    challenge.save()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(path, {"action": "withdraw"})
    team.refresh_from_db()
    assert (team.idea, team.members, team.email) == ("", [], teams_.ERASED)
    assert mailoutbox[-1].to == ["ants@test.example"]
    assert "Ants has withdrawn" in client.get(path, headers={"accept-language": "en"}).content.decode()
    with pytest.raises(Refused, match="past"):
        teams_.change_team(team=team, name="Ants", members=["Ada"], idea="x", by=None)
    again = challenges_.enter_team(
        challenge=challenge, name="Ants", email="a@test.example", members=["Ada"], idea="y", by=None
    )
    assert again.number == 2  # a number is nobody else's, even afterwards
    juror = user("judge@test.example")
    challenges_.add_juror(challenge=challenge, person=juror.person, by=None)
    judging = challenges_.start_judging(challenge=challenge, by=None, today=challenge.closes_on)
    challenges_.score_team(challenge=judging, team=again, points={"idea": 5, "impact": 5}, by=juror)
    with pytest.raises(Refused, match="not_juror"):
        challenges_.score_team(challenge=judging, team=team, points={"idea": 5, "impact": 5}, by=juror)
    assert list(pair_todos(juror, make.today())) == []  # the withdrawn one is not waited for
    challenges_.decide(challenge=judging, by=None)
    follow_ups_.follow_up(team=again, result="nothing", by=None)
    judging.refresh_from_db()
    assert judging.state == "closed"
    team.refresh_from_db()
    assert team.place is None


def test_nothing_changes_after_the_last_day_or_once_the_jury_reads(client: Client) -> None:
    found = make.challenge(organisation("Host"))
    team = make.team(found)
    late = found.closes_on + timedelta(days=1)
    with pytest.raises(Refused, match="past"):
        teams_.change_team(team=team, name="A", members=["Ada"], idea="x", by=None, today=late)
    with pytest.raises(Refused, match="past"):
        teams_.withdraw_team(team=team, by=None, today=late)
    challenges_.add_juror(challenge=found, person=user("judge@test.example").person, by=None)
    challenges_.start_judging(challenge=found, by=None, today=found.closes_on)
    with pytest.raises(Refused, match="past"):
        teams_.withdraw_team(team=team, by=None)
    text = client.get(teams_.path_of(team), headers={"accept-language": "en"}).content.decode()
    assert "nothing can be changed any more" in text
    assert 'value="withdraw"' not in text


def test_letters_to_a_team_speak_the_language_in_which_it_entered(
    client: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    team, _path = entered(client, mailoutbox, django_capture_on_commit_callbacks, "en")
    assert "takes part in" in mailoutbox[-1].subject
    juror = user("judge@test.example")
    challenges_.add_juror(challenge=team.challenge, person=juror.person, by=None)
    judging = challenges_.start_judging(challenge=team.challenge, by=None, today=team.challenge.closes_on)
    challenges_.score_team(challenge=judging, team=team, points={"idea": 5, "impact": 5}, by=juror)
    with django_capture_on_commit_callbacks(execute=True):
        challenges_.decide(challenge=judging, by=None)
    assert "place 1, 50.0 points of 100" in mailoutbox[-1].body


def test_juror_taken_off_keeps_the_scores_which_do_not_count_and_the_result_says_so(
    client: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    found = make.challenge(organisation("Host"))
    one, two = make.team(found, "One"), make.team(found, "Two")
    fair, biased = user("fair@test.example"), user("biased@test.example")
    jurors = [challenges_.add_juror(challenge=found, person=u.person, by=None) for u in (fair, biased)]
    judging = challenges_.start_judging(challenge=found, by=None, today=found.closes_on)
    for login, points in ((fair, (8, 4)), (biased, (0, 10))):
        for team, n in zip((one, two), points, strict=True):
            challenges_.score_team(challenge=judging, team=team, points={"idea": n, "impact": n}, by=login)
    address = reverse("matchmaking:challenge", args=[found.pk])
    client.force_login(officer("agency_staff"))
    form = f"remove-{jurors[1].pk}"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"action": form, f"{form}-why": "conflict", f"{form}-text": "cousin"})
    removed = Juror.objects.get(pk=jurors[1].pk)
    assert (removed.removed_why, JuryScore.objects.filter(juror=removed).count()) == ("conflict", 4)
    assert mailoutbox[-1].to == ["biased@test.example"]
    assert "conflitto di interessi" in mailoutbox[-1].body
    with pytest.raises(Refused, match="not_juror"):
        challenges_.score_team(challenge=judging, team=one, points={"idea": 10, "impact": 0}, by=biased)
    biased_client = Client()
    biased_client.force_login(biased)
    assert biased_client.get(reverse("matchmaking:jury", args=[found.pk])).status_code == 403
    with pytest.raises(Refused, match="removed"):
        challenges_.add_juror(challenge=found, person=biased.person, by=None)
    challenges_.decide(challenge=judging, by=None)
    for team, points, place in ((one, 80.0, 1), (two, 40.0, 2)):
        team.refresh_from_db()
        assert (team.points, team.place) == (points, place)  # of the fair juror alone
    text = Client().get(address, headers={"accept-language": "en"}).content.decode()
    assert "1 juror was taken off the jury; the points given are kept, and do not count" in text
    assert "conflict of interest" in text
    assert "cousin" not in text
    assert "biased" not in text
    with pytest.raises(Refused, match="past"):
        challenges_.remove_juror(juror=jurors[0], why="other", by=None)


def test_organiser_on_the_jury_does_not_wait_for_a_juror_who_was_taken_off() -> None:
    found, agency = make.challenge(organisation("Host")), officer("agency_staff")
    team = make.team(found)
    challenges_.add_juror(challenge=found, person=agency.person, by=None)
    silent = challenges_.add_juror(challenge=found, person=user("silent@test.example").person, by=None)
    judging = challenges_.start_judging(challenge=found, by=None, today=found.closes_on)
    challenges_.score_team(challenge=judging, team=team, points={"idea": 5, "impact": 5}, by=agency)
    with pytest.raises(Refused, match="jury_open"):
        challenges_.decide(challenge=judging, by=agency)
    with pytest.raises(Refused, match="not_yours"):
        challenges_.remove_juror(juror=silent, why="absent", by=user("x@test.example"))
    challenges_.remove_juror(juror=silent, why="absent", by=agency)
    assert challenges_.decide(challenge=judging, by=agency).state == "decided"


def test_juror_named_while_the_jury_reads_is_written_to_at_once(
    mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    found = make.challenge(organisation("Host"), state="judging")
    with django_capture_on_commit_callbacks(execute=True):
        challenges_.add_juror(challenge=found, person=user("new@test.example").person, by=None)
    assert [m.to for m in mailoutbox] == [["new@test.example"]]


def test_last_day_moves_and_teams_and_jurors_are_told(
    client: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    found = make.challenge(organisation("Host"))
    make.team(found, "In", language="en")
    gone = make.team(found, "Gone")
    teams_.withdraw_team(team=gone, by=None)
    challenges_.add_juror(challenge=found, person=user("judge@test.example").person, by=None)
    before, follow_up = found.closes_on, found.follow_up_on
    client.force_login(officer("agency_staff"))
    later = before + timedelta(days=7)
    form = {"action": "closing", "closing-closes_on": later.isoformat(), "closing-why": "A holiday"}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("matchmaking:challenge", args=[found.pk]), form)
    found.refresh_from_db()
    assert (found.closes_on, found.follow_up_on) == (later, follow_up + timedelta(days=7))
    assert sorted(m.to[0] for m in mailoutbox) == ["judge@test.example", "t@test.example"]
    assert all("A holiday" in m.body for m in mailoutbox)
    assert Step.objects.filter(state="closing_moved").count() == 1
    challenges_.move_closing(challenge=found, closes_on=before, why="w", by=None)
    found.refresh_from_db()
    assert found.follow_up_on == follow_up + timedelta(days=7)  # an earlier one leaves the follow-up where it is


def test_last_day_moves_to_no_past_day_and_makes_no_team_late() -> None:
    found = make.challenge(organisation("Host"))
    team = make.team(found)
    today = make.today()
    move = challenges_.move_closing
    with pytest.raises(Refused, match="past"):
        move(challenge=found, closes_on=today - timedelta(days=1), why="w", by=None)
    with pytest.raises(Refused, match="already"):
        move(challenge=found, closes_on=found.closes_on, why="w", by=None)
    # A clock behind the one by which the team came: its day still counts.
    with pytest.raises(Refused, match="before_teams"):
        move(challenge=found, closes_on=today - timedelta(days=1), why="w", by=None, today=today - timedelta(days=2))
    teams_.withdraw_team(team=team, by=None)
    with pytest.raises(Refused, match="before_opening"):
        move(
            challenge=found,
            closes_on=found.opens_on - timedelta(days=1),
            why="w",
            by=None,
            today=found.opens_on - timedelta(days=2),
        )
    with pytest.raises(Refused, match="not_yours"):
        move(challenge=found, closes_on=today, why="w", by=user("x@test.example"))
    judging = make.challenge(organisation("Other"), state="judging")
    with pytest.raises(Refused, match="past"):
        move(challenge=judging, closes_on=today + timedelta(days=9), why="w", by=None)


def ended_in_a_project(host: Any, of: Any = None) -> FollowUp:
    found = make.challenge(host, state="decided")
    team = make.team(found, organisation=of)
    return follow_ups_.follow_up(team=team, result="project", by=None)


def bodies_of(project: Project | None) -> set[Any]:
    return {p.organisation for p in Participation.objects.known().filter(project=project)}


def test_staff_enter_the_project_and_it_shows_on_its_page_and_on_the_challenge(client: Client) -> None:
    host, spin_off = organisation("Host"), organisation("Spin-off")
    one = ended_in_a_project(host)
    address = reverse("matchmaking:challenge", args=[one.team.challenge_id])
    client.force_login(officer("agency_staff"))
    form = f"tell-{one.pk}"
    told = {"title": "Compost for all", "organisations": [host.pk], "others": "Nobody known"}
    data = {"action": form, **{f"{form}-{k}": v for k, v in told.items()}}
    assert "Nobody known" in client.post(address, data).content.decode()
    client.post(address, {**data, f"{form}-others": ""})  # one organisation alone is no joint project
    assert not Project.objects.exists()
    client.post(address, {**data, f"{form}-others": "spin-off"})
    project = Project.objects.get()
    assert (project.title, project.certainty, project.source.key) == ("Compost for all", "reported", "challenges")
    assert bodies_of(project) == {host, spin_off}
    page = reverse("portal:project", args=[project.pk])
    text = Client().get(address).content.decode()
    assert page in text
    assert "Compost for all" in text
    text = Client().get(page, headers={"accept-language": "en"}).content.decode()
    assert f'It came of</dt><dd><a href="{address}">Climathon</a>' in text
    assert "Follow-ups of challenges" in text
    with pytest.raises(Refused, match="already"):
        follow_ups_.tell_project(follow_up=one, title="Again", organisations=[host, spin_off], by=None)


def test_firm_that_asked_tells_the_project_and_the_team_s_organisation_confirms_it(
    client: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    host, firm = organisation("Host"), organisation("Team firm")
    one, owner, other = ended_in_a_project(host, firm), delegate_of(host), delegate_of(firm, "t@firm.example")
    address = reverse("matchmaking:challenge", args=[one.team.challenge_id])
    client.force_login(owner)
    form = f"tell-{one.pk}"
    assert f"{form}-organisations" not in client.get(address).content.decode()  # it says nothing of third parties
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"action": form, f"{form}-title": "Joint line", f"{form}-cost_eur": "5000"})
    assert not Project.objects.exists()
    assert mailoutbox[-1].to == ["t@firm.example"]
    assert "Joint line" not in Client().get(address).content.decode()  # one side's word alone is not shown
    with pytest.raises(Refused, match="not_yours"):
        follow_ups_.confirm_project(follow_up=FollowUp.objects.get(), by=owner)
    assert [t.url for t in pair_todos(other, make.today())] == [address]
    client.force_login(other)
    client.post(address, {"action": f"confirm-{one.pk}"})
    project = Project.objects.get()
    assert (bodies_of(project), project.total_cost_eur) == ({host, firm}, 5000)
    assert list(pair_todos(other, make.today())) == []


def test_project_of_the_register_is_linked_only_where_one_of_them_takes_part() -> None:
    host, firm = organisation("Host"), organisation("Team firm")
    one = ended_in_a_project(host, firm)
    own = Project.objects.create(scheme="regional", number="P1", title="Old one", **make.sourced())
    Participation.objects.create(project=own, organisation=firm, role="partner", **make.sourced())
    foreign = Project.objects.create(scheme="regional", number="P2", title="Not theirs", **make.sourced())
    with pytest.raises(Refused, match="not_theirs"):
        follow_ups_.link_project(follow_up=one, project=foreign, by=None)
    with pytest.raises(Refused, match="not_yours"):
        follow_ups_.link_project(follow_up=one, project=own, by=user("x@test.example"))
    assert follow_ups_.link_project(follow_up=one, project=own, by=delegate_of(host)).project == own
    assert Project.objects.count() == 2
    assert Challenge.objects.get().state == "closed"


def test_firm_cannot_make_a_project_of_a_team_without_an_organisation() -> None:
    one = ended_in_a_project(organisation("Host"))
    with pytest.raises(Refused, match="one_party"):
        follow_ups_.tell_project(
            follow_up=one, title="Alone", by=delegate_of(one.team.challenge.organisation), organisations=()
        )
    other = follow_ups_.follow_up(team=one.team, result="nothing", by=None)
    with pytest.raises(Refused, match="already"):  # nothing came of it: no project either
        follow_ups_.tell_project(follow_up=other, title="T", by=None)


def test_jury_reads_not_before_the_last_day_that_teams_were_told(client: Client) -> None:
    found, judge = make.challenge(organisation("Host")), user("judge@test.example")
    make.team(found)
    challenges_.add_juror(challenge=found, person=judge.person, by=None)
    with pytest.raises(Refused, match="too_early"):
        challenges_.start_judging(challenge=found, by=None)
    agency = officer("agency_staff")
    client.force_login(agency)
    address = reverse("matchmaking:challenge", args=[found.pk])
    assert 'value="judge"' not in client.get(address).content.decode()
    reader = Client()
    reader.force_login(judge)
    jury = reverse("matchmaking:jury", args=[found.pk])
    assert "Sort" not in reader.get(jury).content.decode()  # who is taken off before knows nobody's idea
    challenges_.move_closing(challenge=found, closes_on=make.today(), why="All are in", by=agency)
    assert 'value="judge"' in client.get(address).content.decode()
    challenges_.start_judging(challenge=found, by=agency)
    assert "Sort" in reader.get(jury).content.decode()


def test_nobody_floods_addresses_or_places_with_teams(client: Client) -> None:
    found = make.challenge(organisation("Host"), places=99)
    common = {"challenge": found, "members": ["Ada"], "idea": "x", "by": None}
    for n in range(DAILY_LIMIT):
        challenges_.enter_team(name=f"T{n}", email="victim@test.example", **common)
    with pytest.raises(Refused, match="too_often"):
        challenges_.enter_team(name="One more", email="Victim@test.example", **common)
    login = user("u@test.example")
    for n in range(DAILY_LIMIT):
        challenges_.enter_team(name=f"U{n}", email=f"u{n}@test.example", **{**common, "by": login})
    with pytest.raises(Refused, match="too_often"):
        challenges_.enter_team(name="U", email="u9@test.example", **{**common, "by": login})
    for n in range(TEAMS_OF_A_SENDER):
        make.team(found, f"S{n}", sender=sender_of("127.0.0.1"))
    before = found.teams.count()
    told = {"name": "Late", "email": "late@test.example", "members": "Ada", "idea": "x"}
    form = {"action": "enter", **{f"enter-{k}": v for k, v in told.items()}}
    response = client.post(reverse("matchmaking:challenge", args=[found.pk]), form)
    assert (response.status_code, found.teams.count()) == (200, before)
    Team.objects.update(created_at=timezone.now() - timedelta(days=2))
    challenges_.enter_team(name="Next day", email="victim@test.example", **common)


def test_a_team_changes_so_often_a_day_as_each_change_sends_a_letter() -> None:
    team = make.team(make.challenge(organisation("Host")))
    for n in range(CHANGES_A_DAY):
        teams_.change_team(team=team, name="A", members=["Ada"], idea=f"x{n}", by=None)
    with pytest.raises(Refused, match="too_often"):
        teams_.change_team(team=team, name="A", members=["Ada"], idea="y", by=None)


def test_withdrawn_team_keeps_no_trace_of_its_network_and_its_page_is_kept_nowhere(client: Client) -> None:
    team = make.team(make.challenge(organisation("Host")), sender=sender_of("127.0.0.1"))
    teams_.withdraw_team(team=team, by=None)
    team.refresh_from_db()
    assert team.sender == ""
    assert "no-store" in client.get(teams_.path_of(team)).headers["Cache-Control"]


def test_letters_write_days_as_the_pages_do(mailoutbox: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    found = make.challenge(organisation("Host"))
    make.team(found, language="it")
    with django_capture_on_commit_callbacks(execute=True):
        challenges_.move_closing(challenge=found, closes_on=date(2099, 12, 20), why="x", by=None)
    assert "20 dicembre 2099" in mailoutbox[-1].subject
    step = Step.objects.get(subject=f"challenge:{found.pk}", state="closing_moved")
    assert "2099-12-20" not in step.note
