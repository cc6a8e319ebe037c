"""What comes in and goes out as files: imports, exports, their review, everything out and in (domaine.md §9).

Begin with colonnes.py: the columns of each file, the same both ways. imports.py writes what references.py has
recognised, revue.py shows it first; exports.py writes the CSV; reversibilite.py is « exporter tout », rechargement.py «
importer tout ».
"""
