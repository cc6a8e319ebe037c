"""The accusés de réception that the Président·e signs: prepared, printed, signed, sent, undone, printed again."""
import itertools
import json
import re

import pytest
import webtest
from conftest import (
    CHEMINS, agir, changer_demande, changer_ligne, courriels, creer_ligne, dernier_courriel, en_ecriture, fixer_tous,
    lire_csv, poster, relire, texte)

import models
from models import Refus
from verbes import regles, textes
from verbes.demande import actes, courrier, lettres
from verbes.echanges import imports

PAGE = '/espace/admin/lettres'
BLOC = 'Le Président du Conseil départemental,\nDominique Exemple'
PDF = b'%PDF-1.7\n\xff\xfe signee'


@pytest.fixture
def signe(monde):
    fixer_tous(signataire_1=BLOC, lettres_lieu='Toulouse')


def pretes():
    return en_ecriture(lettres.a_preparer)


def imprimer(monde, *cles, **options):
    basket, a_part = pretes()
    vues = {p.cle: p.vue for p in (*basket, *a_part) if not cles or p.cle in map(str, cles)}
    return en_ecriture(courrier.imprimer, vues, 'signataire_1', monde.admin, **options)


def vues(*ids):
    return {s.lettre.id: s.marque for s in en_ecriture(lettres.suivies, '1') if not ids or s.lettre.id in ids}


def noter(monde, etape, *ids, le='2026-11-24', **options):
    en_ecriture(courrier.noter, vues(*ids), etape, le, monde.admin, **options)


def annuler(monde):
    en_ecriture(courrier.annuler, vues(), monde.admin)


def avancer(monde, *etapes, le='2026-11-24'):
    for etape in etapes or ('signature', 'signee', 'envoyee'):
        noter(monde, etape, le=le, **{'voie': 'poste'} if etape == 'envoyee' else {})


def refus(verbe, *arguments, champ=None, **options):
    """The sentence by which it is refused, under this field."""
    with pytest.raises(Refus) as dit:
        verbe(*arguments, **options)
    assert champ in (None, dit.value.champ)
    return dit.value.phrase.replace('\xa0', ' ')


def lettre():
    return en_ecriture(lettres.suivies, '1')[0]


def corps():
    return lettre().texte['corps'].replace('\xa0', ' ')


def formulaire(page, action):
    return next(f for f in page.forms.values() if f.action == action and f.method == 'post')


def autre_commune():
    return models.Collectivite.get(models.Collectivite.nom == 'Rieumajou')


@pytest.fixture
def connue(creer):
    """creer() of who is known there: nothing is to be confirmed."""
    def deposer(*etat, **autres):
        demande = creer(*etat, **autres)
        changer_demande(demande, a_confirmer=False)
        return relire(demande)
    return deposer


def test_une_lettre_est_preparee_imprimee_signee_envoyee_et_dite(monde, creer, signe, entrer, site, heure):
    demande = creer()
    heure('2026-11-25T09:00:00Z')
    page = entrer(monde.admin).get(PAGE)
    assert f'n° {demande.numero} , Revitalisation de bourg-centre' in texte(page) and 'Madame le Maire' in page
    page = formulaire(page, PAGE).submit().follow()
    assert 'J\'ai bien reçu, le 24 novembre 2026' in texte(page)
    gardee = models.Lettre.get()                                    # read as it was printed, by a version of before
    faits, mots = json.loads(gardee.faits), json.loads(gardee.texte)
    faits['demandes'][str(demande.numero)] |= {'contact': '2026-11-24', 'confiee': 'à HGI'}
    changer_ligne(gardee, faits=json.dumps(faits | {'civilite': 'Madame'}),
                  texte=json.dumps(mots | {'corps': 'qui vous a contactée le 24 novembre 2026'}))
    formulaire(entrer(monde.admin).get(PAGE), f'{PAGE}/signature').submit(status=303)
    for etape, jour in (('signee', '2026-11-26'), ('envoyee', '2026-11-27')):
        heure(f'{jour}T09:00:00Z')
        form = formulaire(entrer(monde.admin).get(PAGE), f'{PAGE}/{etape}')
        if etape == 'envoyee':
            form['voie'] = 'poste'
        page = form.submit().follow()
    assert 'Envoyées en 2026 : 1 lettre' in texte(page)
    assert '25 novembre' in texte(page) and '26 novembre' in texte(page) and '27 novembre' in texte(page)
    dossier = texte(entrer(monde.chef).get(f'/espace/demandes/{demande.numero}'))
    assert 'Lettre d\'accusé de réception envoyée le 27 novembre 2026, par la poste.' in dossier
    for dit in (dossier, texte(site.get(f'/suivi/{demande.jeton}'))):
        assert 'Lettre d\'accusé de réception envoyée le 27 novembre 2026' in dit
        assert 'qui vous a contactée le 24 novembre 2026' in dit
        assert not re.search('2[56]/11|2[56] novembre', dit)        # read of the administrateurs alone
    assert courriels(modele='lettre') == [('lettre', 'mairie@rieumes.example')]


