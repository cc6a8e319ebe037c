"""A mail read in a process of its own, which costs at most so much whatever the mail holds: the one that asked goes on.

`python -m verbes.demande.lecture_a_part` reads the bytes of a mail and writes what they say, as JSON: its headers
first, on a line, then the whole on another. Stopped between the two, the mail is « lourde ».
"""
import base64
import contextlib
import json
import logging
import os
import subprocess
import sys

from langue import MO

from .lecture_courriel import ILLISIBLE, OCTETS_MAX, Lu, empreinte, lire, lire_la_tete

with contextlib.suppress(ImportError):                              # of Unix alone
    import resource

log = logging.getLogger('plateforme')

SECONDES, PATIENCE, MEMOIRE = 5, 10, 256 * MO                       # of processor; of the clock; bytes
DE_LECTURE = ('-m', 'verbes.demande.lecture_a_part')


def lire_a_part(octets):
    """The Lu of the bytes of a mail: never an exception of theirs, whatever they are; OSError when the machine can't
    start a process."""
    ici = os.environ | {'PYTHONPATH': os.pathsep.join(sys.path)}
    try:
        sortie = subprocess.run([sys.executable, *DE_LECTURE], input=octets[:OCTETS_MAX + 1], env=ici, timeout=PATIENCE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    except subprocess.TimeoutExpired as trop:
        sortie = trop.stdout or b''
    lignes = [ligne for ligne in sortie.split(b'\n')[:-1] if ligne]
    if len(lignes) < 2:
        log.error('courriel trop coûteux à lire : %s octets', len(octets))
    return _defaire(lignes[-1]) if lignes else ILLISIBLE._replace(identifiant=empreinte(octets))


def _defaire(ligne):
    champs = json.loads(ligne)
    champs['fichiers'] = [(nom, base64.b64decode(contenu)) for nom, contenu in champs['fichiers']]
    return Lu(**champs)


def _ecrire(lu):
    champs = lu._asdict() | {'fichiers': [(nom, base64.b64encode(contenu).decode()) for nom, contenu in lu.fichiers]}
    sys.stdout.write(json.dumps(champs) + '\n')
    sys.stdout.flush()


def _borner():
    with contextlib.suppress(NameError, ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDES, SECONDES))
        resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE, MEMOIRE))


def main():
    _borner()
    octets = sys.stdin.buffer.read(OCTETS_MAX + 1)
    _ecrire(lire_la_tete(octets))
    _ecrire(lire(octets))


if __name__ == '__main__':
    main()
