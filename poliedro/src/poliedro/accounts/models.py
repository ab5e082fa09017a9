"""People and sign-in. What a person may do follows from dated relations in `registry`, never from a flag here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from poliedro.accounts.rules import Side, TieKind
from poliedro.shared.vault import key_ring


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A login. There is no superuser: rights come from roles."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, default="it")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    def has_perm(self, permission: str, obj: object = None) -> bool:
        """Ask the rule sets of the rooms (package `rules`)."""
        import rules

        return self.is_active and rules.perm_exists(permission) and bool(rules.has_perm(permission, self, obj))

    def has_module_perms(self, app_label: str) -> bool:
        return False

    is_staff = False
    is_superuser = False


class Person(models.Model):
    """A human being whom the register names, with or without a login."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="person"
    )
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    orcid = models.CharField(max_length=19, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["orcid"], condition=~models.Q(orcid=""), name="accounts_person_one_orcid")
        ]

    def __str__(self) -> str:
        return self.name


class Consent(models.Model):
    """A person's yes to one purpose, until withdrawn."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=60)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    wording = models.TextField(blank=True, help_text="The text that the person agreed to.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"], condition=models.Q(withdrawn_at=None), name="accounts_consent_one_open"
            )
        ]


class ConflictDeclaration(models.Model):
    """A tie that bars a person from deciding about a subject; the subject is a plain key (cluster:agrifood)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="conflicts")
    subject_key = models.CharField(max_length=200, db_index=True)
    reason = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    declared_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="accounts_conflictdeclaration_days_in_order",
            )
        ]


class Tie(models.Model):
    """A room's statement that a person coaches, funds or decides about a subject. Written by `services.record_tie`.

    It outlives what it came from: an erased coaching case still bars its coach for the look-back period. employer_key
    and unit are those of the day on which it was written.

    # Note [A sealed tie]
    That a cluster is coached is as confidential as what is said there. Such a tie holds its subject sealed (key_id,
    token) and an empty subject_key: it bars as any other, since whoever asks opens it (`subject`), and a dump, or the
    log, tells only that a coach coaches somebody.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="ties")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in TieKind])
    subject_key = models.CharField(max_length=200, db_index=True, blank=True, help_text="Empty: sealed.")
    key_id = models.CharField(max_length=40, blank=True)
    token = models.TextField(blank=True)
    employer_key = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=200, blank=True)
    origin_key = models.CharField(max_length=200, help_text="What it came from, such as support.case:12.")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-valid_from", "pk"]
        indexes = [models.Index(fields=["employer_key", "unit"], name="accounts_tie_unit")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "subject_key", "origin_key"], name="accounts_tie_once_an_origin"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="accounts_tie_days_in_order",
            ),
            models.CheckConstraint(
                condition=(models.Q(token="") & ~models.Q(subject_key=""))
                | (~models.Q(token="") & models.Q(subject_key="")),
                name="accounts_tie_has_one_subject",
            ),
        ]

    @property
    def belongs_to(self) -> str:
        return f"accounts.tie:{self.person_id}:{self.origin_key}"

    @property
    def subject(self) -> str:
        """The key of what it ties to, opened where it is sealed. See Note [A sealed tie]."""
        return key_ring().open(self.key_id, self.token, self.belongs_to).decode() if self.token else self.subject_key

    def put(self, subject_key: str) -> None:
        """Seal the subject with the ring's current key; the caller saves."""
        self.key_id, self.token = key_ring().seal(subject_key.encode(), self.belongs_to)


class ConflictOverride(models.Model):
    """Two people, one of each side of the wall, let somebody decide in spite of a tie. Both sides see it.

    matter_key: what it is for, such as call:KEY; it holds nowhere else.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="overrides")
    subject_key = models.CharField(max_length=200)
    matter_key = models.CharField(max_length=200, db_index=True)
    reason = models.CharField(max_length=500)
    first_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    first_side = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Side])
    first_at = models.DateTimeField(default=timezone.now)
    second_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    second_side = models.CharField(max_length=10, blank=True, choices=[(s.value, s.value) for s in Side])
    second_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-first_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(first_by=models.F("person")), name="accounts_conflictoverride_first_is_another"
            ),
            models.CheckConstraint(
                condition=models.Q(second_by=None)
                | (~models.Q(second_by=models.F("first_by")) & ~models.Q(second_by=models.F("person"))),
                name="accounts_conflictoverride_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(second_by=None) | ~models.Q(second_side=models.F("first_side")),
                name="accounts_conflictoverride_two_sides",
            ),
            models.UniqueConstraint(
                fields=["person", "subject_key", "matter_key"],
                condition=models.Q(refused_at=None),
                name="accounts_conflictoverride_one_open",
            ),
        ]

    @property
    def holds(self) -> bool:
        return self.second_by_id is not None and self.refused_at is None