def test_une_lettre_dit_a_chaque_moment_la_meme_chose_ou_n_est_pas(monde, creer, signe, heure):
    closes = {'termine': 'close', 'rejete': 'rejetee', 'rejete_clos': 'rejetee', 'abandonne': 'close'}
    for etat in CHEMINS:
        raison = closes.get(etat, '')
        demande = creer(etat, message=etat)
        basket, a_part = pretes()
        assert [p.raison for p in (*basket, *a_part)] == [raison] and bool(basket) == (not raison), etat
        if not raison:
            imprimer(monde)
            titre = ' : « Revitalisation de bourg-centre »' if demande.titre_depose else ''
            assert corps().split('\n\n')[1:3] == [
                f'J\'ai bien reçu, le 24 novembre 2026, votre demande enregistrée sous le n° {demande.numero}{titre}.',
                'Pour toute question, vous pouvez joindre l\'équipe de la Plateforme au 05 34 33 38 07.']
            assert not re.search('confiée|contact|au plus tard|d\'ici|avant le|délai', corps()), etat
            for agent in (monde.chef, monde.cochef, monde.referent):
                assert agent.nom_complet not in str(lettre().texte), etat
            annuler(monde)
        changer_demande(demande, origine='direct')                  # it has no letter
    direct, avant = creer(), creer(message='Deux.')
    changer_demande(direct, origine='direct')
    changer_demande(avant, depose_le='2025-12-31T22:59:59Z')
    assert pretes() == ([], [])
    fixer_tous(ouvert_le='')
    changer_demande(direct, origine='plateforme')
    assert pretes() == ([], [])
    fixer_tous(ouvert_le='2026-01-01')
    changer_demande(direct, clos_le='2026-11-24T09:00:00Z', statut='termine', issue='realise')
    assert [p.raison for p in pretes()[1]] == ['close']
    heure('2027-01-30T09:00:00Z')
    assert pretes() == ([], [])


# civilité: (to a Commune, to any other): how the letter calls, and its first lines.
QUI = {'Madame':   (('Madame le Maire', 'Madame Jeanne Exemplaire|Maire de Rieumes|Mairie'),
                    ('Madame la Présidente', 'Madame Jeanne Exemplaire|Présidente|Rieumes')),
       'Monsieur': (('Monsieur le Maire', 'Monsieur Jeanne Exemplaire|Maire de Rieumes|Mairie'),
                    ('Monsieur le Président', 'Monsieur Jeanne Exemplaire|Président|Rieumes')),
       '':         (('Madame, Monsieur le Maire', 'Madame, Monsieur le Maire|Mairie de Rieumes'),
                    ('Madame, Monsieur le Président', 'Madame, Monsieur le Président|Rieumes'))}


def test_chaque_civilite_et_chaque_type_a_son_appel_et_son_adresse_d_aujourd_hui(monde, creer, signe):
    demande = creer()
    for type_, civilite in itertools.product(regles.TYPES, QUI):
        changer_ligne(monde.rieumes, type=type_, adresse='1 place\n31370 Rieumes')
        changer_demande(demande, civilite=civilite)
        imprimer(monde)
        appel, debut = QUI[civilite][type_ != 'Commune']
        assert lettre().faits['appel'] == appel, (type_, civilite)
        assert '|'.join(lettre().texte['adresse']) == f'{debut}|1 place|31370 Rieumes', (type_, civilite)
        assert corps().startswith(f'{appel},\n') and f'agréer, {appel}, l\'expression' in corps()
        assert 'Pour toute question' in corps()
        annuler(monde)
    changer_ligne(monde.rieumes, type='Commune', adresse='', remplacee_par=autre_commune(), jusqu_au='2026-11-20')
    changer_demande(demande, civilite='Madame')
    fixer_tous(telephone='')                                        # merged in another one; the équipe has no telephone
    imprimer(monde)
    assert lettre().texte['adresse'][1:] == ['Maire de Rieumajou', 'Mairie', '31290 Rieumajou']
    assert 'Pour toute question' not in corps()
    annuler(monde)
    for colonnes in ({'a_confirmer': True}, {'a_confirmer': False, 'interlocuteur_depuis': '2026-11-24'},
                     {'interlocuteur_depuis': None}):               # to be confirmed, or two names
        changer_demande(demande, **colonnes)
        if 'a_confirmer' not in colonnes:
            creer(message='Deux.', nom='Autre')
        imprimer(monde)
        assert lettre().texte['adresse'][0] == 'Madame, Monsieur le Maire', colonnes
        annuler(monde)


