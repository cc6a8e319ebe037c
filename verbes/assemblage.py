"""How `make zip` puts the single file together: the packages that go in it, then the same bytes each time."""
import pathlib
import sys
import zipfile
from importlib.util import find_spec

from .composants import epingles


def dire_paquets():
    """Print the path of each package of requirements.txt, as this Python has it, for `cp`."""
    print(*(find_spec(nom).origin.removesuffix('/__init__.py') for nom in epingles()))


def assembler(dossier, fichier):
    """Write a folder as one program. Members in their order, dates and rights that say nothing (python3.11 -m zipapp
    keeps the order of the disk).
    """
    dossier, fichier = pathlib.Path(dossier), pathlib.Path(fichier)
    with open(fichier, 'wb') as sortie:
        sortie.write(b'#!/usr/bin/env python3\n')
        with zipfile.ZipFile(sortie, 'w') as archive:
            for chemin in sorted(c for c in dossier.rglob('*') if c.is_file()):
                membre = zipfile.ZipInfo(chemin.relative_to(dossier).as_posix(), (2020, 1, 1, 0, 0, 0))
                membre.external_attr = 0o100644 << 16
                archive.writestr(membre, chemin.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    fichier.chmod(0o755)


if __name__ == '__main__':
    quoi, *chemins = sys.argv[1:]
    {'paquets': dire_paquets, 'assembler': assembler}[quoi](*chemins)
