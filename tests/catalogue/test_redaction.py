"""The catalogue written on screen: fiches and themes, their states, the preview, who may."""
import csv
import io

import pytest
from conftest import (
    DEPART, associer_a, au_matin, changer_ligne, en_ecriture, faits_dits, numeros, poster, relire_ligne, texte, titres)

import models
from verbes.catalogue import catalogue
from verbes.echanges import colonnes, imports

LISTE = '/espace/redaction'


def adresse(fiche):
    return f'{LISTE}/fiches/{fiche.id}'


def formulaire(page, champ='pourquoi'):
    return [f for f in page.forms.values() if champ in f.fields][-1]


def enregistrer(maxime, fiche, status=303, **champs):
    return poster(maxime, adresse(fiche), {'pourquoi': 'Revue.'} | champs, status=status)


def test_la_liste_se_cherche_son_csv_se_reimporte_chacun_n_y_trouve_que_ses_fiches(maxime, monde, entrer, lecteur):
    for requete, attendus in (
            ('', ['Conseil juridique', 'Contentieux', 'Revitalisation de bourg-centre']),
            ('?q=revitalisation', ['Revitalisation de bourg-centre']),
            ('?q=modele', ['Revitalisation de bourg-centre']), ('?theme=1', ['Conseil juridique', 'Contentieux']),
            ('?etat=suspendue', []), ('?a_relire=oui', []), ('?theme=x&etat=y', [])):
        page = maxime.get(LISTE + requete)
        assert titres(page) == attendus and (attendus or page.html.select_one('.vide')), (requete, attendus)
    recu = maxime.get(f'{LISTE}.csv?theme=1')
    lignes = list(csv.DictReader(io.StringIO(recu.body.decode('utf-8-sig')), delimiter=';'))
    assert [ligne['titre'] for ligne in lignes] == ['Conseil juridique', 'Contentieux'] and 'export' in faits_dits()
    assert imports.importer('catalogue', recu.body).inchanges == 2
    connues = {c.nom for c in colonnes.COLONNES['catalogue']}
    assert set(catalogue.TEXTES) <= connues and set(catalogue.PROPOSABLES) <= set(catalogue.CHAMPS)
    assert titres(entrer(monde.cochef).get(LISTE)) == ['Revitalisation de bourg-centre']
    assert 'ne pilotez aucune fiche' in entrer(monde.autre).get(LISTE).text
    entrer(monde.autre).get(adresse(monde.fiche), status=403)
    entrer(monde.cochef).get(adresse(monde.urgente), status=403)
    page = entrer(monde.cochef).get(adresse(monde.fiche))
    assert 'Proposer un changement' in page.text and not page.html.select('[name=chefs], [name=theme], .danger')
    en_ecriture(models.Pilotage.create, fiche=monde.fiche, agent=lecteur, rang=5)
    assert monde.fiche.titre in entrer(monde.admin).get('/espace/redaction').text


def test_une_fiche_s_ecrit_se_publie_se_lit_et_se_reimporte_un_champ_refuse_garde_ce_qui_est_saisi(monde, maxime, site):
    for champs, fautif in (({'titre': ''}, 'titre'), ({'pourquoi': ''}, 'pourquoi'), ({'resume': 'x' * 221}, 'resume'),
                           ({'deroulement': 'sans titre'}, 'deroulement'), ({'associees': 'Ailleurs'}, 'associees'),
                           ({'adherents_de': 'DDAT'}, 'adherents_de'), ({'adherents_de': 'HGI'}, 'accord'),
                           ({'actions': 'un\r\nun'}, 'actions'), ({'conditions': 'Gratuit.'}, 'accord'),
                           ({'mots': 'x' * 2001}, 'mots')):
        page = enregistrer(maxime, monde.fiche, 422, **{'pour_qui': 'Gardé.'} | champs)
        assert page.html.select_one('#erreurs a')['href'] == f'#{fautif}' and page.html.title.text.startswith('Erreur')
        assert page.html.select_one('#pour_qui').text.strip() == 'Gardé.' and 'cellule' not in page.text
        assert relire_ligne(monde.fiche).resume == monde.fiche.resume and faits_dits() == [], (champs, fautif)
    page = enregistrer(maxime, monde.contentieux, 422, titre='Conseil juridique')
    assert page.html.select_one('#erreurs a')['href'] == '#titre'
    lieu = poster(maxime, f'{LISTE}/fiches/nouvelle', {
        'titre': 'Créer une halle', 'resume': 'En bref.', 'theme': '2', 'direction': '2', 'promesse': 'complexe',
        'chefs': str(monde.chef.id), 'mots': 'marché couvert'}).headers['Location']
    numero = int(lieu.split('/')[-1].split('?')[0])
    site.get(f'/fiches/{numero}', status=404)
    assert not maxime.get(f'{LISTE}/fiches/{numero}').html.select('main a[href^="/fiches/"]')
    poster(maxime, f'{LISTE}/fiches/{numero}/etat/publiee', {'pourquoi': 'Relue.'})
    assert site.get(f'/fiches/{numero}').follow().html.h1.text == 'Créer une halle'
    assert 'Créer une halle' in site.get('/recherche?q=marche+couvert').text
    assert 'Créer une halle' in site.get('/catalogue').text and faits_dits()[-2:] == ['fiche créée', 'fiche publiée']
    enregistrer(maxime, monde.fiche, actions='un | deux\r\n\r\n  trois  ', deroulement='Appel : oui\r\nFin : non',
                associees='DDAT', mots='halle', a_preparer='=un plan', adherents_de='HGI', accord='2026-11-20')
    fiche = relire_ligne(monde.fiche)
    assert fiche.actions == 'un | deux\ntrois' and fiche.adherents_de_id == 2 and fiche.maj_le == '2026-11-24'
    assert imports.importer('catalogue', maxime.get(f'{LISTE}.csv').body).inchanges == 4


