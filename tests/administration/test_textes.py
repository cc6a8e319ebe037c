"""The words that come with the software, and those that an administrateur wrote over them."""
import re

import pytest
from conftest import courriels, creer_ligne, en_ecriture, faits, fautes, le_formulaire, lue, poster
from fichiers import lire

import models
from models import Reglage
from verbes import reglages, textes, valeurs
from verbes.echanges import rechargement
from verbes.administration import apercus
from views.administration import admin

REGLAGES = '/espace/admin/reglages'
ACCUSE, ACCES = '/espace/admin/courriels/accuse', '/espace/admin/textes/accessibilite'
POURQUOI = {'pourquoi': 'Revue.'}
CAS = [(ACCUSE, 'courriel', 'accuse'), (ACCES, 'page', 'accessibilite')]


def test_l_objet_dit_a_l_agent_la_commune_d_abord_a_la_mairie_ce_qui_arrive():
    """Of one demande, all but those that say nothing of it, or tell of several."""
    for cle, sorte in textes.COURRIELS.items():
        if not {'numero', 'intitule'} & set(sorte.reperes) or cle in ('a_confirmer', 'avis_depot'):
            continue
        objet = textes.origine('courriel', cle)[0].replace('\xa0', ' ')
        if sorte.groupe == 'agents':
            assert objet.removeprefix('{presse}').startswith('{collectivite}, n° {numero} : '), cle
        else:
            assert objet.endswith(' – {intitule}') and not objet.startswith(('Votre demande', 'Demande n°')), cle
            dits = {'limite': 'vendredi 30 décembre 2026', 'echeance': 'vendredi 30 décembre 2026',
                    'debut': 'déplacée au vendredi 30 décembre 2026, 10 h 30'}
            assert len(objet.removesuffix(' – {intitule}').format(**dits)) <= 60, cle


@pytest.fixture
def livrer(monkeypatch):
    """livrer(genre, key, title, text): an update that brings these words."""
    vrai, neufs = textes.origine, {}

    def livre(genre, cle, *dits):
        neufs[genre, cle] = dits
        monkeypatch.setattr(textes, 'origine', lambda genre, cle: neufs.get((genre, cle)) or vrai(genre, cle))
    return livre


def ecrits():
    return lire('SELECT genre, cle FROM texte_ecrit ORDER BY genre, cle')


def lu(genre, cle):
    with models.lecture():
        return textes.lire(genre, cle)


def reste(navigateur):
    return navigateur.get('/espace/admin').html.main.get_text(' ')


def test_une_base_neuve_n_a_que_son_secret_ne_tient_aucun_texte_et_les_dit_tous(vide):
    assert lue(vide, 'SELECT cle FROM reglage') == [('secret',)] and lue(vide, 'SELECT * FROM texte_ecrit') == []
    assert len(textes.COURRIELS) > 70 and len(textes.PAGES) == 3 and len(textes.LETTRES) == 2
    with models.lecture():
        for genre in textes.TEXTES:
            assert all(t.titre and t.corps and not t.modifie_le for t in textes.lire_tous(genre))


@pytest.mark.parametrize('chemin, genre, cle', CAS)
def test_un_texte_ecrit_est_garde_avec_celui_d_origine_ou_l_on_va_le_sien_se_retablit(maxime, chemin, genre, cle):
    titre, corps = textes.origine(genre, cle)
    poster(maxime, chemin, {'corps': 'À nous.', **POURQUOI})
    assert ecrits() == [(genre, cle)]
    assert lu(genre, cle)[2:4] == (titre, 'À nous.') and lu(genre, cle).origine == (titre, corps)
    page = maxime.get(chemin)
    assert 'À nous.' in page.html.select_one('[aria-labelledby=origine]').text
    form = next(f for f in page.forms.values() if f.action.endswith('/origine'))
    form.submit(status=303)
    assert ecrits() == [] and 'Revenir' not in maxime.get(chemin).text
    form.submit(status=409)                                         # it says something else since
    with models.lecture():
        versions = list(models.Version.select().where(models.Version.genre == genre).order_by(models.Version.id))
    assert [(v.objet, v.numero, v.pourquoi) for v in versions][1:] == [
        (cle, 2, 'Revue.'), (cle, 3, 'Retour au texte d\'origine.')]
    page = maxime.get(f'/espace/redaction/versions/{versions[1].id}')
    form = next(f for f in page.forms.values() if 'pourquoi' in f.fields)
    form['pourquoi'] = 'Mieux.'
    form.submit(status=303)
    assert lu(genre, cle).corps == 'À nous.'
    poster(maxime, chemin, {'corps': corps, **POURQUOI})             # to write it again forgets it
    assert ecrits() == [] and lu(genre, cle)[2:5] == (titre, corps, None)


