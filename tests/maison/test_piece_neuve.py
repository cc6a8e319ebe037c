"""A room is a noun that the user would say, on two floors. This is the smallest one, « prêts », as it would be added:
the six files of FICHIERS, then its line of LIEUX (service.py), played in a copy of the sources. What is left besides,
and tests say by name: AIDE (views/menus.py), ORDRE (test_maison.py), its row in README.md, « make docs », a link to it.
"""
from test_recettes import jouer

FICHIERS = {
    'tests/prets/test_prets.py': '''
"""The loans of a collectivité."""
from conftest import texte


def test_chacun_lit_les_demandes_ouvertes_qu_il_peut_lire(creer, entrer, monde):
    une, confidentielle = creer('en_cours').numero, creer('en_cours', restreinte=True).numero
    adresse = f'/espace/prets/{monde.rieumes.id}'
    assert f'n° {une} n° {confidentielle}' in texte(entrer(monde.referent).get(adresse))
    page = texte(entrer(monde.autre).get(adresse))
    assert f'n° {une}' in page and f'n° {confidentielle}' not in page
''',
    'verbes/prets/__init__.py': '"""What the Plateforme lends to a collectivité. Begin with prets.py."""\n',
    # Whatever reads demandes for somebody begins with demandes_lisibles (in SQL text, with lisibles_par).
    'verbes/prets/prets.py': '''
"""A loan: to whom, what, until when."""
from models import Demande
from verbes import questions


def en_cours(collectivite, agent):
    """The numbers of the open demandes of a collectivité, oldest first: those that this agent may read."""
    lisibles = questions.demandes_lisibles(agent, Demande.numero)
    ouvertes = lisibles.where(Demande.collectivite_liee == collectivite, Demande.clos_le.is_null())
    return [demande.numero for demande in ouvertes.order_by(Demande.numero)]
''',
    'views/prets/__init__.py': '"""The pages of the loans. Begin with prets.py."""\n',
    # A form would add its Champs and its Tenue (views/catalogue/portes.py).
    'views/prets/prets.py': '''
"""The loans of a collectivité, for every agent."""
from models import Collectivite
from verbes.prets import prets
from views import app, page, request
from views.entrees import ID, trouver


@app.get(f'/espace/prets/{ID}', qui='agent')
def montrer(id):
    collectivite = trouver(Collectivite, id, 'Cette collectivité n\\'existe pas.')
    return page('prets/prets.html', collectivite=collectivite, en_cours=prets.en_cours(collectivite, request.agent))
''',
    # It says first what it is given; actif: its place in the menu.
    'views/prets/prets.html': '''
{# collectivite; en_cours: [number of a demande]. #}
{% extends 'gabarit_espace.html' %}
{% block titre %}Prêts – {{ collectivite.nom }}{% endblock %}
{% block actif %}demandes{% endblock %}
{% block contenu %}
<div class="cadre page pile">
  <h1>Prêts – {{ collectivite.nom }}</h1>
  <ul>
    {% for numero in en_cours %}
    <li><a href="/espace/demandes/{{ numero }}">n°&nbsp;{{ numero }}</a></li>
    {% else %}
    <li>Aucune demande ouverte.</li>
    {% endfor %}
  </ul>
</div>
{% endblock %}
''',
}
SON_LIEU = [('service.py', 'import models\n', 'from views.prets import prets\n'),
            ('service.py', 'LIEUX = (', '\n    prets,')]


def test_une_piece_de_six_fichiers_se_joue_telle_qu_elle_est_ecrite(tmp_path):
    fichiers = [(nom, '', contenu.lstrip()) for nom, contenu in FICHIERS.items()]
    joue = jouer(tmp_path, [(fichiers + SON_LIEU,)], ['tests/prets'])
    assert joue.returncode == 0 and '1 passed' in joue.stdout, joue.stdout + joue.stderr