def test_les_demandes_d_une_semaine_sont_une_lettre_lue_de_chacun(monde, connue, signe, entrer, site, heure):
    une, autre = connue('en_cours'), connue(message='Deux.', fiche=monde.urgente)
    ailleurs = connue(collectivite=autre_commune())
    heure('2026-11-30T09:00:00Z')
    apres = connue(message='La semaine suivante.')
    assert [[d['numero'] for d in p.rangs] for p in pretes()[0]] == [
        [une.numero, autre.numero], [ailleurs.numero], [apres.numero]]
    imprimer(monde, une.numero)
    mots = corps()
    assert f'J\'ai bien reçu vos 2 demandes :\n– n° {une.numero}, reçue le 24 novembre 2026, « Revitalisation' in mots
    assert mots.count('Pour toute question') == 1
    assert lettre().texte['objet'] == 'Vos 2 demandes d\'accompagnement'
    assert lettre().texte['references'].replace('\xa0', ' ') == f'n° {une.numero} et {autre.numero}'
    avancer(monde, 'signature', le='2026-11-30')
    noter(monde, 'signee', le='2026-11-30', fichiers=[('1.pdf', PDF)])
    noter(monde, 'envoyee', le='2026-11-30', voie='poste')

    def lire():
        pages = entrer(monde.autre).get(f'/espace/demandes/{une.numero}'), site.get(f'/suivi/{une.jeton}')
        return [' '.join(pli.get_text(' ').split()) for page in pages for pli in page.html.select('details')
                if 'envoyée le' in pli.summary.text]
    assert all('Conseil juridique' in lue and 'vos 2 demandes' in lue for lue in lire())
    changer_demande(autre, restreinte=True)
    for lue in lire():
        assert f'enregistrée sous le n° {une.numero}' in lue and 'votre demande. Elle ne vaut' in lue
        assert not re.search(f'Conseil juridique|autre demande|vos 2|vos demandes|n° {autre.numero}|Télécharger', lue)
    changer_demande(autre, restreinte=False, courriel='dgs@rieumes.example')
    assert ['vos 2 demandes' in lue for lue in lire()] == [True, False]
    site.get(f'/suivi/{une.jeton}/lettre', status=404)


A_PART = {'essai':       lambda m, d: changer_demande(d, essai=True),
          'reprise':     lambda m, d: changer_demande(d, importee=True),
          'ecartee':     lambda m, d: changer_demande(d, issue='doublon'),
          'a_rattacher': lambda m, d: changer_demande(d, collectivite_liee=None),
          'adresse':     lambda m, d: changer_ligne(m.rieumes, codes_postaux='31370 31371'),
          'restreinte':  lambda m, d: changer_demande(d, restreinte=True),
          'a_confirmer': lambda m, d: changer_demande(d, a_confirmer=True),
          'close':       lambda m, d: changer_demande(d, clos_le='2026-11-24T10:00:00Z'),
          'rejetee':     lambda m, d: changer_demande(d, statut='rejete')}