@pytest.mark.parametrize('chemin, genre, cle', CAS)
def test_une_mise_a_jour_laisse_servir_le_texte_ecrit_et_le_dit(maxime, livrer, chemin, genre, cle):
    poster(maxime, chemin, {'titre': 'À nous', **POURQUOI})
    assert 'à relire' not in reste(maxime)
    livrer(genre, cle, 'Neuf', 'Un texte neuf.')
    assert lu(genre, cle).titre == 'À nous' and 'à relire' in reste(maxime)
    page = maxime.get(chemin)
    dit = page.html.select_one('[aria-labelledby=origine]').text
    assert 'Un texte neuf.' in dit and 'À relire' in dit
    poster(maxime, chemin, POURQUOI)                                # read again: it is kept
    assert lu(genre, cle).titre == 'À nous' and lu(genre, cle).origine == ('Neuf', 'Un texte neuf.')
    assert 'à relire' not in reste(maxime)
    assert faits()[-1][2] == 'relu'
    livrer('courriel', 'rejet', 'Neuf {numero}', 'Un texte neuf.')   # at once, of what nobody has written
    assert lu('courriel', 'rejet').titre == 'Neuf {numero}' and 'à relire' not in reste(maxime)


def test_l_apercu_de_chaque_courriel_est_entier_pour_trois_demandes(base):
    for cle in textes.COURRIELS:
        with models.lecture():
            vus = apercus.apercus(textes.lire('courriel', cle))
        assert [nom for nom, *_ in vus] == [nom for nom, _ in apercus.DEMANDES.values()] and len(vus) == 3, cle
        for _, objet, corps in vus:
            assert objet and corps and not re.search(r'[{}]|\n\n\n|  ', objet + corps), (cle, objet, corps)
        assert 'Rieumes' not in vus[2][2] or 'numero' not in textes.reperes('courriel', cle), cle
    du_service = {'signataire', 'saisine', 'bandeau', 'contact_telephone', 'contact_courriel', *textes.PARTOUT}
    permis = {nom for cle in textes.COURRIELS for nom in textes.reperes('courriel', cle)}
    assert permis - du_service - {'lien'} == set(apercus.COMMUNES) and permis <= set(admin.SENS)


def test_l_apercu_montre_ce_qui_est_saisi_et_n_ecrit_rien(maxime):
    avant = courriels()
    form = le_formulaire(maxime.get(ACCUSE))
    form['titre'], form['corps'] = 'Vu <b>{numero}</b>', 'Pour {collectivite}.\n{qui_appeler}'
    page = maxime.post(f'{ACCUSE}/apercu', form.submit_fields(), status=200)
    dit = page.html.main.text
    assert dit.count('Vu <b>1042</b>') == 3 and dit.count('Pour Commune d\'Exemple.') == 2
    assert ecrits() == [] and courriels() == avant
    page = maxime.post(f'{ACCUSE}/apercu', {'titre': '', 'corps': '{x}'}, status=422)
    assert len(fautes(page)) == 2
    maxime.post('/espace/admin/courriels/inconnu/apercu', {}, status=404)


def test_les_fichiers_livres_sont_ceux_qu_il_faut():
    textes.controler(textes.fichiers())


def test_un_fichier_faux_arrete_le_programme_qui_le_nomme():
    accuse, acces = 'courriels/accuse.txt', 'pages/accessibilite.md'
    for nom, dit, raison in (
            (accuse, None, f'il manque {accuse}'), (acces, None, f'il manque {acces}'),
            ('courriels/autre.txt', 'Objet\n\nTexte\n', 'en trop courriels/autre.txt'),
            (accuse, '\n\nTexte\n', f'{accuse}\u00a0: il faut un objet'),
            (accuse, 'Objet\nTexte\n\nTexte', f'{accuse}\u00a0: il faut un objet'),
            (accuse, 'Objet\n', f'{accuse}\u00a0: le texte manque'),
            (accuse, 'Objet {x}\n\nTexte', f'{accuse}\u00a0: repère inconnu, {{x}}'),
            (accuse, 'Objet\n\nTexte {successeur} {', 'repère inconnu, {successeur}, {'),
            (acces, 'Titre {nom}\n\nTexte', 'accessibilite.md\u00a0: repère inconnu, {nom}'),
            (acces, 'Titre\n\n{secret}', 'accessibilite.md\u00a0: repère inconnu, {secret}'),
            (acces, '\n\nTexte', 'accessibilite.md\u00a0: il faut un titre')):
        lus = textes.fichiers() | {nom: dit}
        with pytest.raises(ValueError, match=re.escape(raison)):
            textes.controler({nom: texte for nom, texte in lus.items() if texte is not None})


