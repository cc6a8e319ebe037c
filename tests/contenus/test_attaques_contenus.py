"""What someone in a hurry, or of bad will, tries on the contents: between what was read and what is done of it."""
import photos
import pytest
from conftest import faits, fixer, le_formulaire, poster
from test_publication import ecrire, relu  # noqa: F401 – ecrire is a fixture

import models
from models import Refus
from verbes import versions
from verbes.contenus import contenus, documents, images, projets, relectures
from views import choix

DITS = {'alternative': 'La place.', 'credit': 'La commune', 'droit': 'Photo de la commune.', 'personnes': 'aucune'}
PDF = b'%PDF-1.7 '
PROJET = {'titre': 'La halle', 'resume': 'Une halle.', 'annee': 2025, 'cout': '1\u00a0€', 'corps': 'Un texte.',
          'fiches': [], 'collectivites': []}
MAXIME = 'Maxime Exemple, chef de projet'


def illustrer(contenu, agent, **dits):
    with models.ecriture():
        return images.ajouter_image(models.relire(contenu), agent, DITS | dits, [('a.jpg', photos.jpeg())])


def joindre(contenu, agent, titre='Le plan'):
    with models.ecriture():
        return documents.ajouter_document('contenu', contenu.id, titre, [('plan.pdf', PDF)], agent, 'oui')


@pytest.fixture
def projet(monde):
    """A projet of the référent, agreed to and proposed; the structure of the cochef has it to read."""
    siennes = [monde.referent.direction.structure_id, monde.cochef.direction.structure_id]
    with models.ecriture():
        contenu = models.Contenu.get_by_id(contenus.creer('projet', monde.referent, PROJET | {
            'collectivite': monde.rieumes.id, 'structures': siennes}))
        projets.noter_accord(contenu, monde.referent, 'sa maire', '2026-11-20', [('accord.pdf', PDF)])
        contenus.agir(contenu, 'soumettre', monde.referent)
    return relu(contenu)


# --- between reading it and answering, or publishing ---

@pytest.mark.parametrize('changer', [illustrer, joindre])
def test_une_structure_ne_repond_pas_de_ce_qui_a_ete_joint_pendant_qu_elle_lisait(projet, monde, entrer, changer):
    form = le_formulaire(entrer(monde.cochef).get(f'/espace/redaction/projets/{projet.id}/lecture'))
    changer(projet, monde.referent)
    assert 'Ce projet a changé' in form.submit('reponse', value='rien', status=409).html.text
    with models.lecture():
        assert 'doit encore le relire' in relectures.manques(models.relire(projet))[0]


def test_un_fichier_joint_apres_la_lecture_se_relit_aussi(projet, monde):
    with models.ecriture():
        relectures.repondre(projet, monde.cochef.direction.structure_id, monde.cochef)
        assert relectures.manques(projet) == []
    numero = joindre(projet, monde.referent)
    with models.ecriture():
        assert 'doit encore le relire' in relectures.manques(projet)[0]
        relectures.repondre(projet, monde.cochef.direction.structure_id, monde.cochef)
        joint = models.Document.get_by_id(numero)
        documents.modifier_document(joint, monde.referent, {'titre': 'Autre titre', 'accessible': 'oui', 'a_qui': ''})
        assert 'doit encore le relire' in relectures.manques(projet)[0]


@pytest.mark.parametrize('changer', [illustrer, joindre])
def test_on_ne_publie_pas_ce_que_l_auteur_a_joint_depuis_qu_on_l_a_lu(ecrire, monde, entrer, changer):  # noqa: F811
    contenu = ecrire()
    ici = f'/espace/redaction/contenus/{contenu.id}'
    form = le_formulaire(entrer(monde.admin).get(ici), f'{ici}/acte')
    changer(contenu, monde.chef)
    assert 'a changé' in form.submit('acte', value='publier', status=409).text
    assert relu(contenu).etat == 'brouillon'
    poster(entrer(monde.admin), f'{ici}/acte', {'acte': 'publier'}, ici)
    assert relu(contenu).etat == 'publie'