@pytest.mark.parametrize('raison', lettres.RAISONS)
def test_ce_qui_n_est_pas_au_panier_est_a_part_dit_pourquoi_et_en_sort_seul(monde, creer, signe, entrer, raison):
    demande, autre = creer('en_cours'), creer('en_cours', message='b')
    imprimer(monde)
    A_PART[raison](monde, demande)
    if raison not in ('essai', 'reprise'):                          # of both: the address
        assert any(lettres.RAISONS[raison].depuis in ecart for ecart in lettre().ecarts)
        refaites = en_ecriture(courrier.reediter, vues(), 'signataire_1', monde.admin)
        restent = [] if raison == 'adresse' else [[autre.numero]]
        assert [suivie.numeros for suivie in en_ecriture(lettres.suivies, '1')] == restent
        assert refaites == [1] * len(restent) and not any(suivie.ecarts for suivie in en_ecriture(lettres.suivies, '1'))
    changer_demande(autre, origine='direct')
    if vues():
        annuler(monde)
    basket, a_part = pretes()
    assert basket == [] and [(p.raison, p.cle) for p in a_part] == [(raison, str(demande.numero))]
    page = texte(entrer(monde.admin).get(PAGE))
    assert lettres.RAISONS[raison].dite.replace('\xa0', ' ') in page and f'n° {demande.numero} , Rieumes' in page
    if raison not in lettres.SEULES:
        cles = {str(demande.numero): ''}
        assert 'ont changé' in refus(en_ecriture, courrier.imprimer, cles, 'signataire_1', monde.admin)


def test_le_panier_dit_ses_retards_se_filtre_et_se_divise(monde, connue, signe, entrer, heure, monkeypatch):
    connue('en_cours')
    heure('2026-12-01T09:00:00Z')
    connue(message='Deux.', fiche=monde.urgente, collectivite=autre_commune())
    admin = entrer(monde.admin)
    for filtre, noms in (('semaine=2026-11-23', 'Rieumes'), ('semaine=2026-11-30', 'Rieumajou'), ('theme=2', 'Rieumes'),
                         ('theme=1', 'Rieumajou'), ('type=PETR', ''), ('type=Commune', 'Rieumes Rieumajou')):
        lus = admin.get(f'{PAGE}?{filtre}').html.select('[aria-labelledby=preparer] tbody th')
        assert [th.contents[0] for th in lus] == noms.split(), filtre
    for jour, tard in (('2026-12-08', False), ('2026-12-09', True)):        # the tenth working day, the next one
        heure(f'{jour}T09:00:00Z')
        assert [p.tard for p in pretes()[0]] == [tard, False]
    monkeypatch.setattr(courrier, 'MAX', 1)
    assert '1 lettres à la fois au plus' in refus(imprimer, monde)
    page = entrer(monde.admin).get(PAGE)
    assert '1 lettre en attente depuis plus de dix jours ouvrés' in texte(page) and '%' not in page
    assert 'Imprimer 1 lettre' in texte(page) and 'Voici les 1 premières' in texte(page)
    formulaire(page, PAGE).submit(status=303)
    assert models.Lettre.select().count() == 1 and len(pretes()[0]) == 1 and lettre().tard
    creer_ligne(models.Fermeture, du='2026-12-08', au='2026-12-08', libelle='Pont')
    assert not lettre().tard


def test_une_restreinte_ou_a_confirmer_s_imprime_seule_et_ne_dit_que_son_numero(monde, creer, signe, entrer):
    demande, autre = creer(restreinte=True), creer(message='b')
    assert 'une par une' in refus(imprimer, monde, accord_le='2026-11-24') and not models.Lettre.select().exists()
    changer_demande(autre, origine='direct')
    for accord, dit in (('', 'Notez le jour'), ('2026-11-25', 'pas encore passé'), ('2026-11-23', 'vient avant')):
        assert dit in refus(imprimer, monde, accord_le=accord, champ='accord_le')
    imprimer(monde, accord_le='2026-11-24')
    une = lettre()
    assert une.lettre.accord_le == '2026-11-24' and une.texte['pli'] == 'Sous pli personnel' and une.ecarts == []
    assert f'demande enregistrée sous le n° {demande.numero}.' in corps()
    for mot in ('Revitalisation', 'Ingénierie', 'contact', '05 36', 'place du bourg'):
        assert mot not in f'{une.texte} {une.faits}', mot
    admin = entrer(monde.admin)
    for page in (f'{PAGE}/imprimer', f'{PAGE}/bordereau', f'{PAGE}.csv'):
        assert 'Revitalisation' not in admin.get(page).text, page
    changer_demande(autre, origine='plateforme', a_confirmer=True)
    form = next(f for f in admin.get(PAGE).forms.values() if 'seule' in f.fields)
    form['seule'] = form['seule'].options[0][0]
    assert 'Madame, Monsieur le Maire' in texte(form.submit().follow())
    assert [suivie.ecarts for suivie in en_ecriture(lettres.suivies, '1')] == [[], []]


