"""The pages of the contents: what the public reads, what agents write, the documents that contributeurs share.

Begin with contenus.py (public lists and items) or publication.py (one content as it is written). fichiers.py and
joints.py are what is joined, projets.py and consentement.py the agreement and the readings of a projet, documents.py
and groupes.py the shared documents, agenda.py and flux.py the agenda and what subscribes to it, invitations.py who is
invited.
"""
