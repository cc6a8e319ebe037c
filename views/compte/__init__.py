"""Accounts: sign-in, second factor, sessions, absences and delegations, « Mon compte », the help.

Begin with compte.py; etapes.py are the steps of a sign-in, sso.py that of the département, sessions.py « Mes sessions
», relais.py absences and delegations, aide.py the help and the commitments.
"""