def test_un_panier_change_rien_de_coche_un_jour_faux_une_etape_sautee_se_disent(monde, creer, signe, entrer):
    demande = creer()
    admin, second = entrer(monde.admin), entrer(monde.admin)
    page = admin.get(PAGE)
    changer_demande(demande, prenom='Odile')                        # since the basket was read
    page = formulaire(page, PAGE).submit(status=409)
    assert 'ont changé pendant que vous lisiez' in texte(page) and not models.Lettre.select().exists()
    for chemin in (PAGE, f'{PAGE}/signature', f'{PAGE}/annuler', f'{PAGE}/reediter'):
        page = admin.post(chemin, {'le': '2026-11-24', 'signataire': 'signataire_1'}, status=422)
        assert 'Cochez au moins une lettre' in texte(page), chemin
    page, vue = admin.get(PAGE), second.get(PAGE)
    formulaire(page, PAGE).submit(status=303)
    page = formulaire(vue, PAGE).submit(status=409)
    assert f'Des lettres ont changé pendant que vous lisiez cette page (n° {demande.numero})' in texte(page)
    assert models.Lettre.select().count() == 1
    for jour, dit in (('', 'indiquez une date'), ('2026-11-25', 'pas encore passé'),
                      ('2026-11-23', 'vient avant le 24/11/2026'), ('32/13/2026', 'indiquez une date qui existe')):
        page = poster(admin, f'{PAGE}/signature', {'le': jour}, PAGE, 422)
        assert dit in texte(page) and page.html.select_one('#signature-le').get('value', '') == jour, jour
        assert page.html.title.text.startswith('Erreur') and lettre().lettre.signature_le is None, jour
    assert 'ont changé' in refus(noter, monde, 'envoyee', voie='poste')
    page, vue = admin.get(PAGE), second.get(PAGE)
    formulaire(page, f'{PAGE}/signature').submit(status=303)
    page = formulaire(vue, f'{PAGE}/signature').submit(status=409)
    assert 'un autre administrateur les a traitées' in texte(page) and lettre().lettre.notees == '2026-11-24'
    noter(monde, 'signee')
    assert 'Dites comment' in refus(noter, monde, 'envoyee')


def test_une_copie_signee_se_garde_a_l_octet_pour_la_collectivite_seule(monde, connue, signe, entrer, site):
    une, autre = connue('en_cours'), connue('en_cours', message='b', collectivite=autre_commune())
    imprimer(monde)
    avancer(monde, 'signature')
    for fichiers, dit in (
            ([('1.doc', b'\xd0\xcf\x11\xe0x')], 'n\'est pas un PDF'), ([('1.pdf', b'pas un pdf')], 'ne correspond pas'),
            ([('1.pdf', b'')], 'est vide'), ([('scan.pdf', PDF)], 'De quelle lettre est'),
            ([('1.pdf', PDF), ('lettre 1 bis.pdf', PDF)], 'Deux fichiers sont de la même lettre'),
            ([('1 et 2.pdf', PDF)], 'ou de plusieurs'), ([('1.pdf', PDF), ('9.pdf', PDF)], 'lettre est « 9.pdf »')):
        assert dit in refus(noter, monde, 'signee', fichiers=fichiers, champ='pieces'), dit
        assert not models.Document.select().exists() and models.Lettre.select().first().signee_le is None, dit
    assert 'numéro d\'une autre lettre' in refus(noter, monde, 'signee', 1, fichiers=[('2.pdf', PDF)])
    noter(monde, 'signee', 1, fichiers=[('scan.pdf', PDF)])
    admin = entrer(monde.admin)
    form = formulaire(admin.get(PAGE), f'{PAGE}/signee')
    form['pieces'] = [webtest.Upload('2.pdf', PDF, 'application/pdf')]
    form.submit(status=303)
    noter(monde, 'envoyee', voie='courriel')
    for demande in (une, autre):
        assert site.get(f'/suivi/{demande.jeton}').click('Télécharger la lettre signée').body == PDF
    assert admin.get(PAGE).click('Copie signée', index=0).body == PDF
    copie = lettre().copie
    for qui in (monde.chef, monde.referent, monde.autre):
        navigateur = entrer(qui)
        assert 'lettre signée' not in navigateur.get(f'/espace/demandes/{une.numero}').text
        for dossier, dit in ((f'{PAGE}/copies', 403), ('/documents', 404), ('/fichiers', 404), ('/images', 404)):
            navigateur.get(f'{dossier}/{copie}', status=dit)
    annuler(monde)
    annuler(monde)                                                  # the signature too: its copy goes
    assert [(bytes(d.contenu), bool(d.retire_le), d.nom) for d in models.Document.select()] == [
        (b'', True, 'lettre.pdf')] * 2


