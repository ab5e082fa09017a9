"""Translated content of the catalogue."""

from modeltranslation.translator import TranslationOptions, register

from poliedro.support.models import Package, Service


@register(Service)
class ServiceTranslation(TranslationOptions):
    fields = ("name", "description")


@register(Package)
class PackageTranslation(TranslationOptions):
    fields = ("name", "description")
