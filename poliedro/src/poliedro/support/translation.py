"""Translated content of the catalogue."""

from modeltranslation.translator import TranslationOptions, register

from poliedro.support.models import Package, Service, VoucherScheme


@register(Service)
class ServiceTranslation(TranslationOptions):
    fields = ("name", "description")


@register(Package)
class PackageTranslation(TranslationOptions):
    fields = ("name", "description")


@register(VoucherScheme)
class VoucherSchemeTranslation(TranslationOptions):
    fields = ("name", "description")