def test_l_accord_d_une_collectivite_ne_vaut_pas_pour_une_autre(projet, monde):
    with models.ecriture():
        autre = models.Collectivite.select().where(models.Collectivite.id != monde.rieumes.id).get()
        for valeurs in ({'collectivite': autre.id}, {'collectivite': None}):
            with pytest.raises(Refus, match='Rieumes') as refus:
                contenus.enregistrer(projet, monde.referent, valeurs)
            assert refus.value.champ == 'collectivite'
        accord, = projets.documents_d_accord(projet)
        projets.oter_document(accord, monde.referent)
        contenus.enregistrer(projet, monde.referent, {'collectivite': autre.id})
        assert any('Notez l\'accord' in dit for dit in relectures.manques(models.relire(projet)))


# --- round the période électorale ---

@pytest.fixture
def pendant(ecrire, monde):  # noqa: F811
    """An actualité that was published, and was over, before the period that runs."""
    contenu = ecrire()
    with models.ecriture():
        contenus.agir(contenu, 'publier', monde.admin)
        models.Contenu.update(publie_le='2026-01-05', expire_le='2026-02-01', relu_par='').execute()
        for cle, jour in (('electorale_du', '2026-11-01'), ('electorale_au', '2027-03-21')):
            fixer(cle, jour)
    return relu(contenu)


@pytest.mark.parametrize('valeurs', [{'expire_le': None}, {'corps': 'Votez.'}])
def test_ce_qui_etait_publie_avant_la_periode_ne_change_pas_sans_relecture(pendant, monde, valeurs):
    for relu_par in ('', '  '):
        with pytest.raises(Refus, match='Période électorale') as refus, models.ecriture():
            contenus.enregistrer(pendant, monde.admin, valeurs, relu_par=relu_par)
        assert refus.value.champ == 'relu_par'
    with models.ecriture():
        contenus.enregistrer(pendant, monde.admin, valeurs, relu_par=MAXIME)
    assert relu(pendant).relu_par == MAXIME and MAXIME in next(d for fait, _, d in faits() if fait == 'contenu relu')
    with pytest.raises(Refus, match='Période électorale'), models.ecriture():     # of these words, not of all others
        contenus.enregistrer(pendant, monde.admin, {'titre': 'Un autre'})


def test_le_formulaire_la_proposition_et_la_version_demandent_qui_a_relu(pendant, monde, entrer):
    ici, admin = f'/espace/redaction/contenus/{pendant.id}', entrer(monde.admin)
    with models.ecriture():
        models.Contenu.update(expire_le=None).execute()
    form = next(f for f in entrer(monde.autre).get(ici).forms.values() if 'pourquoi' in f.fields)
    assert 'relu_par' not in form.fields                            # who proposes does not publish
    form['resume'], form['pourquoi'] = 'Un résumé proposé.', 'Mieux.'
    form.submit(status=303)
    assert len(admin.get(ici).html.select('[name=relu_par][required]')) == 2
    for marque, dire in (('pourquoi', {'titre': 'Un titre changé', 'pourquoi': 'Plus clair.'}),
                         ('decision', {'decision': 'publier'})):
        form = next(f for f in admin.get(ici).forms.values() if marque in f.fields)
        for nom, valeur in dire.items():
            form[nom] = valeur
        page = form.submit(status=422)
        assert 'Période électorale' in page.text
        form = next(f for f in page.forms.values() if marque in f.fields)
        form['relu_par'] = MAXIME
        form.submit(status=303)
    apres = relu(pendant)
    assert (apres.titre, apres.resume, apres.relu_par) == ('Un titre changé', 'Un résumé proposé.', MAXIME)
    with models.lecture():
        premiere = models.Version.select().where(models.Version.genre == 'contenu').order_by(models.Version.id).get()
    page = admin.get(f'/espace/redaction/versions/{premiere.id}')
    form = next(f for f in page.forms.values() if 'pourquoi' in f.fields)
    form['pourquoi'] = 'Mieux avant.'
    form = next(f for f in form.submit(status=422).forms.values() if 'pourquoi' in f.fields)
    assert relu(pendant).titre == 'Un titre changé'
    form['relu_par'] = MAXIME
    form.submit(status=303)
    assert relu(pendant).titre == pendant.titre


# --- forms that no browser sends ---

def test_un_evenement_dit_qui_le_lit(ecrire, monde, entrer):  # noqa: F811
    evenement = {'titre': 'Salon', 'resume': 'Un salon.', 'lieu': 'Rieumes', 'debut_le': '2026-12-08'}
    page = entrer(monde.chef).post('/espace/redaction/contenus/nouveau/evenement', evenement, status=422)
    assert 'Qui le lit' in page.html.select_one('[role=alert]').text


