"""Where a cluster's managers work with their members: the list, the file of one, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.forms.members import (
    LEAVING,
    PURPOSE_WORDS,
    ChangeForm,
    ConsentForm,
    ContactForm,
    JoinForm,
    LeaveForm,
    NoteForm,
    RenewForm,
)
from poliedro.registry.models import Cluster, Contact, Interaction, MembershipSpell, Organisation
from poliedro.registry.present import facet, page_asked, pages_of
from poliedro.registry.queries.member_file import MemberFile, member_file
from poliedro.registry.queries.member_list import FACETS, PAGE, FoundMembers, find_members
from poliedro.registry.queries.visibility import keep_back
from poliedro.registry.rules.members import MembershipRefused
from poliedro.registry.services.exports import export_members
from poliedro.registry.services.members import change_membership, join_cluster, leave_cluster, renew_membership
from poliedro.registry.services.relations import (
    ContactExists,
    add_contact,
    end_contact,
    record_interaction,
    set_consents,
    settle_next_step,
)
from poliedro.registry.shown import cluster_tabs, manage_crumbs
from poliedro.registry.views.found import (
    ClusterMember,
    cluster_by_key,
    contact_by_pk,
    interaction_by_pk,
    member_by_key,
)
from poliedro.registry.words import category_words
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Empty
from poliedro.shared.search import matching_keys


def facet_words(name: str, value: str) -> str:
    """A value of a facet of the member list in words."""
    if name == "kind":
        return str(Organisation.Kind(value).label)
    if name == "size":
        return str(Organisation.SizeClass("" if value == "unknown" else value).label)
    if name == "category":
        return category_words()[value]
    if name == "since":
        return {
            "new": _("less than 1 year"),
            "recent": _("1 to 2 years"),
            "settled": _("3 to 7 years"),
            "old": _("8 years and more"),
        }[value]
    if name == "attention":
        return attention_words()[value]
    if name == "fee_class":
        sizes = {v: str(label) for v, label in Organisation.SizeClass.choices if v}
        return _("none") if value == "none" else sizes.get(value, value)
    return _("not known") if value == "unknown" else value


def attention_words() -> dict[str, str]:
    return {
        "arrears": _("fee overdue"),
        "ends_soon": _("membership ends soon"),
        "no_contact": _("nobody to speak to"),
        "quiet": _("nothing noted for a year"),
    }


def _facets(found: FoundMembers, request: HttpRequest) -> list[Any]:
    labels = {
        "attention": _("Needs attention"),
        "kind": _("Kind"),
        "size": _("Size"),
        "category": _("Category"),
        "fee_class": _("Fee class"),
        "province": _("Province"),
        "since": _("Member for"),
    }
    return [
        facet(
            name,
            labels[name],
            [
                (value, facet_words(name, value), n)
                for value, n in sorted(found.facets[name].items(), key=lambda p: (-p[1], p[0]))
            ],
            request.GET,
        )
        for name in FACETS
    ]


@needs("registry.view_member_file", cluster=cluster_by_key)
@require_safe
def member_list(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """The members of today, those who need attention first."""
    today, text = timezone.localdate(), request.GET.get("q", "").strip()[:100]
    number = page_asked(request)
    values = {name: request.GET.get(name, "")[:40] for name in FACETS}
    found = find_members(cluster, today, values, text, number)
    words = attention_words()
    needing = sum(found.facets["attention"].values()) if not any(values.values()) and not text else None
    return render(
        request,
        "registry/member_list.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "registry:member_list"),
            "rows": [
                (
                    m,
                    facet_words("kind", m.kind),
                    facet_words("size", m.size or "unknown"),
                    category_words()[m.category],
                    [words[a] for a in m.attention],
                )
                for m in found.rows
            ],
            "found": found,
            "needing": needing,
            "facets": _facets(found, request),
            "text": text,
            "kept": [(k, v) for k, v in values.items() if v],
            "clear_url": reverse("registry:member_list", args=[cluster.key]),
            "may_join": request.user.has_perm("registry.manage_members", cluster),
            "pages": pages_of(request.GET, number, PAGE, shown=len(found.rows), total=found.total),
            "empty": _nobody(cluster, found),
            "synthetic_data": cluster.is_synthetic,
            "crumbs": manage_crumbs(cluster, Crumb(_("Member list"))),
        },
    )


def _nobody(cluster: Cluster, found: FoundMembers) -> Empty:
    if found.everyone:
        return Empty(
            _("No member matches"),
            _("Take a choice away, or search for fewer words."),
            _("All members"),
            reverse("registry:member_list", args=[cluster.key]),
        )
    return Empty(
        _("No members yet"),
        _("Load your list as CSV or XLSX: it is checked row by row before anything changes, and can be undone."),
        _("Load a list"),
        reverse("registry:imports", args=[cluster.key]),
    )


@needs("registry.view_member_file", cluster=cluster_by_key)
@require_safe
def member_export(request: HttpRequest, cluster: Cluster, suffix: str) -> HttpResponse:
    """All spells of the cluster, in the columns that the import takes."""
    if suffix not in ("csv", "xlsx"):
        raise Http404
    kind = {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }[suffix]
    body = export_members(cluster=cluster, suffix=suffix, by=request.user)
    return HttpResponse(
        body,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="members-{cluster.key}.{suffix}"'},
    )


@needs("registry.manage_members", cluster=cluster_by_key)
@require_safe
def join_search(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Find the organisation that joins."""
    text = request.GET.get("q", "").strip()[:100]
    keys = [int(k) for k in matching_keys(text, "organisation", limit=30)] if text else []
    rows = Organisation.objects.current().select_related("territory", "nace").in_bulk(keys)
    keep_back(rows.values(), request.user)
    return render(
        request,
        "registry/join_search.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "registry:member_list"),
            "text": text,
            "rows": [rows[k] for k in keys if k in rows],
            "synthetic_data": False,
            "crumbs": manage_crumbs(cluster, *_list_crumb(cluster), Crumb(_("New member"))),
        },
    )