def test_ni_un_contact_ni_une_orientation_ni_un_retard_ni_une_reponse_ne_retirent_une_lettre(monde, creer, signe):
    demande = creer()
    imprimer(monde)
    avancer(monde, 'signature')
    for change in ({'premier_contact_le': '2026-11-24'}, {'direction': monde.associe.direction_id, 'structure': 3},
                   {'fiche': monde.urgente, 'theme': 1}, {'premier_contact_le': None, 'echeance': '2026-11-23'},
                   {'statut': 'termine', 'issue': 'reponse', 'clos_le': '2026-11-24T10:00:00Z'}):
        changer_demande(demande, **change)
        assert lettre().ecarts == [], change
    changer_demande(demande, restreinte=True)
    assert [ecart.split(', ')[1] for ecart in lettre().ecarts] == ['à diffusion restreinte depuis']
    changer_demande(demande, restreinte=False)
    noter(monde, 'signee')
    fixer_tous(signataire_1='Un autre,')
    assert lettre().lettre.etat == 'signee' and lettre().ecarts == []       # signed: it has its signatory


def test_un_autre_bloc_une_autre_adresse_une_autre_personne_font_reediter(monde, creer, signe, entrer):
    demande = creer()
    imprimer(monde)
    fixer_tous(signataire_1='La Présidente du Conseil départemental,')
    assert lettre().ecarts == ['le bloc de son signataire a changé']
    changer_ligne(monde.rieumes, codes_postaux='31370', adresse='2 place\n31370 Rieumes')
    assert lettre().ecarts[0] == 'à qui l\'écrire, ou à quelle adresse, a changé'
    en_ecriture(courrier.reediter, vues(), 'signataire_1', monde.admin)
    avancer(monde, 'signature')
    changer_demande(demande, prenom='Odile', nom='Neuve')
    page = entrer(monde.admin).get(PAGE)
    assert 'À rééditer : 1 lettre' in texte(page) and 'à qui l\'écrire, ou à quelle adresse, a changé' in texte(page)
    assert not page.html.select('form[action$="/signee"]')
    assert 'À rééditer' in refus(noter, monde, 'signee')
    assert 'Madame Odile Neuve' in texte(formulaire(page, f'{PAGE}/reediter').submit().follow())
    une = lettre()
    assert une.ecarts == [] and une.lettre.etat == 'imprimee' and une.lettre.notees == ''
    changer_demande(demande, clos_le='2026-11-24T10:00:00Z')
    page = formulaire(entrer(monde.admin).get(PAGE), f'{PAGE}/reediter').submit().follow()
    assert 'Ces lettres sont retirées' in texte(page) and not models.Lettre.select().exists()


def test_un_envoi_s_annule_le_jour_meme_et_son_courriel_ne_part_pas(monde, creer, signe, entrer, site, heure):
    demande = creer('en_cours')
    imprimer(monde)
    heure('2026-11-27T09:00:00Z')                                   # a Friday
    avancer(monde, le='2026-11-27')
    assert dernier_courriel('lettre').a_partir_de == '2026-11-30T06:00:00Z'
    heure('2026-11-28T09:00:00Z')
    assert 'ne s\'annule que le jour' in refus(annuler, monde)
    assert lettre().lettre.etat == 'envoyee'
    assert not entrer(monde.admin).get(PAGE).html.select('[aria-labelledby=envoyees] input')
    heure('2026-11-27T09:00:00Z')
    page = formulaire(entrer(monde.admin).get(PAGE), f'{PAGE}/annuler')
    page.set('l-1', True)
    page.submit(status=303)
    assert courriels(modele='lettre') == [] and lettre().lettre.etat == 'signee'
    dossier = texte(entrer(monde.chef).get(f'/espace/demandes/{demande.numero}'))
    assert 'Envoi de la lettre d\'accusé de réception annulé' in dossier
    assert 'accusé de réception' not in texte(site.get(f'/suivi/{demande.jeton}'))
    for etat in ('signature', 'imprimee'):
        annuler(monde)
        assert lettre().lettre.etat == etat
    annuler(monde)
    assert not models.Lettre.select().exists() and len(pretes()[0]) == 1


