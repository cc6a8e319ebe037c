"""The pages of an administrateur: what is left to settle, accounts, structures, collectivités, settings and texts.

Begin with reste.py, the home of the administration, or with the noun. admin.py has the settings, the legal pages and
the mails; lettres.py the letters to sign; revue.py the imports on screen, contours.py that of the map, stock.py the
reprise, depart.py a departure, convention.py that of a structure, repartition.py what a chef hands
over, passations.py what they show, supervision.py the
service; annuaire.py, which every agent reads, the directory; ameliorations.py what they propose.
"""