def test_l_adresse_d_une_fiche_renommee_ou_remplacee_mene_ou_il_faut_ses_chefs_ont_un_compte_ouvert(
        monde, maxime, creer, site):
    demande = creer()
    enregistrer(maxime, monde.fiche, titre='Rénover la halle')
    with models.lecture():
        demande = models.Demande.get_by_id(demande.numero)
    assert (demande.titre, demande.envoyee_sous) == ('Rénover la halle', 'Revitalisation de bourg-centre')
    assert numeros(maxime.get('/espace/demandes?q=renover+halle')) == [demande.numero]
    assert site.get(f'/fiches/{monde.fiche.id}-revitalisation-de-bourg-centre').headers['Location'].endswith(
        '-renover-la-halle')
    enregistrer(maxime, monde.fiche, chefs=str(monde.autre.id), cochef_1=str(monde.chef.id))
    with models.lecture():
        assert [c.id for c in catalogue.chefs_de(monde.fiche)] == [monde.autre.id, monde.chef.id]
    assert dict(au_matin('fiche')).keys() == {
        monde.chef.courriel, monde.cochef.courriel, monde.autre.courriel}
    changer_ligne(monde.referent, ouvert_le=None)
    page = enregistrer(maxime, monde.fiche, 422, chefs=str(monde.referent.id))
    assert 'n\'a pas encore ouvert son compte' in page.html.select_one('#erreurs').text
    en_ecriture(models.Agent.update(actif=False).where(models.Agent.id == monde.autre.id).execute)
    enregistrer(maxime, monde.fiche, resume='Autre.')
    assert 'compte fermé' in maxime.get(adresse(monde.fiche)).text
    passer(maxime, monde.contentieux, 'archivee', remplacee_par=str(monde.urgente.id))
    reponse = site.get(f'/fiches/{monde.contentieux.id}-contentieux', status=303)
    assert reponse.headers['Location'] == f'/fiches/{monde.urgente.id}-conseil-juridique'
    with models.ecriture():
        archivee, autre = models.relire(monde.contentieux), models.relire(monde.urgente)
        for cible in (archivee, autre):
            with pytest.raises(models.Refus) as refus:
                catalogue.changer_etat(autre, monde.admin, 'archivee', 'x', remplacante=cible)
            assert refus.value.champ == 'remplacee_par'
        with pytest.raises(models.Refus, match='archivée.*cet acte n\'est plus possible'):
            catalogue.changer_etat(archivee, monde.admin, 'suspendue', 'x', 'Un temps.')
    passer(maxime, monde.urgente, 'archivee', remplacee_par=str(monde.fiche.id))
    assert site.get(f'/fiches/{monde.contentieux.id}').headers['Location'].endswith('renover-la-halle')
    page = passer(maxime, monde.fiche, 'archivee', 422, remplacee_par='x')
    assert page.html.select_one('#erreurs a')['href'] == '#remplacee_par'
    passer(maxime, monde.fiche, 'archivee')
    page = site.get(f'/fiches/{monde.contentieux.id}', status=404)
    assert 'n\'est plus au catalogue' in page.html.text and page.html.select('a[href="/catalogue"]')


