"""Translated content. History of a translated model is registered here, after the translation."""

import simple_history
from modeltranslation.translator import TranslationOptions, register

from poliedro.registry.models import Cluster, DataQualityFinding


@register(Cluster)
class ClusterTranslation(TranslationOptions):
    fields = ("field", "description")


@register(DataQualityFinding)
class DataQualityFindingTranslation(TranslationOptions):
    fields = ("title", "statement", "explanation")


simple_history.register(Cluster)
