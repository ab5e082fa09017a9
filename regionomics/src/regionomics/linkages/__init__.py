"""Which activities, and which clusters of them, share places, trade and occupations; how good a set of clusters is."""

from regionomics.linkages.clusters import ClusteringScore, cluster_linkages, clustering_score
from regionomics.linkages.colocation import colocation
from regionomics.linkages.links import (
    Links,
    composite_links,
    input_output_links,
    locational_correlation,
    occupation_overlap,
)

__all__ = [
    "ClusteringScore",
    "Links",
    "cluster_linkages",
    "clustering_score",
    "colocation",
    "composite_links",
    "input_output_links",
    "locational_correlation",
    "occupation_overlap",
]
