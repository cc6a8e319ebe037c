"""The pages of a demande: the form of the mairie, its tracking page, and what agents see and do all day.

Begin with demande.py (the deposit), suivi.py (the link), or dossier.py (one demande for the agents), whose acts are
records, a family a file in actes/. journee.py is « Ma journée », espace.py the list, saisie.py the entry of a demande
received directly, extraction.py the CSV.
"""
