from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.accounts.models import Person
from poliedro.accounts.queries import matters_told
from poliedro.registry.models import Cluster
from poliedro.support.models.agency import COMPETENCE_LABELS, URGENCY_LABELS, Provider, SharedAsset
from poliedro.support.models.coaching import CoachingEntry
from poliedro.support.rules.agency import COMPETENCES, LEVELS

LEVEL_LABELS = {
    0: _("0 - not yet"),
    1: _("1 - have heard of it"),
    2: _("2 - with help"),
    3: _("3 - alone"),
    4: _("4 - could teach it"),
}
ATTAINMENT_LABELS = {
    -2: _("much less than agreed (-2)"),
    -1: _("less than agreed (-1)"),
    0: _("as agreed (0)"),
    1: _("more than agreed (+1)"),
    2: _("much more than agreed (+2)"),
}
SCORES = [("", "---"), *((n, str(n)) for n in range(1, 6))]
"""Nothing is chosen beforehand: one click must not be a mark."""

COACHING_CONSENT = _(
    "I agree that the coach whom I ask reads this need, and that what we write in the case is kept encrypted until two "
    "years after it closes."
)
"""What a manager agrees to when asking for coaching; the words that were read are kept with the case."""
SUGGESTION_READERS = _("The agency reads it from the first day of next month, the others once it is answered; no name.")


def day_field(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


def text_field(rows: int = 4, **options: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), **options)


def competence_field(**options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=[(key, COMPETENCE_LABELS[key]) for key in COMPETENCES], **options)


class OwnCluster(forms.ModelChoiceField[Cluster]):
    """One of the clusters that the person manages; the only one is chosen already."""

    def __init__(self, clusters: Any) -> None:
        only = clusters[0] if len(clusters) == 1 else None
        super().__init__(
            label=_("Cluster"),
            queryset=Cluster.objects.filter(pk__in=[c.pk for c in clusters]),
            initial=only,
            empty_label=None if only else "---",
        )


