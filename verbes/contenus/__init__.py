"""What the site shows besides the catalogue, and what contributeurs share: actualités, ressources, projets, agenda.

Begin with contenus.py: the kinds, how one is written, published, withdrawn, proposed. projets.py adds the agreement of
the collectivité, relectures.py what each structure says of it; documents.py and images.py keep what is joined
(formats.py reads their bytes), logos.py the logos of the structures, groupes.py the groupes de travail,
seances.py who is invited to a rendez-vous of theirs, electorale.py the période électorale.
"""