def test_deux_mille_noms_inconnus_ne_bloquent_pas_la_base(monde, entrer, monkeypatch):
    cherches = []
    monkeypatch.setattr(choix, 'choisir_collectivite', lambda nom, *_: (cherches.append(nom), (None, nom))[1])
    page = entrer(monde.chef).post('/espace/redaction/contenus/nouveau/actualite', {
        'titre': 'Une nouvelle', **{f'collectivites_{n + 1}': f'x{n}' for n in range(700)}}, status=422)
    assert cherches == ['x0', 'x1', 'x2', 'x3', 'x4'] and 'x4' in page.html.select_one('[role=alert]').text


def test_le_jour_d_un_contenu_publie_ne_s_efface_pas(ecrire, monde, entrer):  # noqa: F811
    contenu, admin = ecrire(), entrer(monde.admin)
    with models.ecriture():
        contenus.agir(contenu, 'publier', monde.admin)
    with pytest.raises(Refus) as refus, models.ecriture():
        contenus.enregistrer(contenu, monde.admin, {'publie_le': None})
    assert refus.value.champ == 'publie_le'
    page = admin.get(f'/espace/redaction/contenus/{contenu.id}')
    form = next(f for f in page.forms.values() if 'pourquoi' in f.fields)
    form['publie_le'], form['pourquoi'] = '', 'Sans jour.'
    assert 'à partir du' in form.submit(status=422).html.select_one('[role=alert]').text
    admin.get('/espace/redaction/contenus')
    assert relu(contenu).publie_le


def test_le_theme_d_un_contenu_ne_se_supprime_pas(ecrire, monde, entrer):  # noqa: F811
    with models.ecriture():
        theme = models.Theme.create(nom='Un thème neuf', ordre=9)
    ecrire(theme=theme.id)
    page = entrer(monde.admin).post(f'/espace/redaction/themes/{theme.id}/supprimer', status=409)
    assert '1\u00a0contenu' in page.text
    with models.lecture():
        assert models.Theme.get_or_none(models.Theme.id == theme.id)


def test_un_contenu_ne_concerne_pas_tout_le_departement_commune_par_commune(ecrire, monde):  # noqa: F811
    """Each one is a field of its page, filled two more at a time, and a name to be known again."""
    with models.ecriture():
        ids = [models.Collectivite.create(nom=f'Mont{n}', cherche=f'mont{n}', type='Commune', siren=f'{n:09}').id
               for n in range(contenus.COLLECTIVITES_MAX + 1)]
    with pytest.raises(Refus, match='leur intercommunalité'):
        ecrire(collectivites=ids)
    ecrire(collectivites=ids[1:])


def test_un_changement_propose_deux_fois_n_attend_qu_une_reponse(ecrire, monde, entrer):  # noqa: F811
    contenu, autre = ecrire(), entrer(monde.autre)
    with models.ecriture():
        contenus.agir(contenu, 'publier', monde.admin)
    page = autre.get(f'/espace/redaction/contenus/{contenu.id}')
    form = next(f for f in page.forms.values() if 'pourquoi' in f.fields)
    form['resume'], form['pourquoi'] = 'Un autre résumé.', 'Plus juste.'
    form.submit(status=303)
    assert 'déjà proposé ce changement' in form.submit(status=409).text
    form['resume'] = 'Encore un autre.'
    form.submit(status=303)
    with models.lecture():
        assert versions.a_relire('contenu') == {contenu.id: 2}


# --- a consent withdrawn ---

def test_d_une_image_retiree_il_ne_reste_rien_dans_le_fichier_wal(ecrire, monde, base):  # noqa: F811
    octets = photos.jpeg(1600, 1600).replace(b'\x10' * 64, bytes(range(1, 65)))
    contenu = ecrire()
    with models.ecriture():
        numero = images.ajouter_image(contenu, monde.chef, DITS, [('a.jpg', octets)])

    def reste():
        lus = b''
        for nom in (base, f'{base}-wal'):
            with open(nom, 'rb') as fichier:
                lus += fichier.read()
        return bytes(range(1, 65)) in lus
    assert reste()
    with models.ecriture():
        images.retirer_image(models.Document.get_by_id(numero), monde.chef)
    assert not reste()
