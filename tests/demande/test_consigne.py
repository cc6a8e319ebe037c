"""The consigne: the files of a form stay while it comes back, bounded, and never in the base (views/consigne.py)."""
import os

import pytest
import test_demande
from conftest import PHRASE, en_ecriture, en_meme_temps, limiter
from test_conversation import formulaire, soumettre
from test_demande import PDF, fautes, recu, refuse, texte
from webtest import Upload

import models
from models import Piece
from views import consigne, limites

remplir = test_demande.remplir
GRAND = 9_000_000
PLAN = Upload('plan.pdf', b'%PDF plan', 'application/pdf')
LE_PDF, LE_PLAN = (PDF.filename, PDF.content), (PLAN.filename, PLAN.content)


@pytest.fixture(autouse=True)
def vide(base):
    """Nothing is kept before a test, nor after."""
    consigne._casiers.clear()
    yield
    for cle in [*consigne._casiers]:
        consigne._casiers.pop(cle).fermer()


def fichier(nom, octets=10, debut=b'%PDF'):
    return Upload(nom, debut + b'0' * (octets - len(debut)), 'application/pdf')


def listes(page):
    """The names of the files that a page says it has."""
    return [nom.text for nom in page.html.select('.gardes:not([hidden]) > ul [data-nom]')]


def poids():
    return sum(casier.poids() for casier in consigne._casiers.values())


def pieces(demande):
    with models.lecture():
        return [(p.nom, bytes(p.contenu)) for p in Piece.select().where(Piece.demande == demande.numero)]


def retirer(page, form):
    """The first file of the page, taken away."""
    page = form.submit('retirer', value=page.html.find('button', attrs={'name': 'retirer'})['value'], status=200)
    assert not page.html.title.text.startswith('Erreur')
    return page


def test_les_fichiers_restent_hors_de_la_base_s_ajoutent_et_partent_une_fois_avec_la_demande(remplir):
    page = refuse(remplir(nom='', pieces=PDF))
    assert listes(page) == [PDF.filename] and fautes(page).keys() == {'nom'}
    for dit in ('Tout ce que vous avez saisi est conservé, votre fichier aussi.', f'{PDF.filename} (1 ko)',
                "Déjà reçu et gardé jusqu'à 11 h"):
        assert dit in texte(page) and 'joignez de nouveau' not in texte(page).lower()
    with models.lecture():
        assert not Piece.select().exists()
    (_, garde), = next(iter(consigne._casiers.values())).fichiers.values()
    assert os.fstat(garde.fileno()).st_nlink == 0                   # and it has no name
    page.form['pieces'] = [PLAN, PDF]                               # the same counts once
    page = refuse(page.form)
    assert listes(page) == [PDF.filename, 'plan.pdf']
    page.form['nom'] = 'Exemplaire'
    premiere, seconde = recu(page.form.submit()), recu(page.form.submit())
    assert pieces(premiere) == [LE_PDF, LE_PLAN] and premiere.numero == seconde.numero
    page = remplir(message='Réaménager la place du bourg.', pieces=PDF).submit('proches')
    assert listes(page) == [PDF.filename] and 'id="erreurs"' not in page and page.form.action == '/demande'
    assert pieces(recu(page.form.submit())) == [LE_PDF]


def test_un_fichier_recu_se_retire_sans_script_et_un_refuse_laisse_les_autres(remplir, monde):
    page = refuse(remplir(monde.urgente, nom='', telephone='05', pieces=[PDF, PLAN]))
    assert page.form.action == page.request.path_qs == f'/demande?fiche={monde.urgente.id}'
    bouton = page.html.find('button', attrs={'name': 'retirer'})
    assert bouton.text.split() == ['Retirer', *PDF.filename.split()] and bouton['formaction'].endswith('#pieces')
    page = retirer(page, page.form)
    assert listes(page) == ['plan.pdf'] and page.html.find(id='erreurs') is None
    assert page.form['telephone'].value == '05'
    page = retirer(page, page.form)
    assert listes(page) == [] and not consigne._casiers
    page = refuse(remplir(pieces=[PDF, Upload('virus.exe', b'MZ'), Upload('faux.pdf', b'<html>')]))
    assert listes(page) == [PDF.filename]
    for dit in ('virus.exe', 'faux.pdf', 'Joignez un PDF, une photo, un document ou un plan.'):
        assert dit in fautes(page)['pieces']
    assert pieces(recu(page.form.submit())) == [LE_PDF]