def test_une_lettre_envoyee_ne_finit_aucun_silence_et_chaque_adresse_a_son_courriel(monde, connue, signe, site):
    une, restreinte = connue('en_cours'), connue('en_cours', message='c', courriel='dgs@rieumes.example')
    connue('en_cours', message='b')
    changer_demande(une, message_le='2026-11-24T08:00:00Z', rappele='pas_encore', rappele_le='2026-11-24T08:00:00Z')
    imprimer(monde)
    avancer(monde)
    apres = relire(une)
    assert apres.message_le == '2026-11-24T08:00:00Z' and apres.version == une.version
    ligne = models.Journal.select().where(models.Journal.demande == une).order_by(models.Journal.id.desc()).get()
    assert (ligne.nature, ligne.fait, ligne.agent_id, ligne.auteur) == ('envoi', 'automatique', None, 'Maxime Exemple')
    assert ligne.acte_le is None                                    # else it would be a warning before filing
    assert courriels(modele='lettre') == [('lettre', 'mairie@rieumes.example'), ('lettre', 'dgs@rieumes.example')]
    agir(actes.restreindre, restreinte, monde.chef, True)
    mail = dernier_courriel('lettre')
    dit = f'{mail.objet} {mail.corps}'.replace('\xa0', ' ')
    assert f'de votre demande n° {restreinte.numero} vous a été envoyée.' in dit
    assert 'Rieumes' not in dit and 'Revitalisation' not in dit
    agir(actes.changer_interlocuteur, une, monde.chef, {
        'courriel': 'neuf@rieumes.example', 'telephone': '0536490099', 'nom': 'Neuf', 'prenom': 'Ali'})
    assert courriels(modele='lettre') == [('lettre', 'dgs@rieumes.example')]     # the other had not left yet
    suivi = f'/suivi/{relire(une).jeton}'
    assert 'accusé de réception' not in texte(site.get(suivi))
    site.get(f'{suivi}/lettre', status=404)


def test_le_texte_de_la_lettre_se_change_hors_periode_electorale_la_ou_le_departement_en_signe(monde, entrer):
    admin, ici = entrer(monde.admin), '/espace/admin/textes/accuse'
    assert admin.get('/espace/admin/textes').click('Lettre d\'accusé de réception$').request.path == ici
    page = poster(admin, ici, {'corps': '{appel},\n\nUn texte sans rien.', 'pourquoi': 'Plus court.'}, status=422)
    assert 'Gardez {demandes}' in texte(page) and 'Un texte sans rien.' in page.text
    assert '{demandes}' in en_ecriture(textes.lire, 'lettre', 'accuse').corps
    corps_ = '{appel},\n\n{demandes}\n\nBien à vous.'
    assert 'Plus court.' in poster(admin, ici, {'corps': corps_, 'pourquoi': 'Plus court.'}).follow()
    fixer_tous(electorale_du='2026-11-20', electorale_au='2027-03-21')
    page = poster(admin, ici, {'corps': 'Autre.', 'pourquoi': 'Non.'}, status=422)
    assert 'Période électorale jusqu\'au dimanche 21 mars 2027' in texte(page)
    assert 'ne change pas ces jours-là' in texte(formulaire(page, f'{ici}/origine').submit(status=422))
    assert en_ecriture(textes.lire, 'lettre', 'accuse').corps.endswith('Bien à vous.')
    poster(admin, '/espace/admin/courriels/accuse', {'titre': 'Reçu'})       # a mail is not the letter
    assert 'Lettres à signer' in admin.get('/espace/admin')
    assert 'Faire signer les lettres' in admin.get('/espace/aide/administrer')
    page = entrer(monde.chef).get('/espace/aide/demandes')
    assert 'accusés de réception des demandes, signés du Président du Département' in texte(page)
    assert 'Faire signer les lettres' not in page
    fixer_tous(lettres='non')
    assert 'ne signe pas de lettre' in admin.get(PAGE, status=404)
    for adresse in ('/espace/admin', '/espace/admin/courriels', '/espace/aide/administrer'):
        assert 'Lettres à signer' not in admin.get(adresse), adresse
    page = entrer(monde.chef).get('/espace/aide/demandes')
    assert 'envoie un accusé d\'enregistrement de chaque demande' in texte(page)


