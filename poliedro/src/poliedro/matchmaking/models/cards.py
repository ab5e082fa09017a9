"""Needs and offers, who is interested in whom, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.matchmaking.models.base import Recorded
from poliedro.reference.models import Territory
from poliedro.registry.models import Cluster, Organisation, Project, ResearchContract


class Card(Recorded):
    """A need or an offer of an organisation, reviewed before others read it, and not for ever."""

    class Kind(models.TextChoices):
        NEED = "need", _("need")
        OFFER = "offer", _("offer")

    class Topic(models.TextChoices):
        TECHNOLOGY = "technology", _("technology")
        RND_PARTNER = "rnd_partner", _("R&D partner")
        SUPPLY = "supply", _("supply")
        INFRASTRUCTURE = "infrastructure", _("infrastructure")
        EXPERTISE = "expertise", _("expertise")
        MENTORING = "mentoring", _("mentoring")
        INVESTMENT = "investment", _("investment")
        PLACEMENT = "placement", _("placement")
        BY_PRODUCT = "by_product", _("by-product")
        RESULT = "result", _("research result")
        PEER_VISIT = "peer_visit", _("peer visit")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("in review")
        PUBLISHED = "published", _("published")
        REFUSED = "refused", _("sent back")
        EXPIRED = "expired", _("expired")
        WITHDRAWN = "withdrawn", _("withdrawn")
        SETTLED = "settled", _("settled")

    class Audience(models.TextChoices):
        PUBLIC = "public", _("everyone")
        SIGNED_IN = "signed_in", _("signed-in readers")

    class Stage(models.TextChoices):
        IDEA = "idea", _("idea")
        START_UP = "start_up", _("start-up")
        SCALE_UP = "scale_up", _("scale-up")
        ESTABLISHED = "established", _("established")

    code = models.CharField(max_length=12, unique=True, help_text="What readers call it: N-0031, O-0007.")
    kind = models.CharField(max_length=5, choices=Kind)
    topic = models.CharField(max_length=15, choices=Topic)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cards")
    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Whose staff review it."
    )
    title = models.CharField(max_length=160)
    text = models.TextField(max_length=4000)
    language = models.CharField(max_length=5, default="it")
    tags = models.JSONField(default=list, blank=True, help_text="Keys of concepts, such as biodegradable-plastics.")
    trl_from = models.PositiveSmallIntegerField(null=True, blank=True)
    trl_to = models.PositiveSmallIntegerField(null=True, blank=True)
    stage = models.CharField(max_length=12, choices=Stage, blank=True)
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Where it is wanted."
    )
    within_km = models.PositiveIntegerField(null=True, blank=True)
    budget_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    wanted_by = models.DateField(null=True, blank=True)
    languages = models.JSONField(default=list, blank=True)
    partner_kinds = models.JSONField(default=list, blank=True, help_text="Organisation.Kind; empty: any.")
    partner_sizes = models.JSONField(default=list, blank=True, help_text="Organisation.SizeClass; empty: any.")
    rights = models.CharField(max_length=200, blank=True, help_text="Patents and licences of a solution.")
    open_to_rivals = models.BooleanField(default=False)
    anonymous = models.BooleanField(default=True)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.PUBLIC)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True, help_text="First day on which it no longer shows.")
    review_note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-published_at", "-pk"]
        indexes = [models.Index(fields=["state", "-published_at"]), models.Index(fields=["organisation", "state"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(trl_from=None) | Q(trl_from__range=(1, 9)), name="matchmaking_card_trl_from"
            ),
            models.CheckConstraint(condition=Q(trl_to=None) | Q(trl_to__range=(1, 9)), name="matchmaking_card_trl_to"),
            models.CheckConstraint(
                condition=Q(trl_from=None) | Q(trl_to=None) | Q(trl_to__gte=F("trl_from")),
                name="matchmaking_card_trl_in_order",
            ),
            models.CheckConstraint(condition=Q(budget_eur=None) | Q(budget_eur__gte=0), name="matchmaking_card_budget"),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(expires_on__isnull=False, published_at__isnull=False),
                name="matchmaking_card_published_with_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class NotRelevant(models.Model):
    """Somebody said of a match why it is none; the next run takes it into account."""

    class Reason(models.TextChoices):
        OTHER_FIELD = "other_field", _("another field")
        TOO_FAR = "too_far", _("too far away")
        WRONG_SIZE = "wrong_size", _("not the size we look for")
        WRONG_STAGE = "wrong_stage", _("too early or too mature")
        KNOWN = "known", _("we know each other")
        RIVAL = "rival", _("a competitor")

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="refusals")
    other = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="refused_by")
    reason = models.CharField(max_length=12, choices=Reason)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["card", "other"], name="matchmaking_notrelevant_once"),
            models.CheckConstraint(condition=~Q(card=F("other")), name="matchmaking_notrelevant_not_itself"),
        ]


class EngineSetting(models.Model):
    """How the engine matches; the last row counts, the earlier ones stay."""

    places = models.PositiveSmallIntegerField(default=10, help_text="Matches a card, at most.")
    exposure = models.PositiveSmallIntegerField(default=15, help_text="How often a card is shown in all.")
    across = models.FloatField(default=0.3, help_text="Share of the places kept for other clusters, 0..1.")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(across__range=(0, 1), places__gte=1, exposure__gte=1),
                name="matchmaking_enginesetting_ranges",
            )
        ]


class Interest(Recorded):
    """An organisation is interested in a card: answered, introduced, and then a tie or the reason why not."""

    class State(models.TextChoices):
        SENT = "sent", _("waits for an answer")
        ACCEPTED = "accepted", _("both are interested")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")
        LAPSED = "lapsed", _("never answered")
        INTRODUCED = "introduced", _("introduced")
        TIED = "tied", _("became a tie")
        ENDED = "ended", _("ended without a tie")

    class Route(models.TextChoices):
        SEARCH = "search", _("found by oneself")
        MATCH = "match", _("suggested by the engine")
        TICKET = "ticket", _("through the single access point")
        EVENT = "event", _("met at an event")
        CHALLENGE = "challenge", _("through a challenge")
        ALIKE = "alike", _("firms like mine")
        STAFF = "staff", _("introduced by cluster staff")

    class Tie(models.TextChoices):
        PROJECT = "project", _("joint project")
        CONTRACT = "contract", _("contract")
        HIRE = "hire", _("hire")
        INVESTMENT = "investment", _("investment")
        LICENCE = "licence", _("licence")
        VISIT = "visit", _("visit or exchange")

    class WhyNot(models.TextChoices):
        NO_FIT = "no_fit", _("did not fit after all")
        NO_MONEY = "no_money", _("no money")
        NO_TIME = "no_time", _("no time")
        TERMS = "terms", _("no agreement on terms")
        OTHER_PARTNER = "other_partner", _("found another partner")
        SILENT = "silent", _("one side fell silent")

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="interests")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="interests")
    own_card = models.ForeignKey(Card, null=True, blank=True, on_delete=models.PROTECT, related_name="own_interests")
    route = models.CharField(max_length=10, choices=Route, default=Route.SEARCH)
    why = models.TextField(max_length=1500, help_text="Why it fits.")
    brings = models.TextField(max_length=1500, help_text="What the organisation brings.")
    expects = models.TextField(max_length=1500, blank=True, help_text="What it expects of a first meeting.")
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    answer_by = models.DateField()
    answered_at = models.DateTimeField(null=True, blank=True)
    introduced_at = models.DateTimeField(null=True, blank=True)
    meeting_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True)
    tie = models.CharField(max_length=12, choices=Tie, blank=True)
    why_not = models.CharField(max_length=15, choices=WhyNot, blank=True)
    outcome = models.CharField(max_length=500, blank=True)
    amount_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    joint_title = models.CharField(max_length=300, blank=True, help_text="What the two call their project.")
    starts_on = models.DateField(null=True, blank=True, help_text="First day of the project, or of the contract.")
    told_by = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The side that told the tie; the other one confirms it. Null: staff, for both.",
    )
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When both sides had told the tie.")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(ResearchContract, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["card", "organisation"],
                condition=Q(state__in=("sent", "accepted", "introduced")),
                name="matchmaking_interest_one_open",
            ),
            models.CheckConstraint(condition=~Q(state="tied") | ~Q(tie=""), name="matchmaking_interest_tie_says_which"),
            models.CheckConstraint(
                condition=~Q(state="ended") | ~Q(why_not=""), name="matchmaking_interest_end_says_why"
            ),
        ]

    @property
    def cluster_id(self) -> int | None:
        return self.card.cluster_id
