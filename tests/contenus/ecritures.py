"""What the tests of the contents share: a content as no verb writes it, a case whose writes are undone, a refusal."""
import contextlib

import pytest
from conftest import creer_ligne

import models


@contextlib.contextmanager
def a_defaire():
    """A transaction that is rolled back: the next case finds the world as it was."""
    with models.ecriture(), models.db.atomic() as essai:
        yield
        essai.rollback()


def en_lecture(lire, *arguments, **options):
    with models.lecture():
        return lire(*arguments, **options)


def refus_de(verbe, *arguments, **options):
    with pytest.raises(models.Refus) as refus:
        verbe(*arguments, **options)
    return refus.value


def un_contenu(titre, genre='actualite', le='2026-11-03', **colonnes):
    """A content published that day, which everyone reads unless said otherwise."""
    return creer_ligne(models.Contenu, **{
        'genre': genre, 'etat': 'publie', 'titre': titre, 'publie_le': le, 'cree_le': f'{le}T09:00:00Z',
        'modifie_le': f'{le}T09:00:00Z'} | colonnes)
