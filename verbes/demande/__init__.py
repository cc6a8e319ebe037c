"""One demande, from its deposit to its closing, and the list of them all (regles.md §2 to §9).

Begin with cycle.py: every writer of a statut. actes.py changes it without changing the statut, clotures.py says how one
ends, points.py what is due and to whom, relances.py what is sent of it, liste.py finds, sorts and counts, proches.py
finds what was done before for the same need; situations.py is the place of an agent in each demande, taches.py what
they have to do of it, in the order of a day; lettres.py is what the accusés de réception say, courrier.py what becomes
of them; cote.py, a_confirmer.py and stock.py are the acts of one's day, of an election, of the reprise. What the law
says is on the ground: verbes/regles.py, verbes/questions.py.
"""