def passer(maxime, fiche, etat, status=303, **champs):
    return poster(maxime, f'{adresse(fiche)}/etat/{etat}', {'pourquoi': 'Choix.'} | champs, status=status)


def test_une_suspension_avertit_qui_pilote_sans_chef_ni_direction_ouverte_rien_ne_se_publie(monde, maxime):
    maxime.get(f'{adresse(monde.fiche)}/etat/brouillon', status=404)
    maxime.get(f'{adresse(monde.fiche)}/etat/perdu', status=404)
    maxime.post(f'{adresse(monde.fiche)}/etat/perdu', {'pourquoi': 'x'}, status='4*')
    passer(maxime, monde.fiche, 'suspendue', explication='Reprend en mars.')
    assert 'suspendue par Maxime Exemple, « Choix. »' in dict(au_matin('fiche'))[monde.cochef.courriel]
    for change, dit in (({'ouvert_le': None}, 'n\'a pas encore ouvert'),
                        ({'ouvert_le': DEPART, 'actif': False}, 'pas de chef de file')):
        changer_ligne(monde.chef, **change)
        assert dit in passer(maxime, monde.fiche, 'publiee', 422).html.select_one('#erreurs').text, change
        assert relire_ligne(monde.fiche).etat == 'suspendue', change
    changer_ligne(monde.chef, actif=True)
    changer_ligne(models.Direction(id=monde.fiche.direction_id), fermee_le='2026-01-01')
    page = passer(maxime, monde.fiche, 'publiee', 422)
    assert 'est fermée' in page.html.select_one('#erreurs').text
    assert page.html.select(f'a[href="{adresse(monde.fiche)}#direction"]')


def test_l_apercu_n_ecrit_rien_une_publication_est_sans_motif_une_suspension_dit_pourquoi(monde, maxime, entrer, site):
    for navigateur in (maxime, entrer(monde.chef)):
        form = formulaire(navigateur.get(adresse(monde.fiche)), 'resume')
        form['resume'], form['actions'] = 'Un résumé <b>neuf</b>.', 'peindre'
        page = navigateur.post(f'{LISTE}/apercu', form.submit_fields(), status=200)
        assert 'Aperçu, tel que le public le lira' in page.text and page.html.select_one('.chapo').text.startswith('Un')
        assert 'peindre' in page.text and '<b>neuf' not in page.text
    assert relire_ligne(monde.fiche).resume == monde.fiche.resume and faits_dits() == [] and au_matin() == []
    form['titre'] = ''
    assert navigateur.post(f'{LISTE}/apercu', form.submit_fields(), status=422).html.select_one('#resume')
    entrer(monde.autre).post(f'{LISTE}/apercu', form.submit_fields(), status=403)
    entrer(monde.chef).post(f'{LISTE}/apercu', {'fiche': ''}, status=403)
    page = maxime.post(f'{LISTE}/apercu', {'titre': 'Une halle', 'resume': 'Bref.', 'theme': '2', 'promesse': 'urgente',
                                           'direction': '3', 'chefs': str(monde.cochef.id), 'fiche': ''}, status=200)
    assert page.html.h1.text == 'Une halle' and 'CAUE' in page.html.text and '3 jours' in page.html.text
    changer_ligne(monde.fiche, etat='brouillon')
    champ = maxime.get(f'{adresse(monde.fiche)}/etat/publiee').html.select_one('label[for=pourquoi]')
    assert 'obligatoire' not in champ.text
    passer(maxime, monde.fiche, 'publiee', pourquoi='')
    with models.lecture():
        assert models.Version.select().order_by(models.Version.id.desc()).get().pourquoi == 'Première publication.'
    passer(maxime, monde.fiche, 'suspendue', 422, pourquoi='', explication='Un temps.')
    passer(maxime, monde.fiche, 'suspendue', explication='Un temps.')
    passer(maxime, monde.fiche, 'publiee', 422, pourquoi='')
    passer(maxime, monde.fiche, 'publiee')
    publique = f'/fiches/{monde.fiche.id}-revitalisation-de-bourg-centre'
    site.get(publique)
    assert passer(maxime, monde.fiche, 'suspendue', 422).html.select_one('#erreurs a')['href'] == '#explication'
    passer(maxime, monde.fiche, 'suspendue', explication='Reprend en mars.\r\nAppelez-nous.')
    page = site.get(publique)
    assert 'Reprend en mars.' in page.text and not page.html.select('a[href^="/demande?fiche="]')
    assert 'Revitalisation' not in site.get('/catalogue').text + site.get('/recherche?q=revitalisation').text.replace(
        'revitalisation', '')
    site.get(f'/demande?fiche={monde.fiche.id}', status=404)
    passer(maxime, monde.fiche, 'publiee')
    assert relire_ligne(monde.fiche).explication == '' and site.get(publique).html.select('a[href^="/demande?fiche="]')