class NeedForm(forms.Form):
    competence = competence_field(label=_("What do you want to get better at?"))
    urgency = forms.TypedChoiceField(
        label=_("How soon"),
        coerce=int,
        choices=list(URGENCY_LABELS.items()),
        initial=2,
    )
    text = text_field(label=_("In your own words"), help_text=_("Only you read this, and the coach that you choose."))

    def __init__(self, *args: Any, clusters: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cluster"] = OwnCluster(clusters)


class GridForm(forms.Form):
    """The competence grid: one line a competence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key in COMPETENCES:
            self.fields[key] = forms.TypedChoiceField(
                label=COMPETENCE_LABELS[key], coerce=int, choices=[(n, LEVEL_LABELS[n]) for n in LEVELS], initial=0
            )

    def levels(self) -> dict[str, int]:
        return {key: self.cleaned_data[key] for key in COMPETENCES}


class AskForm(forms.Form):
    goal = text_field(3, label=_("What should be different afterwards?"))
    agreed = forms.BooleanField(label=COACHING_CONSENT, help_text=_("You take it back at any time under My data."))


class EntryForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is it"), choices=CoachingEntry.Kind.choices)
    text = text_field(label=_("Text"), required=False, help_text=_("Not needed where you add a document."))
    file = forms.FileField(label=_("Document"), required=False, help_text=_("At most 5 MB; it is kept encrypted."))
    on = day_field(
        label=_("Day"), required=False, help_text=_("Of the meeting, or the day by which the action is done.")
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        kind = data.get("kind")
        if kind == CoachingEntry.Kind.DOCUMENT:
            if not data.get("file"):
                self.add_error("file", _("Choose the document."))
        elif not data.get("text"):
            self.add_error("text", _("Write a line or two."))
        if kind in (CoachingEntry.Kind.ACTION, CoachingEntry.Kind.MEETING) and not data.get("on"):
            self.add_error("on", _("Meetings and actions have a day."))
        return data


class RateGoalForm(forms.Form):
    level = forms.TypedChoiceField(coerce=int, choices=list(ATTAINMENT_LABELS.items()))


class FeedbackForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("How useful was it?"), coerce=int, choices=SCORES, help_text=_("1 not at all, 5 very.")
    )
    text = text_field(3, label=_("To your coach"), required=False, help_text=_("Stays in this case."))
    suggestion = text_field(2, label=_("What should the agency change?"), required=False, help_text=SUGGESTION_READERS)


class DeclineForm(forms.Form):
    why = text_field(2, label=_("Why you cannot take it on"), help_text=_("The manager reads it, nobody else."))


class RatePeerForm(forms.Form):
    level = forms.TypedChoiceField(
        label=_("How well does your colleague command it now?"),
        coerce=int,
        choices=[("", "---"), *LEVEL_LABELS.items()],
        help_text=_("It goes into your colleague's own grid, which nobody else reads."),
    )


class CourseFeedbackForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("How useful was it?"), coerce=int, choices=SCORES, help_text=_("1 not at all, 5 very.")
    )
    applied = forms.BooleanField(label=_("I have used it in my work"), required=False)
    suggestion = text_field(2, label=_("What should the agency change?"), required=False, help_text=SUGGESTION_READERS)


class FollowUpForm(forms.Form):
    follow_up_on = day_field(label=_("Look again on"), help_text=_("Three to six months ahead."))


class CourseForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    competence = competence_field(label=_("Competence"))
    text = text_field(3, label=_("What one learns"), required=False)
    provider = forms.ModelChoiceField(label=_("Trainer"), queryset=Provider.objects.filter(active=True), required=False)
    coach = forms.ModelChoiceField(
        label=_("Run by"),
        queryset=Person.objects.none(),
        help_text=_("This coach alone reads who takes part. The trainer may be somebody else."),
    )
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=200, initial=12)
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    on = day_field(label=_("First day"))
    starts_at = forms.TimeField(label=_("Begins at"), widget=forms.TimeInput(attrs={"type": "time"}), initial="09:30")
    ends_at = forms.TimeField(label=_("Ends at"), widget=forms.TimeInput(attrs={"type": "time"}), initial="16:30")
    second_on = day_field(label=_("Second day"), required=False)
    third_on = day_field(label=_("Third day"), required=False)
    proposed = forms.BooleanField(
        label=_("These days are proposals"),
        required=False,
        help_text=_("Managers say on which they can; the coach then holds the course on one of them, or on two."),
    )

    def __init__(self, *args: Any, coaches: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["coach"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = coaches

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("It ends after it begins."))
        named = [data[k] for k in ("on", "second_on", "third_on") if data.get(k)]
        if len(set(named)) < len(named):
            self.add_error("second_on", _("The same day is named twice."))
        return data


class CloseCourseForm(forms.Form):
    follow_up_on = day_field(label=_("Look again on"), help_text=_("Three to six months ahead."))
    action = forms.CharField(label=_("How it is followed up"), max_length=500)


class PeerForm(forms.Form):
    competence = competence_field(label=_("What can you show others?"))
    text = forms.CharField(label=_("In a line"), max_length=500, required=False)

    def __init__(self, *args: Any, clusters: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cluster"] = OwnCluster(clusters)


class HandoverForm(forms.Form):
    person = forms.ModelChoiceField(label=_("New contact"), queryset=Person.objects.none())
    starts_on = day_field(label=_("From"), initial=timezone.localdate)
    handover = text_field(3, label=_("What the new contact has to know"), required=False)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people


class AssetForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is it"), choices=SharedAsset.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=200)
    text = text_field(2, label=_("Text"), required=False)
    url = forms.URLField(label=_("Address"), required=False, assume_scheme="https")
    starts_on = day_field(label=_("Day"), required=False)


class AnswerForm(forms.Form):
    answer = text_field(2, label=_("What we did"))
    changed_on = day_field(label=_("Changed on"), required=False, help_text=_("Empty: not yet."))


class ProviderForm(GridForm):
    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grid = dict(self.fields)
        self.fields.clear()
        self.fields["person"] = forms.ModelChoiceField(
            label=_("Person"), queryset=people, required=False, help_text=_("Empty: an outside expert without a login.")
        )
        self.fields["name"] = forms.CharField(label=_("Name"), max_length=200)
        self.fields["is_agency"] = forms.BooleanField(label=_("Works at the agency"), required=False)
        self.fields["references"] = text_field(2, label=_("References"), required=False)
        self.fields["price_day_eur"] = forms.DecimalField(
            label=_("Price of a day, EUR"), required=False, min_value=0, decimal_places=2
        )
        self.fields.update(grid)


class DeclareForm(forms.Form):
    subject = forms.CharField(
        label=_("Cluster or organisation"), max_length=200, help_text=_("Its name as the register writes it.")
    )
    reason = forms.CharField(label=_("What ties you to it"), max_length=200)
    valid_from = day_field(label=_("Since"))
    valid_to = day_field(label=_("Until"), required=False, help_text=_("Empty: still."))


class OverrideForm(forms.Form):
    person = forms.ModelChoiceField(label=_("Who should decide"), queryset=Person.objects.none())
    subject = forms.CharField(
        label=_("Cluster or organisation"), max_length=200, help_text=_("The one to which the tie is; ask the person.")
    )
    matter = forms.ChoiceField(label=_("Call"))
    reason = text_field(2, label=_("Why nobody else can"))

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people
        matter = self.fields["matter"]
        assert isinstance(matter, forms.ChoiceField)
        matter.choices = [("", "---"), *((m.key, m.name) for m in matters_told() if not m.is_settled)]
