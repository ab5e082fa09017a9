from modeltranslation.translator import TranslationOptions, register

from poliedro.reference.models import Code, IndicatorCard, Source


@register(Source)
class SourceTranslation(TranslationOptions):
    fields = ("description", "fills")


@register(Code)
class CodeTranslation(TranslationOptions):
    fields = ("label",)


@register(IndicatorCard)
class IndicatorCardTranslation(TranslationOptions):
    fields = ("name", "definition", "formula", "unit", "counting_rule", "null_means")