def test_un_signataire_dont_la_delegation_a_pris_fin_ne_s_imprime_ni_ne_signe(monde, creer, signe, entrer, heure):
    dits = {'signataire_2': 'Pour le Président et par délégation,\nAlix Modèle', 'signataire_2_du': '2026-11-24'}
    admin = entrer(monde.admin)
    page = poster(admin, f'{PAGE}/signataires', dits | {'signataire_2_au': '2026-11-20'}, PAGE, 422)
    assert 'Le dernier jour vient avant le premier' in texte(page)
    dits |= {'signataire_2_au': '2026-12-31', 'signataire_1_au': '2026-11-23'}
    poster(admin, f'{PAGE}/signataires', dits, PAGE)
    with models.lecture():
        assert list(lettres.signataires()) == ['signataire_2'] and not lettres.signataires('2027-01-01')
    assert 'Aucun signataire n\'est en fonction' not in admin.get(PAGE)
    creer('en_cours')
    assert 'pas en fonction aujourd\'hui' in refus(imprimer, monde)
    fixer_tous(signataire_1_au='2026-11-25')
    imprimer(monde)
    avancer(monde, 'signature')
    heure('2026-11-26T09:00:00Z')
    assert lettre().ecarts == ['son signataire n\'est plus en fonction']
    assert 'À rééditer' in refus(noter, monde, 'signee', le='2026-11-26')
    fixer_tous(signataire_1_du='2026-11-26', signataire_1_au='')
    assert lettre().ecarts == []
    assert 'n\'était pas en fonction le 25/11/2026' in refus(noter, monde, 'signee', le='2026-11-25')
    assert lettre().lettre.signee_le is None


def test_le_csv_du_publipostage_est_de_lettres_ou_de_collectivites(monde, connue, signe, entrer):
    connue('en_cours'), connue('en_cours', message='b', collectivite=autre_commune())
    ids = imprimer(monde)
    admin = entrer(monde.admin)
    lignes = lire_csv(admin.get(f'{PAGE}.csv?lettres={",".join(map(str, ids))}'))
    assert [ligne['Collectivité'] for ligne in lignes] == ['Rieumes', 'Rieumajou']
    une = lignes[0]
    dit = [une[nom] for nom in ('Appel', 'Adresse 1', 'Adresse 4', 'Texte', 'Signature')]
    assert dit == ['Madame le Maire', 'Madame Jeanne Exemplaire', '31370 Rieumes', lettre().texte['corps'], BLOC]
    assert len(lire_csv(admin.get(f'{PAGE}.csv?lettres={ids[1]}'))) == 1
    assert len(lire_csv(admin.get(f'{PAGE}.csv'))) == 2
    for chemin in (f'{PAGE}.csv?lettres=x', f'{PAGE}/imprimer?lettres=1,'):
        admin.get(chemin, status=400)
    changer_ligne(monde.rieumes, codes_postaux='31370', adresse='1 place\n31370 Rieumes')
    liste = '/espace/admin/collectivites/publipostage.csv'
    lignes = lire_csv(admin.get(f'{liste}?type=Commune'))
    rieumes = next(ligne for ligne in lignes if ligne['Collectivité'] == 'Rieumes')
    assert [rieumes[f'Adresse {n}'] for n in range(1, 5)] == [
        'Madame, Monsieur le Maire', 'Mairie de Rieumes', '1 place', '31370 Rieumes']
    sans = {ligne['Collectivité'] for ligne in lire_csv(admin.get(f'{liste}?etat=sans-demande&type=Commune'))}
    assert {ligne['Collectivité'] for ligne in lignes} - sans == {'Rieumes', 'Rieumajou'}
    sans = lire_csv(admin.get(f'{liste}?etat=sans-postale'))
    assert [ligne['Collectivité'] for ligne in sans] == ['CC Cœur de Garonne']
    adresse = f'/espace/admin/collectivites/{monde.rieumes.id}'
    poster(admin, adresse, {'adresse': '1, place de la Liberté\r\n31370 Rieumes'})
    fichier = admin.get('/espace/admin/collectivites.csv').body.decode('utf-8-sig')
    assert '1, place de la Liberté | 31370 Rieumes' in fichier
    changer_ligne(monde.rieumes, codes_postaux='31370', adresse='')
    imports.importer('collectivites', fichier.encode())
    assert models.Collectivite.get_by_id(monde.rieumes.id).adresse == '1, place de la Liberté\n31370 Rieumes'