def test_une_proposition_va_de_qui_pilote_a_l_administrateur_puis_au_public(monde, entrer, maxime, site):
    form = formulaire(entrer(monde.chef).get(adresse(monde.fiche)), 'resume')
    form['resume'], form['conditions'], form['pourquoi'] = 'Un résumé neuf.', 'Gratuit.', 'Plus clair.'
    form.submit(status=303)
    en_ecriture(models.Pilotage.delete().where(models.Pilotage.agent == monde.chef).execute)
    assert titres(maxime.get(f'{LISTE}?a_relire=oui')) == ['Revitalisation de bourg-centre']
    page = maxime.get(adresse(monde.fiche))
    assert [t.text for t in page.html.select('.face-a-face h4')][:2] == ['En vigueur, version 1',
                                                                          'Proposé par Camille Exemple']
    decision = formulaire(page, 'decision')
    assert decision.submit(status=422).html.select_one('#erreurs a')['href'].endswith('-decision')
    decision['decision'] = 'refuser'
    assert decision.submit(status=422).html.select_one('#erreurs a')['href'].endswith('-reponse')
    decision['decision'], decision['resume'], decision['conditions'] = 'publier', 'Un résumé neuf, retouché.', 'Payant.'
    assert decision.submit(status=422).html.select_one('#erreurs a')['href'].endswith('-accord')
    decision['accord'] = '2026-11-23'                               # of another cost than was proposed
    decision.submit(status=303)
    assert monde.chef.courriel in dict(au_matin('fiche'))           # who proposed, though no longer pilote
    public = site.get(f'/fiches/{monde.fiche.id}').follow()
    assert 'Un résumé neuf, retouché.' in public.text and 'Payant.' in public.text
    decision['resume'], decision['reponse'] = 'Écrit par le second.', 'Merci.'      # another administrateur, meanwhile
    dit = decision.submit(status=409).html.select_one('.message[role=alert]').text
    assert 'Cette proposition a déjà reçu sa réponse' in dit and 'Écrit par le second.' in dit and 'Merci.' in dit
    assert 'Un résumé neuf, retouché.' in dit                       # what has changed
    assert maxime.get(f'{LISTE}?a_relire=oui').html.select('.vide')


def test_un_theme_se_cree_se_renomme_ne_se_supprime_que_vide_et_se_lit_en_public(monde, maxime, site):
    form = formulaire(maxime.get(f'{LISTE}/themes'), 'nom')
    form['nom'], form['court'] = 'Numérique', 'Num.'
    form.submit(status=303)
    with models.lecture():
        theme = models.Theme.get(models.Theme.nom == 'Numérique')
    form = formulaire(maxime.get(f'{LISTE}/themes/{theme.id}'), 'nom')
    form['nom'] = 'Assistance juridique'
    assert form.submit(status=422).html.select_one('#erreurs a')['href'] == '#nom'
    form['nom'] = 'Numérique et données'
    for ordre in ('9' * 5000, '9' * 19, 'x'):
        form['ordre'] = ordre
        assert form.submit(status=422).html.select_one('#ordre')['value'] == ordre
    form['ordre'] = '7'
    form.submit(status=303)
    assert form.submit(status=409)
    assert 'ne se supprime que vide' in maxime.post(f'{LISTE}/themes/1/supprimer', status=409).text
    maxime.post(f'{LISTE}/themes/{theme.id}/supprimer', status=303)
    maxime.get(f'{LISTE}/themes/{theme.id}', status=404)
    assert faits_dits() == ['thème écrit', 'thème écrit', 'thème supprimé']
    site.get('/catalogue')
    form = formulaire(maxime.get(f'{LISTE}/themes/1'), 'nom')
    form['nom'] = 'Droit et finances'
    form.submit(status=303)
    assert 'Droit et finances' in site.get('/catalogue').text and 'Droit et finances' in site.get('/').text


BROUILLONS = f'{LISTE}/brouillons'


