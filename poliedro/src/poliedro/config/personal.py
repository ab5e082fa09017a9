"""Every table that holds something of people: how it is found, how long it is kept, what erasure takes.

Read by `accounts/held.py`; printed on the page of privacy. A new table that names people fails
`tests/config/test_personal.py` until it stands here.
"""

from __future__ import annotations

from poliedro.accounts.held import Held

YEAR = 365
THREE_YEARS, FIVE_YEARS, TEN_YEARS = 1096, 1826, 3653
LINK = "who did it: a login that bears no name after erasure"
OFFICE = "decisions rest on who held which office on which day; the name goes with erasure"
FUNDS = "public money was decided on it: ten years, by law; the name goes with erasure"


def _link(model: str, *people: str, why: str = LINK) -> Held:
    """A table that says who did something, and holds no words about people."""
    return Held(model, people, why=why)


ACCOUNTS = (
    Held("accounts.User", own=True, why="erased by erase_person"),
    Held("accounts.Person", ("user",), own=True, why="erased by erase_person"),
    Held("accounts.Consent", ("person",), keep_days=THREE_YEARS, since="withdrawn_at", delete=True, on_erasure=False),
    Held(
        "accounts.ConflictDeclaration",
        ("person",),
        keep_days=THREE_YEARS,
        since="valid_to",
        delete=True,
        on_erasure=False,
        why="a conflict counts for three years after it ended",
    ),
    Held("accounts.Tie", ("person",), keep_days=THREE_YEARS, since="valid_to", delete=True, on_erasure=False),
    Held(
        "accounts.ConflictOverride",
        ("person", "first_by", "second_by"),
        words=("reason",),
        keep_days=TEN_YEARS,
        since="first_at",
        on_erasure=False,
    ),
    Held("account.EmailAddress", ("user",), delete=True),
    Held("mfa.Authenticator", ("user",), delete=True),
    Held("socialaccount.SocialAccount", ("user",), delete=True),
    Held("axes.AccessAttempt", addresses=("username",), keep_days=90, since="attempt_time", delete=True),
    Held("axes.AccessFailureLog", addresses=("username",), keep_days=90, since="attempt_time", delete=True),
    Held("axes.AccessLog", addresses=("username",), keep_days=90, since="attempt_time", delete=True),
    Held("sessions.Session", keep_days=1, since="expire_date", delete=True),
)
SHARED = (
    Held("audit.LogEntry", ("actor",), why="ten years, by law; names are sealed, and erasure destroys their key"),
    Held("shared.Job", ("by",), keep_days=90, since="finished_at", delete=True, on_erasure=False),
    Held("shared.TodoMark", ("user",), keep_days=YEAR, since="marked_at", delete=True),
    Held("shared.OwnTask", ("user",), keep_days=YEAR, since="done_at", delete=True),
    _link("reference.Load", "by"),
)
REGISTRY = (
    Held(
        "registry.Contact",
        ("person",),
        words=("phone", "position"),
        keep_days=YEAR,
        since="ended_on",
    ),
    Held(
        "registry.Interaction",
        ("by", "contact__person"),
        words=("text",),
        keep_days=FIVE_YEARS,
        since="on",
    ),
    Held(
        "registry.MembershipApplication",
        ("by", "decided_by"),
        words=("motive",),
        keep_days=FIVE_YEARS,
        since="decided_on",
        on_erasure=False,
    ),
    Held(
        "registry.HandOverItem",
        ("stated_by",),
        words=("note",),
        keep_days=FIVE_YEARS,
        since="recorded_at",
        on_erasure=False,
    ),
    Held("registry.OutreachStep", ("by",), words=("note",), keep_days=FIVE_YEARS, since="on", on_erasure=False),
    *(
        _link(model, *people, why=OFFICE)
        for model, *people in (
            ("registry.StaffAssignment", "person"),
            ("registry.Office", "person"),
            ("registry.Delegation", "person", "granted_by"),
        )
    ),
    *(
        _link(model, *people)
        for model, *people in (
            ("registry.HistoricalOrganisation", "history_user"),
            ("registry.HistoricalCluster", "history_user"),
            ("registry.HandOver", "opened_by", "handed_by", "confirmed_by"),
            ("registry.FeeRun", "by"),
            ("registry.FeePayment", "by"),
            ("registry.OutreachCampaign", "by"),
            ("registry.ResolutionRun", "by"),
            ("registry.MatchCandidate", "decided_by"),
            ("registry.Merge", "merged_by", "undone_by"),
            ("registry.FieldVisibility", "set_by"),
        )
    ),
)
SURVEYS = (
    Held(
        "surveys.Invitation",
        addresses=("email",),
        words=("email",),
        keep_days=YEAR,
        since="campaign__closes_on",
    ),
    _link("surveys.Campaign", "by"),
    _link("surveys.FollowUp", "by"),
    _link("surveys.Codebook", "by"),
    _link("surveys.Interview", "by"),
    _link("surveys.Coding", "coder", why="the code stays with its fragment; who set it loses the name"),
    _link("surveys.Sheet", "user", why="the answers are the organisation's; the login that gave them loses its name"),
    _link("evidence.Run", "by"),
    _link("evidence.Repetition", "by"),
    _link("evidence.PortfolioNote", "by"),
)
SUPPORT = (
    *(
        Held(model, people, own=True, why="sealed; see support/services/coaching.py: erase_old_words")
        for model, people in (
            ("support.NeedCard", ()),
            ("support.CompetenceProfile", ()),
            ("support.CoachingCase", ()),
            ("support.CoachingEntry", ("coach",)),
        )
    ),
    _link("support.CoachAssignment", "person", why="who coached whom bars from deciding; the name goes with erasure"),
    Held("support.Provider", ("person",), words=("name", "references")),
    Held("support.PeerOffer", ("person",), words=("text",), keep_days=YEAR, since="withdrawn_on"),
    Held(
        "support.PeerExchange",
        ("offer__person",),
        own=True,
        why="who asked is sealed; the row goes after three years: support/services/coaching.py",
    ),
    Held(
        "support.ContactTerm",
        ("person", "by"),
        words=("handover",),
        keep_days=FIVE_YEARS,
        since="recorded_at",
    ),
    _link("support.Course", "coach"),
    Held(
        "support.Request",
        ("by",),
        ("email",),
        words=("text", "contact_name", "email", "phone", "decline_note"),
        keep_days=THREE_YEARS,
        since="asked_at",
    ),
    Held("support.CaseEvent", ("by",), words=("text",), keep_days=THREE_YEARS, since="at", on_erasure=False),
    Held("support.CaseTask", ("done_by",), words=("text",), keep_days=THREE_YEARS, since="done_on", on_erasure=False),
    Held("support.FollowUp", ("by",), words=("text",), keep_days=FIVE_YEARS, since="on", on_erasure=False),
    Held("support.Feedback", words=("text",), keep_days=FIVE_YEARS, since="answered_on"),
    Held("support.RoundtableSeat", words=("name",), keep_days=FIVE_YEARS, since="roundtable__held_on"),
    *(
        _link(model, *people)
        for model, *people in (
            ("support.Case", "assigned_to"),
            ("support.SharedAsset", "by"),
            ("support.CourseMaterial", "by"),
            ("support.JointProgramme", "approved_by"),
            ("support.IncentivePayout", "by"),
            ("support.Settlement", "by"),
            ("support.KnowledgeItem", "by"),
            ("support.KnowledgeAnswer", "by"),
        )
    ),
)
FUNDING = (
    Held("funding.CallInterest", ("person",), delete=True),
    Held(
        "funding.CallReading",
        ("person",),
        keep_days=THREE_YEARS,
        since="read_at",
        delete=True,
        on_erasure=False,
    ),
    *(
        _link(model, *people, why=FUNDS)
        for model, *people in (
            ("funding.CallVersion", "created_by"),
            ("funding.Simulation", "by"),
            ("funding.Application", "by"),
            ("funding.Decision", "by"),
            ("funding.AidAward", "by"),
            ("funding.AidRate", "by"),
            ("funding.EvaluatorAssignment", "person", "by"),
            ("funding.Ranking", "signed_by"),
            ("funding.SharedExpert", "person"),
            ("funding.Contract", "drawn_by"),
            ("funding.ContractSignature", "by"),
        )
    ),
    Held("funding.ExpertBooking", ("by",), words=("question", "why"), keep_days=THREE_YEARS,
         since="slot__starts_at"),
    Held("funding.Recusal", ("assignment__person",), words=("reason",), keep_days=TEN_YEARS, since="at",
         on_erasure=False),
)  # fmt: skip
MATCHMAKING = (
    Held(
        "matchmaking.Ticket",
        ("created_by",),
        ("email",),
        words=("email", "name", "question", "outcome_note"),
        keep_days=THREE_YEARS,
        since="closed_at",
    ),
    Held(
        "matchmaking.TicketMessage",
        ("by",),
        words=("text",),
        keep_days=THREE_YEARS,
        since="ticket__closed_at",
    ),
    Held("matchmaking.ExpertProfile", ("person",), words=("name", "text", "website", "tags"), clear=("agreed_at",)),
    Held(
        "matchmaking.Team",
        addresses=("email",),
        people=("created_by",),
        words=("email", "members"),
        keep_days=THREE_YEARS,
        since="challenge__closes_on",
    ),
    Held("matchmaking.Attendee", ("person",), words=("name",), keep_days=THREE_YEARS, since="event__on"),
    Held("matchmaking.Mentor", ("person",), words=("text",)),
    Held("matchmaking.PairMeeting", ("by", "pair__mentor__person"), words=("notes",), keep_days=THREE_YEARS,
         since="on"),
    Held("matchmaking.TeamMeeting", ("by", "mentor__person"), words=("notes", "next_step"), keep_days=THREE_YEARS,
         since="on"),
    Held("matchmaking.PairFeedback", words=("text",), keep_days=THREE_YEARS, since="at"),
    Held("matchmaking.CohortMeeting", ("by",), words=("agreed",), keep_days=THREE_YEARS, since="on"),
    Held("matchmaking.CohortFeedback", ("mentor__person",), words=("text",), keep_days=THREE_YEARS, since="at"),
    *(
        _link(f"matchmaking.{model}", *people)
        for model, *people in (
            ("Step", "by"),
            ("ContactPoint", "person"),
            ("Equipment", "created_by"),
            ("Booking", "created_by"),
            ("Card", "created_by"),
            ("NotRelevant", "by"),
            ("EngineSetting", "by"),
            ("Interest", "created_by"),
            ("Challenge", "created_by"),
            ("Juror", "person"),
            ("Fair", "created_by"),
            ("FairApplication", "created_by"),
            ("MeetingEvent", "created_by"),
            ("Mentee", "created_by"),
            ("Pair", "created_by"),
            ("Thesis", "created_by"),
            ("FundingRound", "created_by"),
            ("Deal", "created_by"),
            ("Lesson", "created_by"),
            ("Accelerator", "created_by"),
            ("CohortApplication", "created_by"),
        )
    ),
)  # fmt: skip
MONITORING = tuple(
    _link(model, *people)
    for model, *people in (
        ("monitoring.SelfCheck", "submitted_by"),
        ("monitoring.Evidence", "by"),
        ("monitoring.DataCampaign", "created_by"),
        ("monitoring.CampaignReply", "submitted_by", "signed_by"),
        ("monitoring.PublishedTable", "by"),
        ("monitoring.Study", "by"),
        ("monitoring.StudyVersion", "by", "frozen_by", "signed_by"),
        ("monitoring.StageOverride", "by"),
        ("monitoring.StressScenario", "by", "shared_with"),
        ("monitoring.PolicyTerms", "by"),
        ("monitoring.IndicatorTerms", "by"),
        ("monitoring.Observation", "by"),
        ("monitoring.QuarterReport", "published_by"),
        ("monitoring.ObjectiveTag", "by"),
        ("monitoring.ServiceObjective", "by"),
        ("reports.Report", "created_by", "published_by"),
    )
)
HELD = (*ACCOUNTS, *SHARED, *REGISTRY, *SURVEYS, *SUPPORT, *FUNDING, *MATCHMAKING, *MONITORING)
