"""The pages of the catalogue: what the public reads, how fiches are written, the open data, the autres portes.

Begin with catalogue.py (home, catalogue, fiche, search, legal pages) or redaction.py (fiches, proposals, versions,
themes). What several rooms show of a fiche is on the ground: views/vitrine.py, views/propositions.py.
"""