@pytest.fixture
def trois(monde):
    """Three brouillons; the last has a chef who never opened their account."""
    with models.ecriture():
        jamais = models.Agent.create(prenom='Noé', nom='Jamais', direction=monde.chef.direction, cree_le='2026-11-01',
                                     courriel='noe.jamais@hgi.example')
        valeurs = {'theme': 1, 'direction': monde.chef.direction_id, 'promesse': 'complexe', 'restreinte': False,
                   **dict.fromkeys(catalogue.TEXTES, '')}
        return [catalogue.creer_fiche(monde.admin, valeurs | {
            'titre': titre, 'resume': f'{titre}, en bref.', 'chefs': [chef.id]}, 'Écrite.')
            for titre, chef in (('Ponts', monde.chef), ('Halles', monde.chef), ('Digues', jamais))]


def etats(ids):
    with models.lecture():
        return [models.Fiche.get_by_id(id_).etat for id_ in ids]


def confirmation(page):
    return next(f for f in page.forms.values() if 'confirmer' in f.fields)


def test_les_brouillons_se_publient_en_un_acte_relus_d_abord_ce_qui_ne_peut_pas_se_dit_ligne_a_ligne(
        monde, entrer, maxime, trois):
    entrer(monde.chef).get(BROUILLONS, status=403)
    entrer(monde.chef).post(BROUILLONS, {f'fiche_{n}': 'oui' for n in trois}, status=403)
    assert 'Publier les brouillons' not in entrer(monde.chef).get(LISTE).text
    for cochees_ in ({}, {'fiche_1': 'oui'}):
        assert 'Cochez au moins une fiche' in maxime.post(BROUILLONS, cochees_, status=422).text
    assert etats(trois) == ['brouillon'] * 3
    for titre, dit in (('Ponts', 'porte déjà ce titre'), ('Halles', 'Publier 2 fiches')):
        en_ecriture(models.Fiche.update(titre=titre).where(models.Fiche.id == trois[1]).execute)
        page = texte(maxime.post(BROUILLONS, {f'fiche_{n}': 'oui' for n in trois[:2]}))
        assert dit in page and ('Publier cette fiche' in page) == (titre == 'Ponts'), titre
    en_ecriture(associer_a, trois[0], 'CAUE')
    page = texte(maxime.post(BROUILLONS, {f'fiche_{trois[0]}': 'oui'}))
    assert 'Rappel promis 10' in page and 'Structures associées CAUE' in page
    page = maxime.post(BROUILLONS, {f'fiche_{n}': 'oui' for n in trois})
    assert 'Noé Jamais n\'a pas encore ouvert son compte' in texte(page) and 'Publier 2 fiches' in texte(page)
    page = maxime.get(LISTE).click('Publier les brouillons')
    cochees = [c['name'] for c in page.html.select('main input[type=checkbox][checked]')]
    assert cochees == [f'fiche_{trois[1]}', f'fiche_{trois[0]}'] and 'n\'a pas encore ouvert' in texte(page)
    page = page.forms[[n for n, f in page.forms.items() if f'fiche_{trois[0]}' in f.fields][0]].submit()
    assert 'Ponts, en bref.' in texte(page) and etats(trois) == ['brouillon'] * 3
    suite = confirmation(page).submit('confirmer', status=303).follow()
    assert 'Les fiches sont publiées.' in suite.text and etats(trois) == ['publiee', 'publiee', 'brouillon']
    assert [pour for pour, _ in au_matin('fiche')] == [monde.chef.courriel] * 2
    assert faits_dits().count('fiche publiée') == 2


def test_ce_qui_a_change_depuis_la_relecture_ne_se_publie_pas(monde, maxime, trois):
    def publier_une_autre():
        catalogue.changer_etat(models.Fiche.get_by_id(trois[0]), monde.admin, 'publiee', 'Seule.')
    for change, faire, dits in (
            ('un texte', models.Fiche.update(resume='Autre').where(models.Fiche.id == trois[0]).execute, ['a changé']),
            ('une autre publiée', publier_une_autre, ['a changé']),
            ('son chef parti', models.Agent.update(actif=False).where(models.Agent.id == monde.chef.id).execute,
             ['n\'a pas de chef de file', 'Aucune de ces fiches'])):
        page = maxime.post(BROUILLONS, {f'fiche_{n}': 'oui' for n in trois[:2]})
        en_ecriture(faire)
        avant, page = etats(trois), texte(confirmation(page).submit('confirmer', status=409))
        assert etats(trois) == avant and 'publiée par Maxime Exemple –' not in str(au_matin('fiche')), change
        assert all(dit in page for dit in dits) and ('a changé' in page) == (dits == ['a changé']), change
