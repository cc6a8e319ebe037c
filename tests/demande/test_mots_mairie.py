"""What a mairie types and reads: its collectivité as it says it, errors, addresses (regles.md §3, §8, §10)."""
import pytest
from conftest import (
    collectivite, derniere_demande, en_ecriture, envoyer_demande, fautes, limiter, poster, relire, texte)

import models
from verbes import appellations


@pytest.fixture(autouse=True)
def sans_attente(base):
    limiter(secondes_minimum=0, depots_adresse=99)


def formulaire_de(page):
    return next(f for f in page.forms.values() if f.action.partition('?')[0] == '/demande')


def reconnue(saisi):
    with models.lecture():
        trouvees, sure = appellations.reconnaitre(saisi)
        return [c.nom for c in trouvees], sure


NOMS = (('Muret', 'Commune', '31600', ''), ('Cazères', 'Commune', '31220', 'Cazères-sur-Garonne'),
        ('Grenade', 'Commune', '31330', 'Grenade-sur-Garonne'), ('Le Fousseret', 'Commune', '31430', ''),
        ('Bagnères-de-Luchon', 'Commune', '31110', '| Luchon |Les Bains'), ('Toulouse Métropole', 'Métropole', '', ''),
        ('CC du Volvestre', 'Communauté de communes', '', ''), ('CA du Sicoval', "Communauté d'agglomération", '', ''),
        ('CA Le Muretain Agglo', "Communauté d'agglomération", '', ''))
MANIERES = {
    'Rieumes': ('Rieumes 31370', '31370 Rieumes', '31370 RIEUMES CEDEX', 'Rieumes, 31370', 'rieumes', 'RIEUMÉS',
                'Rieume', 'Rieumes (31370)', 'Mairie de Rieumes'),
    'Muret': ('Muret - mairie', 'M. le Maire de Muret', 'Madame la Maire de Muret', 'La mairie de Muret',
              'Mme le maire de la commune de Muret'),
    'CC du Volvestre': ('Monsieur le Président de la CC du Volvestre',), 'Grenade': ('Grenade-sur-Garonne',),
    'Cazères': ('Cazères-sur-Garonne', 'Mairie de Cazères sur Garonne'), 'CA Le Muretain Agglo': ('Muretain Agglo',),
    'Bagnères-de-Luchon': ('Luchon', '31110 Luchon', 'les bains', 'Mairie de Luchon'),
    'Toulouse Métropole': ('Monsieur le président de Toulouse Métropole',),
    'CA du Sicoval': ('Sicoval', "communauté d'agglomération du Sicoval"),
    'Saint-Orens-de-Gameville': ('st orens de gameville',), "L'Isle-en-Dodon": ('l’isle en dodon', 'Isle-en-Dodon'),
    'CC Cœur de Garonne': ('cc coeur de garonne', 'Cœur de Garonne', 'communauté de communes Cœur de Garonne'),
    'Le Fousseret': ('Fousseret', 'mairie du Fousseret', 'Commune de Fousser')}


def test_une_collectivite_se_comprend_comme_on_l_ecrit_un_code_postal_demande_la_commune(base, monde, site):
    with models.ecriture():
        for rang, (nom, type_, codes, usuels) in enumerate(NOMS):
            collectivite(nom, type_, f'31000000{rang}', None, codes_postaux=codes, usuels=usuels)
    for nom, manieres in MANIERES.items():
        for saisi in manieres:
            assert reconnue(saisi) == ([nom], True), saisi
    for saisi, noms in (('CC de Luchon', ['Bagnères-de-Luchon']), ('Luchon 31600', ['Bagnères-de-Luchon']),
                        ('Rieumes 31999', ['Rieumes']), ('Muret sur Ariège', ['Muret']),
                        ('Monsieur le Président de Muret', ['Muret'])):
        assert reconnue(saisi) == (noms, False), saisi              # to be confirmed
    en_ecriture(models.Collectivite.update(usuels='La Ville|Muret').where(
        models.Collectivite.nom.in_(['Cazères', 'Grenade'])).execute)
    assert reconnue('la ville') == (['Cazères', 'Grenade'], False) and reconnue('Muret') == (['Muret'], True)
    with models.ecriture():
        for rang in range(20):
            collectivite(f'Commune {rang:02}', 'Commune', f'3200000{rang:02}', None, codes_postaux='31370')
    page = envoyer_demande(site, monde.fiche.id, collectivite='31370')
    proposees = [span.text for span in page.html.select('[name=collectivite_choisie] + span')]
    assert len(proposees) == 21 and any(nom.startswith('Rieumes (31370') for nom in proposees)
    assert fautes(page) == [
        'Collectivité : « 31370 » est le code postal de 21 communes : écrivez le nom de la commune, ou choisissez-la']
    envoyer_demande(site, monde.fiche.id, collectivite='CC Cœur de Garonne', communes='Rieumes 31370')
    assert derniere_demande().collectivite == 'CC Cœur de Garonne'


