"""A new file made of a base: whole under its name, or not there; and the numbering that a base goes on with."""
import contextlib
import os
import sys
import tempfile

from models import Refus, dire_incident

VOISINS = ('-wal', '-shm', '-journal')                              # what SQLite keeps beside a base
DERNIER_NUMERO = "SELECT coalesce(max(CAST(seq AS INTEGER)), 0) FROM sqlite_sequence WHERE name = 'demande'"


@contextlib.contextmanager
def livrer(base, fichier, texte=False):
    """Give the path of a new file to fill, mode 0600; filled, it takes its name, which must be free.

    « - »: it then goes whole to the standard output; until then it waits in TMPDIR, else beside the base (/tmp is often
    memory).
    """
    if fichier == '-':
        if sys.stdout.isatty() and not texte:
            raise Refus('Ceci ne s\'écrit pas sur un terminal\u00a0: envoyez la sortie à une commande ou un fichier.')
        attente = os.path.join(os.environ.get('TMPDIR') or dossier_de(base), os.path.basename(base))
        with provisoire(attente) as chemin:
            yield chemin
            _verser(chemin)
        return
    if not os.path.basename(fichier):
        raise Refus('Indiquez le nom du fichier à écrire.')
    if os.path.lexists(fichier):
        raise Refus(f'{fichier} existe déjà\u00a0: choisissez un autre nom. Rien n\'a été modifié.')
    with provisoire(fichier) as chemin:
        yield chemin
        sur_disque(chemin)
        os.rename(chemin, fichier)
        sur_disque(dossier_de(fichier))


def _verser(chemin):
    """Send a file to the standard output, its name already gone."""
    sys.stdout.flush()
    with open(chemin, 'rb') as fichier:
        os.unlink(chemin)
        while bloc := fichier.read(1 << 20):
            while bloc:
                bloc = bloc[os.write(sys.stdout.fileno(), bloc):]


@contextlib.contextmanager
def provisoire(fichier):
    """A new file beside another, mode 0600 from the start, removed unless it was renamed."""
    try:
        descripteur, chemin = tempfile.mkstemp('.partiel', f'.{os.path.basename(fichier)}-', dossier_de(fichier))
    except OSError as erreur:
        erreur.filename = None                                      # a name of ours, which says nothing
        raise Refus(f'Rien ne peut être écrit dans {dossier_de(fichier)} ({dire_incident(erreur)}).') from None
    os.close(descripteur)
    try:
        yield chemin
    finally:
        for suffixe in ('', *VOISINS):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(chemin + suffixe)


def dossier_de(fichier):
    return os.path.dirname(os.path.abspath(fichier))


def sur_disque(chemin):
    """fsync a file, or a folder so that its names last.

    Never the base itself: closing a descriptor of it drops SQLite's locks.
    """
    descripteur = os.open(chemin, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)


def numeroter_apres(brute, dernier):
    """Count on from there: a number told to a mairie is never given to another demande."""
    if dernier > brute.execute(DERNIER_NUMERO).fetchone()[0]:
        brute.execute("DELETE FROM sqlite_sequence WHERE name = 'demande'")
        brute.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('demande', ?)", (dernier,))