def test_au_dela_de_dix_fichiers_ou_de_25_mo_ce_qui_tient_est_garde_sans_prendre_de_memoire(remplir, monkeypatch):
    for avant, apres, octets in ((6, 5, 10), (2, 1, GRAND)):
        form = refuse(remplir(nom='', pieces=[fichier(f'{n}.pdf', octets) for n in range(avant)])).form
        form['pieces'] = [fichier(f'plus {n}.pdf', octets) for n in range(apres)]
        page = form.submit(status=422)
        assert len(listes(page)) == avant + apres - 1
        assert f'Pas gardé : « plus {apres - 1}.pdf »' in fautes(page)['pieces'].replace('\xa0', ' ')
    photo = fichier('photo.jpg', int(9.8 * 1024 * 1024), b'\xff\xd8\xff')       # what Windows says to be 9.8 MB
    assert pieces(recu(remplir(pieces=photo).submit())) == [('photo.jpg', photo.content)]
    # Eight forms that claim 25 MB at once would be 200 MB: they are mapped, not read.
    page = refuse(remplir(nom='', pieces=fichier('gros.pdf', GRAND)))
    lus, vraie = set(), consigne._retrouver

    def noter(*arguments):
        trouves = vraie(*arguments)
        lus.update(type(contenu).__name__ for _, contenu in trouves[0])
        return trouves
    monkeypatch.setattr(consigne, '_retrouver', noter)
    page.form['nom'] = 'Exemplaire'
    demande = recu(page.form.submit())
    assert lus == {'Projection'} and len(pieces(demande)[0][1]) == GRAND


def test_un_fichier_perdu_est_nomme_rien_ne_part_sans_lui_et_sans_marque_rien_n_est_rendu(remplir, plus_tard):
    form = remplir(nom='', pieces=PDF)
    form.submit(status=422)
    assert listes(form.submit(status=422)) == [PDF.filename]
    assert len(consigne._casiers) == 1 and poids() == consigne.AU_MOINS
    form['pieces'] = [Upload(PDF.filename, b'', 'application/pdf')]         # what Chromium sends after F5
    page = refuse(form)
    assert listes(page) == [PDF.filename] and fautes(page).keys() == {'nom'}
    assert limites.combien('refus_adresse', '127.0.0.1', 3600) == 3
    page = refuse(remplir(nom='', pieces=PDF))
    marque = page.form['consigne'].value
    for autre in ('', marque[:-1], marque.replace(marque[:4], '0000'), 'x' * 40, '/'):
        page.form['consigne'] = autre
        assert PDF.filename not in listes(page.form.submit(status=422)), autre
    page.form['consigne'], page.form['cle'] = marque, 'a' * 22
    assert listes(page.form.submit(status=422)) == []
    page = refuse(remplir(nom='', pieces=PDF))
    page.form['nom'] = 'Exemplaire'
    plus_tard(consigne.DUREE + 1)
    perdue = refuse(page.form)
    assert listes(perdue) == [] and PDF.filename in fautes(perdue)['pieces']
    assert 'joignez-le de nouveau, ou envoyez sans lui' in fautes(perdue)['pieces']
    assert recu(perdue.form.submit()) and not consigne._casiers
    refuse(remplir(message='Sans attendre personne.', nom='', pieces=PDF))
    plus_tard(consigne.DUREE - 10)
    consigne.purger()
    assert consigne._casiers
    plus_tard(20)
    consigne.purger()
    assert not consigne._casiers


def test_un_second_envoi_trop_rapide_ou_perime_dit_pourquoi_et_garde_les_fichiers(remplir, heure):
    envoye, form = remplir(message='Le premier texte.'), remplir(pieces=PDF)
    perime = remplir(pieces=PDF, message='Plus tard.')
    premiere = recu(envoye.submit())
    envoye['message'], envoye['pieces'] = 'Le texte corrigé.', [PDF]
    page = envoye.submit(status=409)
    assert listes(page) == [PDF.filename] and set(fautes(page)) == {'suite'}
    assert recu(page.form.submit('suite', value='ajouter')).numero == premiere.numero
    assert pieces(premiere) == [LE_PDF]
    heure('2026-11-24T09:00:00Z')
    page = form.submit(status=429)
    assert 'Attendez 3 secondes, puis envoyez de nouveau.' in texte(page) and 'automate' not in page
    assert listes(page) == [PDF.filename]
    heure('2026-11-24T09:00:04Z')
    assert pieces(recu(page.form.submit())) == [LE_PDF]
    heure('2026-12-02T09:00:00Z')
    page = perime.submit(status=429)
    assert 'depuis plus de sept jours' in page and listes(page) == [PDF.filename]


def test_apres_trop_de_fichiers_ou_le_disque_plein_la_page_le_dit_et_le_texte_passe_sans_eux(remplir, monkeypatch):
    limiter(pieces_heure=4)
    assert listes(refuse(remplir(nom='', pieces=fichier('a.pdf', 3_000_000)))) == ['a.pdf']
    page = refuse(remplir(nom='', pieces=fichier('b.pdf', 3_000_000)))
    assert listes(page) == [] and 'joignez de nouveau « b.pdf »' in fautes(page)['pieces'].replace('\xa0', ' ')
    consigne._casiers.clear()
    limites._compteurs.clear()
    recu(remplir(pieces=fichier('gros.pdf', 3_000_000)).submit())
    page = remplir(message='Autre chose.', pieces=fichier('gros.pdf', 3_000_000)).submit(status=429)
    assert 'Envoyez votre texte maintenant, sans fichier' in texte(page) and listes(page) == []
    assert pieces(recu(page.form.submit())) == []

    def plein():
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(consigne.tempfile, 'TemporaryFile', plein)
    limites._compteurs.clear()
    page = refuse(remplir(message='Encore.', nom='', pieces=PDF))
    assert listes(page) == [] and 'joignez de nouveau' in fautes(page)['pieces']