def regles():
    """{key: (value, from what)} of the rows, but the secret."""
    with models.lecture():
        return {r.cle: (r.valeur, r.origine) for r in Reglage.select() if r.cle != 'secret'}


@pytest.fixture
def defaut(monkeypatch):
    """defaut(key, value): an update whose default is this one."""
    def changer(cle, valeur):
        monkeypatch.setitem(valeurs.REGLAGES, cle, valeurs.REGLAGES[cle]._replace(defaut=valeur))
        monkeypatch.setitem(models.DEFAUTS, cle, valeur)
        models._gardees.clear()
    return changer


@pytest.fixture
def vide(tmp_path, base):
    """The path of a base that « initialiser » has just made, plugged."""
    chemin = str(tmp_path / 'vide.db')
    models.initialiser(chemin)
    models.brancher(chemin)
    return chemin


def test_chaque_reglage_s_ecrit_dans_une_base_vide_et_son_defaut_l_oublie(vide):
    datees = {cle for cle, sorte in valeurs.REGLAGES.items() if sorte.groupe == 'datee'}
    for cle in valeurs.REGLAGES.keys() - datees:
        defaut = valeurs.REGLAGES[cle].defaut
        with models.lecture():
            assert Reglage.tous()[cle] == defaut
        for valeur in ('un', 'deux', defaut):
            en_ecriture(reglages.poser, {cle: valeur})
            with models.lecture():
                assert (Reglage.tous()[cle] if cle != 'accessibilite' else valeurs.lire()[cle].valeur) == valeur, cle
            assert regles() == ({cle: (valeur, defaut)} if valeur != defaut else {}), cle
    for cle in datees:                                              # they keep their day without a reference
        for jour, reference in (('2026-11-02', ''), ('2026-11-03', 'x'), ('', '')):
            en_ecriture(reglages.dater, {cle: (jour, reference)}, None)
            assert [un for un, in lue(vide, 'SELECT regle_le FROM reglage WHERE cle = ?', cle)] == [jour] * bool(jour)


def test_un_reglage_dont_l_origine_change_sert_toujours_et_se_relit_comme_un_retire_en_enregistrant(maxime, defaut):
    poster(maxime, REGLAGES, {'conservation_audit': '18', 'conservation_motif': 'Un contentieux'})
    assert regles()['conservation_audit'] == ('18', '12')
    defaut('conservation_audit', '24')
    defaut('conservation_courriels', '6')                                # nobody had changed it
    with models.lecture():
        assert (Reglage.tous()['conservation_audit'], Reglage.tous()['conservation_courriels']) == ('18', '6')
    assert 'Conservation de l\'audit, en mois' in reste(maxime)
    assert 'de «\u00a012\u00a0» à «\u00a024\u00a0»' in maxime.get(REGLAGES).text
    poster(maxime, REGLAGES, {})
    assert regles()['conservation_audit'] == ('18', '24') and 'à relire' not in reste(maxime)
    poster(maxime, REGLAGES, {'conservation_audit': '24'})
    assert 'conservation_audit' not in regles() and 'Réglage retiré' not in reste(maxime)
    creer_ligne(Reglage, cle='journal_adresse', valeur='oui', origine='non')     # one that is no more
    assert 'Réglage retiré' in reste(maxime) and 'plateforme exemples fail2ban' in reste(maxime)
    poster(maxime, REGLAGES, {})
    assert 'Réglage retiré' not in reste(maxime)


def test_une_archive_d_une_base_8_garde_le_jour_d_une_page_ecrite_et_d_une_ligne_datee_mais_pas_un_texte_d_avant(base):
    with models.ecriture():
        Reglage.delete().where(Reglage.cle != 'secret').execute()
        prendre('reglages', cle='registre', valeur='', regle_le='2026-11-02')
        prendre('pages', cle='accessibilite', titre='Accès', corps='À nous.', modifie_le='2026-11-02T09:00:00Z')
        prendre('pages', cle='mentions-legales', titre='D\'avant', corps='Une autre version.', modifie_le='')
        for fichier in rechargement.ECRITS:
            with pytest.raises(KeyError):
                prendre(fichier, cle='inconnu', valeur='', titre='', objet='', corps='')
    assert regles() == {'registre': ('', '')} and ecrits() == [('page', 'accessibilite')]
    ecrite = lu('page', 'accessibilite')
    assert (ecrite.origine, ecrite.modifie_le) == (textes.origine('page', 'accessibilite'), '2026-11-02T09:00:00Z')


def prendre(fichier, **cellules):
    rechargement.ECRITS[fichier](cellules)