def test_quand_joindre_va_jusqu_au_suivi_et_chaque_champ_vide_dit_ce_qu_il_attend(monde, site, entrer, creer):
    suivi = envoyer_demande(site, monde.fiche.id, quand_joindre='Le matin, sauf le mercredi').follow()
    assert 'Quand vous joindre Le matin, sauf le mercredi' in texte(suivi)
    demande = derniere_demande()
    assert demande.quand_joindre == 'Le matin, sauf le mercredi'
    chef = entrer(monde.chef)
    page = f'/espace/demandes/{demande.numero}'
    assert 'Le matin, sauf le mercredi' in chef.get(page).html.select_one('.appeler').text
    poster(chef, f'{page}/corriger', {'quand_joindre': 'Après 14 h'}, f'{page}?action=corriger')
    assert relire(demande).quand_joindre == 'Après 14 h'
    with models.lecture():
        assert not models.Journal.select().where(models.Journal.texte.contains('14 h')).exists()
    page = formulaire_de(site.get('/demande')).submit(status=422)
    assert {p['id']: ' '.join(p.text.split()) for p in page.html.select('form p.faute')} == {
        'message-faute': 'Décrivez votre besoin',
        'collectivite-faute': 'Indiquez le nom de votre commune ou de votre intercommunalité',
        'nom-faute': 'Indiquez le nom du maire, de la présidente ou du président',
        'prenom-faute': 'Indiquez le prénom du maire, de la présidente ou du président',
        'courriel-faute': 'Indiquez une adresse de courriel complète, par exemple mairie@commune.fr',
        'telephone-faute': 'Indiquez un numéro de téléphone à dix chiffres, par exemple 06 39 98 00 00'}
    form = formulaire_de(page)
    form['meme_personne'], form['hors_liste'] = False, 'oui'
    page = form.submit(status=422)
    dites = {p['id']: ' '.join(p.text.split()) for p in page.html.select('form p.faute')}
    assert dites['type-faute'] == 'Choisissez le type de votre collectivité'
    assert dites['nom_collectivite-faute'] == 'Indiquez le nom de votre collectivité'
    assert dites['rappel_nom-faute'] == 'Indiquez le nom de la personne à rappeler'
    assert 'emplissez ce champ' not in page.text
    demande = creer('en_cours', collectivite=None, type='Syndicat', nom_collectivite='SIVOM des Coteaux')
    admin, page = entrer(monde.admin), f'/espace/demandes/{demande.numero}'
    for siren, phrase in (('253 100 001', 'un de ses chiffres est faux'), ('235100004', 'un de ses chiffres est faux'),
                          ('25310000', 'un SIREN compte neuf chiffres')):
        refus = poster(admin, f'{page}/rattacher', {'siren': siren}, f'{page}?action=rattacher', status=422)
        assert phrase in ' '.join(fautes(refus)) and relire(demande).collectivite_id is None, (siren, phrase)


def test_une_adresse_mal_ecrite_ou_confondue_dit_ce_qui_ne_va_pas_et_se_demande_une_fois(monde, site):
    contient, complete = 'cette adresse de courriel contient', 'par exemple mairie@commune.fr'
    for saisi, phrase in (('secrétariat@rieumes.example',
             f'{contient} une lettre accentuée : écrivez secretariat@rieumes.example si c\'est bien elle'),
            ('mairie@orange,fr',
             f'{contient} une virgule à la place d\'un point : écrivez mairie@orange.fr si c\'est bien elle'),
            ('mairie @orange.fr', f'{contient} une espace : écrivez mairie@orange.fr si c\'est bien elle'),
            ('mairie@orange', f'il manque la fin de cette adresse de courriel, après « orange » : {complete}'),
            ('mairie.orange.fr', 'il manque le signe @ dans cette adresse de courriel : '
                                 f'indiquez une adresse de courriel complète, {complete}'),
            ('a@b.fr, c@d.fr', 'indiquez une seule adresse de courriel'),
            ('@orange.fr', f'indiquez une adresse de courriel complète, {complete}')):
        assert fautes(envoyer_demande(site, monde.fiche.id, courriel=saisi)) == [f'Courriel : {phrase}']
    for saisi in ('Mairie <mairie@rieumes.example>', 'mailto:mairie@rieumes.example',
                                           '"Mairie de Rieumes" <MAIRIE@rieumes.example>;'):
        assert envoyer_demande(site, monde.fiche.id, courriel=saisi).status_int == 303, saisi
        assert derniere_demande().courriel == 'mairie@rieumes.example', saisi
    for hote, vrai in (('gmail.fr', 'gmail.com'), ('orange.com', 'orange.fr'), ('laposte.fr', 'laposte.net'),
            ('wanadoo.com', 'wanadoo.fr'), ('free.com', 'free.fr'), ('sfr.com', 'sfr.fr'), ('ornage.fr', 'orange.fr')):
        page = envoyer_demande(site, monde.fiche.id, courriel=f'mairie@{hote}', message=hote)
        assert fautes(page) == [f'Courriel : « mairie@{hote} » est peut-être mal écrit : choisissez la bonne adresse']
        form = formulaire_de(page)
        form['courriel_choisi'] = f'mairie@{vrai}'
        form.submit(status=303)
        assert derniere_demande().courriel == f'mairie@{vrai}', (hote, vrai)
    page = envoyer_demande(site, monde.fiche.id, telephone='05.36.49.00.12', message='')
    assert formulaire_de(page)['telephone'].value == '05\u00a036\u00a049\u00a000\u00a012'
