"""What the database refuses of this room whoever writes; `shared/guards.py` keeps it.

# Note [Closings in the database]
A firm's case, coaching and a course each end in one of three ways: closed (somebody answered), closed without an answer
(they were asked, and reminded), stopped or cancelled (nothing was given). Check constraints hold what stands in the row
itself; these hold what stands in others. See Note [Closed without an answer] in `rules/cases.py`.
"""

from __future__ import annotations

from poliedro.shared.guards import Guard
from poliedro.support.models.contact_guards import CONTACT_GUARDS
from poliedro.support.rules.cases import REMINDERS

_ANSWERED = "SELECT 1 FROM support_feedback f WHERE f.case_id = NEW.id AND f.answered_on IS NOT NULL"
_SILENT = "SELECT 1 FROM support_feedback f WHERE f.case_id = NEW.id AND f.answered_on IS NULL"
_REMINDED = f"{_SILENT} AND f.reminders >= {REMINDERS}"
_GIVEN = "SELECT 1 FROM support_casestep s WHERE s.case_id = NEW.id AND s.delivery_id IS NOT NULL"
_HEARD = "(SELECT count(*) FROM support_enrolment e WHERE e.course_id = NEW.id AND e.feedback_on IS NOT NULL)"
_PRESENT = (
    "(SELECT count(DISTINCT a.enrolment_id) FROM support_enrolment_attended a "
    "JOIN support_enrolment e ON e.id = a.enrolment_id WHERE e.course_id = NEW.id)"
)
_MET = "SELECT 1 FROM support_coachingentry e WHERE e.case_id = NEW.id AND e.kind = 'meeting'"
_TO_DO = (
    "SELECT 1 FROM support_coachingentry e WHERE e.case_id = NEW.id AND e.kind = 'action' "
    "AND e.done_on IS NULL AND e.dropped_on IS NULL"
)
_UNRATED = "SELECT 1 FROM support_coachingentry e WHERE e.case_id = NEW.id AND e.kind = 'goal' AND e.rating_id IS NULL"
_OF_CLOSED_CASE = "SELECT 1 FROM support_case c WHERE c.id = OLD.case_id AND c.state IN ('closed', 'unanswered')"
_OF_CLOSED_COURSE = "SELECT 1 FROM support_course c WHERE c.id = OLD.course_id AND c.state IN ('closed', 'unanswered')"


def _becomes(name: str, table: str, state: str, broken: str, says: str, *tables: str) -> tuple[Guard, Guard]:
    """Nothing enters the state while `broken` holds, neither as a new row nor by a change."""
    return (
        Guard(name, table, "INSERT", f"NEW.state = '{state}' AND {broken}", says, tables),
        Guard(name, table, "UPDATE", f"NEW.state = '{state}' AND OLD.state <> NEW.state AND {broken}", says, tables),
    )


GUARDS: tuple[Guard, ...] = (
    *CONTACT_GUARDS,
    *_becomes(
        "case_closes_with_feedback", "support_case", "closed", f"NOT EXISTS ({_ANSWERED})",
        "a case closes with the answer of its client", "support_feedback",
    ),
    *_becomes(
        "case_unanswered_was_reminded", "support_case", "unanswered", f"NOT EXISTS ({_REMINDED})",
        "a case ends without an answer only after reminders", "support_feedback",
    ),
    *_becomes(
        "case_stops_before_it_gives", "support_case", "stopped", f"EXISTS ({_GIVEN})",
        "a case in which something was given closes with feedback", "support_casestep",
    ),
    Guard(
        "feedback_stays", "support_feedback", "DELETE", f"EXISTS ({_OF_CLOSED_CASE})",
        "the feedback of a closed case stays", ("support_case",),
    ),
    Guard(
        "feedback_stays", "support_feedback", "UPDATE",
        f"OLD.answered_on IS NOT NULL AND NEW.answered_on IS NULL AND EXISTS ({_OF_CLOSED_CASE})",
        "the feedback of a closed case stays", ("support_case",),
    ),
    *_becomes(
        "coaching_stops_before_it_begins", "support_coachingcase", "stopped", f"EXISTS ({_MET})",
        "coaching that began closes with feedback", "support_coachingentry",
    ),
    Guard(
        "coaching_closes_without_open_actions", "support_coachingcase", "UPDATE",
        f"NEW.state IN ('closed', 'unanswered') AND OLD.state = 'feedback' AND EXISTS ({_TO_DO})",
        "coaching closes when each agreed action is done or dropped", ("support_coachingentry",),
    ),
    Guard(
        "coaching_closes_with_rated_goals", "support_coachingcase", "UPDATE",
        f"NEW.state = 'closed' AND OLD.state = 'feedback' AND EXISTS ({_UNRATED})",
        "coaching closes when each agreed goal is rated", ("support_coachingentry",),
    ),
    *_becomes(
        "course_closes_with_feedback", "support_course", "closed", f"({_HEARD} = 0 OR {_HEARD} * 2 < {_PRESENT})",
        "a course closes with the feedback of half of those who were there", "support_enrolment",
        "support_enrolment_attended",
    ),
    *_becomes(
        "course_unanswered_was_held", "support_course", "unanswered", f"{_PRESENT} = 0",
        "a course to which nobody came is cancelled", "support_enrolment", "support_enrolment_attended",
    ),
    *_becomes(
        "course_is_cancelled_before_it_is_held", "support_course", "cancelled", f"{_PRESENT} > 0",
        "a course that was held closes with feedback", "support_enrolment", "support_enrolment_attended",
    ),
    Guard(
        "course_feedback_stays", "support_enrolment", "DELETE",
        f"OLD.feedback_on IS NOT NULL AND EXISTS ({_OF_CLOSED_COURSE})",
        "the feedback on a closed course stays", ("support_course",),
    ),
    Guard(
        "course_feedback_stays", "support_enrolment", "UPDATE",
        f"OLD.feedback_on IS NOT NULL AND NEW.feedback_on IS NULL AND EXISTS ({_OF_CLOSED_COURSE})",
        "the feedback on a closed course stays", ("support_course",),
    ),
)  # fmt: skip
