"""What an administrateur keeps: structures, collectivités, accounts and their departures, calendar, identity.

Begin with the noun: structures.py, collectivites.py, personnes.py (one account). A departure is prepared by
succession.py, that of a structure by convention.py; both are done and undone by passation.py, an account is closed by
departs.py. calendrier.py has the days, identite.py the logo and the colours, ameliorations.py what agents ask of the
tool, conservation.py how long the audit and the mails are kept.
"""
