"""What comes in and goes out as files: imports, exports, their review, everything out and in (regles.md §9).

Begin with colonnes.py: the columns of each file, the same both ways. lecture.py reads a file as a spreadsheet wrote it,
under the words of titres.py; historique.py makes such lines of an old follow-up, whose words reconnus.py understands
and whose demandes reprises.py finds again.
imports.py writes what references.py has recognised, revue.py shows it first, lots.py undoes it; exports.py writes the
CSV; reversibilite.py is « exporter tout », rechargement.py « importer tout ».
"""
