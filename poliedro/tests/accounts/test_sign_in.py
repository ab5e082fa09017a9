from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from poliedro.accounts.models import User
from poliedro.accounts.queries import DEMO_PASSWORD, demo_logins, role_label

pytestmark = pytest.mark.django_db
ENTRANCE = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/confirm-email/",
    "/accounts/inactive/",
    "/accounts/3rdparty/login/cancelled/",
]
OWN = [
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
]


@pytest.fixture
def user() -> User:
    user = User.objects.create_user("anna@example.org", "a long password 1", name="Anna")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.mark.parametrize("path", ENTRANCE)
def test_entrance_pages_have_the_sites_frame(client: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert b'id="site-search"' in answer.content


@pytest.mark.parametrize("path", OWN)
def test_account_pages_have_the_sites_frame(client: Any, user: User, path: str) -> None:
    signed_in = client.post("/accounts/login/", {"login": user.email, "password": "a long password 1"})
    assert signed_in.status_code == 302
    answer = client.get(path)
    assert answer.status_code == 200
    assert b'id="site-search"' in answer.content


def test_second_step_is_set_up_after_the_password_was_asked_again(client: Any, user: User) -> None:
    client.post("/accounts/login/", {"login": user.email, "password": "a long password 1"})
    client.post("/accounts/reauthenticate/", {"password": "a long password 1"})
    answer = client.get("/accounts/2fa/totp/activate/")
    assert answer.status_code == 200
    assert b'src="data:image/svg+xml' in answer.content


def test_wrong_password_is_explained_on_the_page(client: Any, user: User) -> None:
    answer = client.post("/accounts/login/", {"login": user.email, "password": "wrong"})
    assert answer.status_code == 200
    assert b'role="alert"' in answer.content


def test_new_login_gets_a_letter_to_confirm(client: Any, mailoutbox: Any) -> None:
    form = {"email": "new@example.org", "password1": "horse battery 9 x", "password2": "horse battery 9 x"}
    answer = client.post("/accounts/signup/", form)
    assert answer.status_code == 302
    assert mailoutbox[0].to == ["new@example.org"]


def test_demonstration_offers_its_logins_and_no_other_site_does(client: Any, settings: Any) -> None:
    assert DEMO_PASSWORD.encode() not in client.get("/accounts/login/").content
    settings.DEMO = True
    assert client.get("/accounts/login/").content.decode().count(DEMO_PASSWORD) == len(demo_logins())


def test_every_demonstration_login_has_a_readable_role(settings: Any) -> None:
    settings.DEMO = True
    assert not [login.role for login in demo_logins() if login.role_label == login.role]


def test_unknown_role_is_named_by_its_key() -> None:
    assert role_label("beekeeper") == "beekeeper"


@pytest.mark.browser
def test_one_click_enters_the_demonstration(live_server: Any, page: Any, axe: Any, settings: Any) -> None:
    settings.DEMO = True
    user = User.objects.create_user("region@demo.example", DEMO_PASSWORD, name="Region")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    page.goto(f"{live_server.url}/accounts/login/")
    axe()
    page.locator("li", has_text="region@demo.example").get_by_role("button").click()
    page.wait_for_url(f"{live_server.url}/today/")
    page.goto(f"{live_server.url}/accounts/2fa/")
    axe()


def test_lost_page_offers_the_search(client: Any) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert b'id="ask"' in answer.content


def test_broken_page_stands_alone() -> None:
    from django.template.loader import render_to_string

    for name in ("500.html", "400.html", "403_csrf.html"):
        assert "<h1>" in render_to_string(name)


def test_refusal_says_who_is_signed_in(rf: Any, user: User) -> None:
    from django.core.exceptions import PermissionDenied
    from django.views.defaults import permission_denied

    request = rf.get("/x/")
    request.user = user
    request._messages = []
    page = permission_denied(request, PermissionDenied("Only its manager."))
    assert page.status_code == 403
    assert "Anna" in page.content.decode()
    assert "Only its manager." in page.content.decode()
