"""Accounts: sign-in, « Sécurité » (second factor, sessions), « Mon compte » (absences and delegations), the help.

Begin with compte.py, which ends by « Sécurité »; etapes.py are the steps of a sign-in, sso.py that of the département,
moi.py « Mon compte », aide.py the help and the commitments.
"""
