"""The pages of the figures: « Pilotage », the map, the territories, the evaluation, the report.

Begin with pilotage.py. mesures.py writes a number with the list it opens and the rule it follows; the others each show
one thing of verbes/pilotage.
"""