def _list_crumb(cluster: Cluster) -> list[Crumb]:
    return [Crumb(_("Member list"), reverse("registry:member_list", args=[cluster.key]))]


ACTS = ("join", "renew", "change", "leave", "contact", "note")


@needs("registry.view_member_file", member=member_by_key)
def member(request: HttpRequest, member: ClusterMember) -> HttpResponse:
    """The file of one organisation; each form on it is one act."""
    cluster, body, today = member.cluster, member.organisation, timezone.localdate()
    act = request.POST.get("act", "")
    file = member_file(cluster, body, today)
    forms = _forms(file, act, request)
    if request.method == "POST":
        if act not in ACTS or act not in forms:
            raise Http404
        form = forms[act]
        if form.is_valid():
            try:
                said = _DONE[act](file, form.cleaned_data, cluster, request.user)
            except (MembershipRefused, ContactExists):
                form.add_error(None, _refused(act))
            else:
                messages.success(request, said)
                return redirect(reverse("registry:member_file", args=[cluster.key, body.pk]) + _PLACE[act])
    reasons = {str(k): str(v) for k, v in LEAVING}
    return render(
        request,
        "registry/member_file.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "registry:member_list"),
            "organisation": body,
            "file": file,
            "spells": [
                (
                    s,
                    category_words()[s.category],
                    facet_words("fee_class", s.fee_class or "none"),
                    reasons[s.leave_reason],
                )
                for s in file.spells
            ],
            "contacts": [
                (
                    c,
                    [(str(PURPOSE_WORDS[p]), d) for p, d in c.consents.items() if p in PURPOSE_WORDS],
                    ConsentForm(initial={"purposes": list(c.consents)}, prefix=f"c{c.contact.pk}"),
                )
                for c in file.contacts
            ],
            "forms": forms,
            "open_act": act,
            "today": today,
            "synthetic_data": body.is_synthetic,
            "crumbs": manage_crumbs(cluster, *_list_crumb(cluster), Crumb(str(body))),
        },
        status=422 if request.method == "POST" else 200,
    )


def _forms(file: MemberFile, act: str, request: HttpRequest) -> dict[str, Any]:
    def given(name: str) -> Any:
        return request.POST if act == name else None

    forms: dict[str, Any] = {
        "contact": ContactForm(given("contact"), prefix="contact", initial={"is_main": not file.contacts}),
        "note": NoteForm(given("note"), prefix="note"),
    }
    spell = file.current
    if spell is None:
        forms["join"] = JoinForm(given("join"), prefix="join", initial={"fee_class": file.organisation.size_class})
        return forms
    now = {"category": spell.category, "fee_class": spell.fee_class}
    forms["change"] = ChangeForm(given("change"), prefix="change", initial=now)
    forms["leave"] = LeaveForm(given("leave"), prefix="leave")
    if spell.valid_to is not None:
        forms["renew"] = RenewForm(given("renew"), prefix="renew")
    return forms


