"""What someone in a hurry, or of bad will, tries on the contents: between what was read and what is done of it."""
import photos
import pytest
from conftest import changer_ligne, creer_ligne, en_ecriture, faits, fixer_tous, le_formulaire, poster
from ecritures import refus_de
from test_publication import ecrire, relu  # noqa: F401 – ecrire is a fixture

import models
from verbes import versions
from verbes.contenus import contenus, documents, images, projets, relectures
from views import choix

DITS = {'alternative': 'La place.', 'credit': 'La commune', 'droit': 'Photo de la commune.', 'personnes': 'aucune'}
PROJET = {'titre': 'La halle', 'resume': 'Une halle.', 'annee': 2025, 'cout': '1\u00a0€', 'corps': 'Un texte.',
          'fiches': [], 'collectivites': []}
MAXIME = 'Maxime Exemple, chef de projet'


def illustrer(contenu, agent):
    return en_ecriture(images.ajouter_image, relu(contenu), agent, DITS, [('a.jpg', photos.jpeg())])


def joindre(contenu, agent):
    return en_ecriture(documents.ajouter_document, 'contenu', contenu.id, 'Le plan', [('p.pdf', b'%PDF-1.7 ')], agent,
                       'oui')


def publier(contenu, monde):
    en_ecriture(contenus.agir, contenu, 'publier', monde.admin)
    return contenu


def avec(page, champ):
    """The first form that has this field."""
    return next(f for f in page.forms.values() if champ in f.fields)


@pytest.fixture
def projet(monde):
    """A projet of the référent, agreed to and proposed; the structure of the cochef has it to read."""
    siennes = [monde.referent.direction.structure_id, monde.cochef.direction.structure_id]
    with models.ecriture():
        contenu = models.Contenu.get_by_id(contenus.creer('projet', monde.referent, PROJET | {
            'collectivite': monde.rieumes.id, 'structures': siennes}))
        projets.noter_accord(contenu, monde.referent, 'sa maire', '2026-11-20', [('accord.pdf', b'%PDF-1.7 ')])
        contenus.agir(contenu, 'soumettre', monde.referent)
    return relu(contenu)


def test_une_structure_ne_repond_pas_de_ce_qui_a_ete_joint_pendant_qu_elle_lisait_et_relit_ce_qui_l_est_apres(
        projet, monde, entrer):
    caue = monde.cochef.direction.structure_id
    for changer in (illustrer, joindre):
        form = le_formulaire(entrer(monde.cochef).get(f'/espace/redaction/projets/{projet.id}/lecture'))
        changer(projet, monde.referent)
        assert 'Ce projet a changé' in form.submit('reponse', value='rien', status=409).html.text, changer
        with models.lecture():
            assert 'doit encore le relire' in relectures.manques(models.relire(projet))[0], changer
    with models.ecriture():
        relectures.repondre(models.relire(projet), caue, monde.cochef)
        assert relectures.manques(projet) == []
    numero = joindre(projet, monde.referent)
    with models.ecriture():
        assert 'doit encore le relire' in relectures.manques(projet)[0]
        relectures.repondre(models.relire(projet), caue, monde.cochef)
        joint = models.Document.get_by_id(numero)
        documents.modifier_document(joint, monde.referent, {'titre': 'Autre titre', 'accessible': 'oui', 'a_qui': ''})
        assert 'doit encore le relire' in relectures.manques(projet)[0]


def test_on_ne_publie_pas_ce_que_l_auteur_a_joint_depuis_qu_on_l_a_lu(ecrire, monde, entrer):  # noqa: F811
    admin = entrer(monde.admin)
    for changer in (illustrer, joindre):
        contenu = ecrire()
        ici = f'/espace/redaction/contenus/{contenu.id}'
        form = le_formulaire(admin.get(ici), f'{ici}/acte')
        changer(contenu, monde.chef)
        assert 'a changé' in form.submit('acte', value='publier', status=409).text, changer
        assert relu(contenu).etat == 'brouillon'
        poster(admin, f'{ici}/acte', {'acte': 'publier'}, ici)
        assert relu(contenu).etat == 'publie'


def test_l_accord_d_une_collectivite_ne_vaut_pas_pour_une_autre(projet, monde):
    with models.ecriture():
        autre = monde.epci.id
        for valeurs in ({'collectivite': autre}, {'collectivite': None}):
            refus = refus_de(contenus.enregistrer, projet, monde.referent, valeurs)
            assert 'Rieumes' in str(refus) and refus.champ == 'collectivite', valeurs
        accord, = projets.documents_d_accord(projet)
        projets.oter_document(accord, monde.referent)
        contenus.enregistrer(projet, monde.referent, {'collectivite': autre})
        assert any('Notez l\'accord' in dit for dit in relectures.manques(models.relire(projet)))


@pytest.fixture
def pendant(ecrire, monde):  # noqa: F811
    """An actualité that was published, and was over, before the période électorale that runs."""
    contenu = publier(ecrire(), monde)
    changer_ligne(contenu, publie_le='2026-01-05', expire_le='2026-02-01', relu_par='')
    fixer_tous(electorale_du='2026-11-01', electorale_au='2027-03-21')
    return relu(contenu)


