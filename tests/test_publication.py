"""The contents as they are written: who may, the kinds and their controls, the life, the proposals, the mails."""
import pytest

import models
from verbes import contenus
from verbes.journal import empreinte

ICI = '/espace/redaction/contenus'
ACTUALITE = {'titre': 'Les cours d\'école à l\'ombre', 'resume': 'Trois communes racontent.', 'corps': 'Un **texte**.'}


@pytest.fixture
def ecrire(monde):
    """ecrire('actualite', monde.chef, titre=…) → a Contenu, a brouillon."""
    def faire(genre='actualite', agent=None, **valeurs):
        with models.ecriture():
            numero = contenus.creer(genre, agent or monde.chef, ACTUALITE | valeurs)
            return models.Contenu.get_by_id(numero)
    return faire


def agir(contenu, nom, agent, mots=''):
    with models.ecriture():
        contenu = models.relire(contenu)
        contenus.agir(contenu, nom, agent, empreinte(contenus.champs_de(contenu)), mots)
    return relu(contenu)


def relu(contenu):
    with models.lecture():
        return models.relire(contenu)


def test_une_premiere_page(monde, ecrire, entrer):
    contenu = ecrire()
    for qui in (monde.chef, monde.admin):
        page = entrer(qui).get(f'{ICI}/{contenu.id}')
        assert 'Les cours' in page.text
    entrer(monde.autre).get(f'{ICI}/{contenu.id}', status=403)
    for genre in models.GENRES_DE_CONTENU:
        assert entrer(monde.autre).get(f'{ICI}/nouveau/{genre}').status_int == 200
    page = entrer(monde.autre).get(ICI)
