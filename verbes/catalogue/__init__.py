"""The fiches d'accompagnement as they are written: versions, proposals, states, themes (regles.md §9).

Begin with catalogue.py. campagne.py asks once a year whether they are still right, guide.py keeps the printed guide of
each year; portes.py keeps the organismes to which a mairie may be sent instead, besoins.py what was searched in vain.
What searches the fiches is on the ground, since it searches the contents too: verbes/recherche.py.
"""