def _refused(act: str) -> str:
    return {
        "join": _("It is a member on that day or later; end that membership first, or choose another day."),
        "renew": _("The new end must lie after the present one; leave it empty for no end."),
        "change": _("The day must lie within the present membership."),
        "leave": _("The day must lie after the first day of the membership, and not after its end."),
        "contact": _("This person is a contact of the member already."),
    }[act]


def _spell(file: MemberFile) -> MembershipSpell:
    if file.current is None:
        raise Http404
    return file.current


def _join(file: MemberFile, data: dict[str, Any], cluster: Cluster, by: Any) -> str:
    join_cluster(organisation=file.organisation, cluster=cluster, by=by, **data)
    return _("Joined. It counts in every figure of the cluster from that day on.")


def _renew(file: MemberFile, data: dict[str, Any], cluster: Cluster, by: Any) -> str:
    renew_membership(spell=_spell(file), until=data["until"], by=by)
    return _("Renewed.")


def _change(file: MemberFile, data: dict[str, Any], cluster: Cluster, by: Any) -> str:
    change_membership(spell=_spell(file), by=by, **data)
    return _("Changed from that day on; what held before stays on record.")


def _leave(file: MemberFile, data: dict[str, Any], cluster: Cluster, by: Any) -> str:
    leave_cluster(spell=_spell(file), by=by, **data)
    return _("The membership ends on that day.")


def _contact(file: MemberFile, data: dict[str, Any], cluster: Cluster, by: Any) -> str:
    add_contact(cluster=cluster, organisation=file.organisation, by=by, **data)
    return _("Contact added. Ask what the person agrees to receive, and tick it.")


def _note(file: MemberFile, data: dict[str, Any], cluster: Cluster, by: Any) -> str:
    record_interaction(cluster=cluster, organisation=file.organisation, by=by, **data)
    return _("Noted.")


_DONE: dict[str, Callable[[MemberFile, dict[str, Any], Cluster, Any], str]] = {
    "join": _join,
    "renew": _renew,
    "change": _change,
    "leave": _leave,
    "contact": _contact,
    "note": _note,
}
_PLACE = {
    "join": "#spells",
    "renew": "#spells",
    "change": "#spells",
    "leave": "#spells",
    "contact": "#contacts",
    "note": "#notes",
}


@needs("registry.manage_members", contact=contact_by_pk)
@require_POST
def contact_consents(request: HttpRequest, contact: Contact) -> HttpResponse:
    """What a contact said yes to."""
    form = ConsentForm(request.POST, prefix=f"c{contact.pk}")
    if not form.is_valid():
        raise Http404
    wording = "; ".join(f"{key}: {words}" for key, words in PURPOSE_WORDS.items())
    set_consents(contact=contact, purposes=set(form.cleaned_data["purposes"]), wording=wording, by=request.user)
    messages.success(request, _("Consents recorded."))
    return redirect(reverse("registry:member_file", args=[contact.cluster.key, contact.organisation_id]) + "#contacts")


@needs("registry.manage_members", contact=contact_by_pk)
@require_POST
def contact_end(request: HttpRequest, contact: Contact) -> HttpResponse:
    end_contact(contact=contact, on=timezone.localdate(), by=request.user)
    messages.success(request, _("No longer a contact; the consents for this cluster ended with it."))
    return redirect(reverse("registry:member_file", args=[contact.cluster.key, contact.organisation_id]) + "#contacts")


@needs("registry.manage_members", interaction=interaction_by_pk)
@require_POST
def interaction_settle(request: HttpRequest, interaction: Interaction) -> HttpResponse:
    settle_next_step(interaction=interaction, on=timezone.localdate(), by=request.user)
    messages.success(request, _("Done."))
    back = reverse("registry:member_file", args=[interaction.cluster.key, interaction.organisation_id]) + "#notes"
    return redirect(reverse("portal:work") if request.POST.get("from") == "work" else back)