def test_ce_qui_etait_publie_avant_la_periode_ne_change_pas_sans_relecture(pendant, monde):
    for rang, valeurs in enumerate(({'corps': 'Votez.'}, {'expire_le': None}), 1):
        for relu_par in ('', '  '):
            refus = refus_de(en_ecriture, contenus.enregistrer, pendant, monde.admin, valeurs, relu_par=relu_par)
            assert 'Période électorale' in str(refus) and refus.champ == 'relu_par', valeurs
        en_ecriture(contenus.enregistrer, pendant, monde.admin, valeurs, relu_par=MAXIME)
        assert relu(pendant).relu_par == MAXIME
        dits = [detail for fait, _, detail in faits() if fait == 'contenu relu']
        assert len(dits) == rang and MAXIME in dits[-1], valeurs
    refus = refus_de(en_ecriture, contenus.enregistrer, pendant, monde.admin, {'titre': 'Un autre'})
    assert 'Période électorale' in str(refus)                       # of these words, not of all others


def test_le_formulaire_la_proposition_et_la_version_demandent_qui_a_relu(pendant, monde, entrer):
    ici, admin = f'/espace/redaction/contenus/{pendant.id}', entrer(monde.admin)
    changer_ligne(pendant, expire_le=None)
    form = avec(entrer(monde.autre).get(ici), 'pourquoi')
    assert 'relu_par' not in form.fields                            # who proposes does not publish
    form['resume'], form['pourquoi'] = 'Un résumé proposé.', 'Mieux.'
    form.submit(status=303)
    assert len(admin.get(ici).html.select('[name=relu_par][required]')) == 2
    for marque, dire in (('pourquoi', {'titre': 'Un titre changé', 'pourquoi': 'Plus clair.'}),
                         ('decision', {'decision': 'publier'})):
        form = avec(admin.get(ici), marque)
        for nom, valeur in dire.items():
            form[nom] = valeur
        page = form.submit(status=422)
        assert 'Période électorale' in page.text
        form = avec(page, marque)
        form['relu_par'] = MAXIME
        form.submit(status=303)
    apres = relu(pendant)
    assert (apres.titre, apres.resume, apres.relu_par) == ('Un titre changé', 'Un résumé proposé.', MAXIME)
    with models.lecture():
        premiere = models.Version.select().where(models.Version.genre == 'contenu').order_by(models.Version.id).get()
    form = avec(admin.get(f'/espace/redaction/versions/{premiere.id}'), 'pourquoi')
    form['pourquoi'] = 'Mieux avant.'
    form = avec(form.submit(status=422), 'pourquoi')
    assert relu(pendant).titre == 'Un titre changé'
    form['relu_par'] = MAXIME
    form.submit(status=303)
    assert relu(pendant).titre == pendant.titre


def test_un_evenement_sans_audience_ou_deux_mille_noms_inconnus_ne_s_enregistrent_pas(monde, entrer, monkeypatch):
    nouveau, chef = '/espace/redaction/contenus/nouveau', entrer(monde.chef)
    evenement = {'titre': 'Salon', 'resume': 'Un salon.', 'lieu': 'Rieumes', 'debut_le': '2026-12-08'}
    page = chef.post(f'{nouveau}/evenement', evenement, status=422)
    assert 'Qui le lit' in page.html.select_one('[role=alert]').text
    cherches = []
    monkeypatch.setattr(choix, 'choisir_collectivite', lambda nom, *_: (cherches.append(nom), (None, nom))[1])
    noms = {f'collectivites_{n + 1}': f'x{n}' for n in range(700)}
    page = chef.post(f'{nouveau}/actualite', {'titre': 'Une nouvelle', **noms}, status=422)
    assert cherches == ['x0', 'x1', 'x2', 'x3', 'x4'] and 'x4' in page.html.select_one('[role=alert]').text


def test_le_jour_d_un_contenu_publie_ne_s_efface_pas_son_theme_ne_se_supprime_pas(
        ecrire, monde, entrer):  # noqa: F811
    theme = creer_ligne(models.Theme, nom='Un thème neuf', ordre=9)
    contenu, admin = publier(ecrire(theme=theme.id), monde), entrer(monde.admin)
    assert '1\u00a0contenu' in admin.post(f'/espace/redaction/themes/{theme.id}/supprimer', status=409).text
    assert relu(theme)
    assert refus_de(en_ecriture, contenus.enregistrer, contenu, monde.admin, {'publie_le': None}).champ == 'publie_le'
    form = avec(admin.get(f'/espace/redaction/contenus/{contenu.id}'), 'pourquoi')
    form['publie_le'], form['pourquoi'] = '', 'Sans jour.'
    assert 'à partir du' in form.submit(status=422).html.select_one('[role=alert]').text
    admin.get('/espace/redaction/contenus')
    assert relu(contenu).publie_le


def test_un_contenu_ne_concerne_pas_tout_le_departement_commune_par_commune(ecrire, monde):  # noqa: F811
    """Each one is a field of its page, filled two more at a time, and a name to be known again."""
    with models.ecriture():
        ids = [models.Collectivite.create(nom=f'Mont{n}', cherche=f'mont{n}', type='Commune', siren=f'{n:09}').id
               for n in range(contenus.COLLECTIVITES_MAX + 1)]
    assert 'leur intercommunalité' in str(refus_de(ecrire, collectivites=ids))
    ecrire(collectivites=ids[1:])


def test_un_changement_propose_deux_fois_n_attend_qu_une_reponse(ecrire, monde, entrer):  # noqa: F811
    contenu = publier(ecrire(), monde)
    form = avec(entrer(monde.autre).get(f'/espace/redaction/contenus/{contenu.id}'), 'pourquoi')
    form['resume'], form['pourquoi'] = 'Un autre résumé.', 'Plus juste.'
    form.submit(status=303)
    assert 'déjà proposé ce changement' in form.submit(status=409).text
    form['resume'] = 'Encore un autre.'
    form.submit(status=303)
    with models.lecture():
        assert versions.a_relire('contenu') == {contenu.id: 2}
