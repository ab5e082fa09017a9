"""Tags of the sign-in pages."""

from __future__ import annotations

from django import template

from poliedro.accounts.queries import DemoLogin, demo_logins

register = template.Library()


@register.simple_tag(name="demo_logins")
def demo_logins_tag() -> list[DemoLogin]:
    """The demonstration's logins; none where the site is not a demonstration."""
    return demo_logins()
