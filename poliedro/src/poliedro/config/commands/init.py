from __future__ import annotations

from pathlib import Path

import click

TEMPLATE = """\
# A region for Poliedro. Change what follows, then: POLIEDRO_REGION={name} poliedro load-region
#
# key: a short name for files and addresses. code: NUTS code of the region.
# country: ISO 3166 (GR and GB, not EL and UK).
key: {key}
code: {code}
country: {country}
# The region's name by language; Italian and English are the languages of the interface.
names: {{it: {title}, en: {title}}}
# Where the cluster agency sits: secretariat (serves all clusters), development_agency (beside the inward-investment
# desk) or innovation_agency (also runs funding). It decides who may see what: see registry/rules/permissions.py.
form: secretariat
# To whom readers turn about the site, accessibility and their data: a name, and an email or a url. Without it the pages
# say that no address is named yet.
contact: {{}}
# What an incubator goes through with a start-up that leaves it, where the usual items do not fit: a file beside this
# one, built like regions/hand_over/items.yaml of the platform. For example: hand_over: hand-over.yaml
# The territories above the region, from the country down.
parents: [{{code: {country}, name: {country}, level: nuts0}}]
# NUTS 3 areas: sign, centroid, and the tile (column, row) of the schematic map used until the official borders are
# loaded (poliedro load nuts FOLDER).
provinces:
  - {{code: {code}1, sign: P1, name: First province, latitude: 45.0, longitude: 8.0, tile: [0, 0]}}
# Programming periods and the priority areas (S3) of each.
periods:
  - {{key: 2021-27, from: 2021-01-01, to: 2028-01-01}}
s3:
  2021-27:
    - {{code: A1, it: Prima area, en: First area}}
# Clusters. definition: NACE Rev. 2 classes; a class stands for all below it. areas: weights by period, at most 1
# together. bodies: the organisations that manage the cluster; exactly one leads.
clusters:
  - key: first
    name: First cluster
    type: sectoral            # or transversal: never compared across types
    field: {{it: Primo campo, en: First field}}
    founded: 2020-01-01
    colour: "#0066cc"         # the same on every page
    definition: ["10"]
    areas: {{2021-27: {{A1: 1.0}}}}
    # town: where the body sits; with it, another source's row of the same body is recognised.
    # identifiers: the body's public numbers, in quotes: vat, tax_code (Italy), pic (EU projects), lei. With one of them
    # the body and the row of any other source that has the same number are one, with its projects; without, a person
    # may have to say so. A number of another body, or one that differs from the register's, stops the loading.
    # For example: identifiers: {{pic: "999977754", vat: "IT12345678903"}}
    bodies: [{{name: First body, seat: {code}1, town: First town, identifiers: {{}}, lead: true}}]
# Bodies of the ecosystem and the services they offer, to whom (see ServiceOffer in registry/models/organisations.py):
#   - {{name: Our university, kind: university, seat: {code}1, town: First town, identifiers: {{pic: "999999999"}},
#      offers: {{laboratory: [micro_small, large]}}}}
ecosystem: []
# Figures that publications state, kept beside what the register computes; where they disagree, a finding says so.
published: []
"""


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--code", default="XX1", show_default=True, help="NUTS code of the region.")
@click.option("--name", default="My region", show_default=True)
def command(path: Path, code: str, name: str) -> None:
    """Write a commented configuration (YAML) for a region of one's own to PATH, such as my-region.yaml."""
    if path.suffix not in {".yaml", ".yml"}:
        raise click.UsageError(f"{path} would hold YAML; name it {path.with_suffix('.yaml').name}")
    if path.exists():
        raise click.UsageError(f"{path} exists; choose another name, or delete it first")
    key = "-".join(name.lower().split())
    path.write_text(TEMPLATE.format(name=path.name, key=key, code=code, country=code[:2], title=name), encoding="utf-8")
    click.echo(f"Wrote {path}. Edit it, then: POLIEDRO_REGION={path} poliedro load-region")