def test_la_place_est_bornee_en_tout_et_le_reseau_qui_en_tient_le_plus_cede_la_sienne(depuis, monde, monkeypatch):
    monkeypatch.setattr(consigne, 'TOTAL', 30_000_000)
    vues = []

    def laisser(adresse, mo):
        form = depuis(adresse).get('/demande').form
        form['pieces'] = [fichier(f'{n}.pdf', 1_000_000) for n in range(mo)]
        return form.submit(status='4*')
    assert en_meme_temps(4, lambda n: vues.extend(
        listes(laisser(f'10.1.{n}.1', 3).form.submit(status='4*')) for _ in range(4))) == []
    assert vues == [['0.pdf', '1.pdf', '2.pdf']] * 16 and poids() <= 30_000_000
    consigne._casiers.clear()
    monkeypatch.setattr(consigne, 'TOTAL', 12_000_000)
    mairie = laisser('10.0.0.1', 2)
    pages = [laisser('10.9.9.9', 3) for _ in range(6)]
    assert poids() <= 12_000_000
    perdue = pages[0].form.submit(status='4*')
    assert listes(perdue) == [] and '« 0.pdf »' in texte(perdue)
    assert len(listes(mairie.form.submit(status='4*'))) == 2
    assert len(listes(pages[-1].form.submit(status='4*'))) == 3
    consigne._casiers.clear()
    monkeypatch.setattr(consigne, 'TOTAL', 20_000_000)
    for n in range(8):
        laisser(f'10.0.{n}.1', 10)
    assert sum(len(casier.fichiers) for casier in consigne._casiers.values()) <= 20


def test_les_fichiers_d_un_message_en_faute_se_retirent_et_partent_une_fois_sous_son_lien(site, creer):
    demande, autre = creer('en_cours'), creer('en_cours', message='Autre chose.')
    page = soumettre(site.get(f'/suivi/{demande.jeton}'), '/message', 422, pieces=[PDF, PLAN])
    assert listes(page) == [PDF.filename, 'plan.pdf'] and 'conservé, vos 2 fichiers aussi.' in texte(page)
    vole = dict(formulaire(page, '/message').submit_fields())
    assert listes(site.post(f'/suivi/{autre.jeton}/message', vole, status=422)) == []
    page = retirer(page, formulaire(page, '/message'))
    assert listes(page) == ['plan.pdf']
    soumettre(page, '/message', texte='Voici le plan.')
    assert pieces(demande) == [LE_PLAN]
    page = site.get(f'/suivi/{demande.jeton}')
    for joint, combien in ((PDF, 2), (PDF, 2), (fichier('autre.pdf'), 3)):
        soumettre(page, '/message', texte='Voici autre chose.', pieces=[joint])
        assert len(pieces(demande)) == combien, joint.filename
    for adresse, present in (('/', 0), ('/catalogue', 0), ('/demande', 1), (f'/suivi/{demande.jeton}', 1)):
        assert site.get(adresse).text.count('/static/brouillon.js?v=') == present, adresse
    assert site.get('/static/brouillon.js').content_type == 'text/javascript'


def test_les_fichiers_du_journal_restent_pour_leur_agent_seul_meme_session_expiree(creer, monde, entrer, inscrits):
    demande = creer('en_cours')
    form = formulaire(entrer(monde.chef).get(f'/espace/demandes/{demande.numero}'), '/journal')
    form['pieces'] = [PDF]
    page = form.submit(status=422)
    assert listes(page) == [PDF.filename]
    champs = dict(formulaire(page, '/journal').submit_fields())
    assert listes(entrer(monde.cochef).post(form.action, champs, status=422)) == []
    assert listes(retirer(page, formulaire(page, '/journal'))) == []
    form = formulaire(form.submit(status=422), '/journal')
    form['texte'] = 'Le plan reçu.'
    en_ecriture(models.Session.delete().execute)
    connexion = form.submit(status=401)
    assert 'à joindre de nouveau' not in connexion
    entree = next(f for f in connexion.forms.values() if 'mot_de_passe' in f.fields)
    entree['courriel'], entree['mot_de_passe'] = monde.chef.courriel, PHRASE
    page = entree.submit().maybe_follow()
    assert listes(page) == [PDF.filename] and formulaire(page, '/journal')['texte'].value == 'Le plan reçu.'
    formulaire(page, '/journal').submit(status=303)
    assert pieces(demande) == [LE_PDF]
