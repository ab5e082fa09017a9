from django.apps import AppConfig


class MatchmakingConfig(AppConfig):
    name = "poliedro.matchmaking"
    label = "matchmaking"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from poliedro.accounts.queries import tell_ties
        from poliedro.matchmaking.queries.conflicts import ties_told
        from poliedro.matchmaking.queries.layers import events, introductions
        from poliedro.matchmaking.queries.ties import may_see_results
        from poliedro.matchmaking.queries.todos import card_todos, pair_todos, ticket_todos
        from poliedro.matchmaking.rules.permissions import DIFFERENCES, GRANTS
        from poliedro.matchmaking.services.cards import expire_cards
        from poliedro.matchmaking.services.engine import refresh_daily
        from poliedro.matchmaking.services.interests import remind_interests
        from poliedro.matchmaking.services.pair_letters import remind_pairs
        from poliedro.matchmaking.services.search import get_ready
        from poliedro.matchmaking.services.tickets import raise_alarms
        from poliedro.registry.permissions import register_permissions, somewhere
        from poliedro.registry.queries.layers import Layer, add_layer
        from poliedro.shared.daily import daily
        from poliedro.shared.doors import HELP, SIGNED_IN, Door, add_door
        from poliedro.shared.todos import tell_todos
        from poliedro.shared.warm import warm

        register_permissions(GRANTS, DIFFERENCES)
        tell_ties("matchmaking.mentors", ties_told)
        tell_todos("matchmaking.tickets", ticket_todos)
        tell_todos("matchmaking.cards", card_todos)
        tell_todos("matchmaking.pairs", pair_todos)
        add_layer(Layer("events", _("events followed by something"), events))
        add_layer(Layer("introductions", _("introductions that became a tie"), introductions))
        daily("matchmaking.1_expire_cards", expire_cards)
        daily("matchmaking.2_remind_interests", remind_interests)
        daily("matchmaking.3_ticket_alarms", raise_alarms)
        daily("matchmaking.5_remind_pairs", remind_pairs)
        daily("matchmaking.4_refresh", refresh_daily)
        warm("matchmaking.index", get_ready)

        together = _("Partners and introductions")
        add_door(Door("menu", _("Ask"), "matchmaking:ask", order=25, group=HELP))
        add_door(Door("menu", _("Needs and offers"), "matchmaking:cards", order=27, group=HELP))
        acts, reviews = somewhere("matchmaking.act_for"), somewhere("matchmaking.review_cards")
        for order, label, name, when in (
            (10, _("My cards"), "my_cards", acts),
            (20, _("Cards to review"), "review_cards", reviews),
            (30, _("Tickets"), "tickets", somewhere("matchmaking.answer_tickets")),
            (35, _("Our questions"), "my_questions", acts),
            (40, _("Our bookings"), "bookings", acts),
            (50, _("What introductions become"), "results", may_see_results),
        ):
            add_door(Door("work", label, f"matchmaking:{name}", SIGNED_IN, order, together, when=when))
        add_door(
            Door("work", _("Who may work together next"), "matchmaking:next_pairs", SIGNED_IN, group=together, order=45)
        )
        add_door(Door("organisation", _("Firms like this one"), "matchmaking:alike", order=40))
        add_door(Door("organisation", _("Who it may work with next"), "matchmaking:next_of", SIGNED_IN, order=42))
