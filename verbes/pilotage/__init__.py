"""The figures, and where they are: tables, map, territories, evaluation (regles.md §11).

Begin with chiffres.py: what is counted, over which demandes, and who may read it; ensembles.py holds the sets that it
counts. tableaux.py lays them out by theme, structure or month, carte.py and territoires.py by place; evaluation.py
keeps what the mairies say of it.
"""
