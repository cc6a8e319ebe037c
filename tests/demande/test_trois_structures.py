"""A case of three structures, from a diagnostic to the works, as each of them lives it (regles.md §7, §12)."""
from conftest import courriels, poster, relire, texte
from test_conversation import envoyer as envoyer_un_message
from test_dossier import envoyer, fait, remplir
from test_espace import lignes

import models

ETAPES = (('Diagnostic du bâti', 'CAUE', '2026-12-15', 'un diagnostic du bâtiment'),
          ('Plan de financement', 'HGI', '2027-01-20', 'le plan de financement'),
          ('Travaux de voirie', 'routes', '2027-03-10', 'les travaux de voirie'))


def test_un_dossier_passe_d_une_structure_a_l_autre_sans_que_personne_ne_cherche_a_qui(
        creer, monde, entrer, site, heure):
    chez = {'CAUE': monde.associe, 'HGI': monde.referent, 'routes': monde.autre}  # who comes; HGI has the référent
    demande, chef = creer('en_cours'), entrer(monde.chef)
    for quoi, structure, jour, dit in ETAPES:                       # the chef lays out who comes when
        qui = '' if structure == 'HGI' else f'a{chez[structure].id}'
        fait(remplir(chef, relire(demande), 'etape', quoi=quoi, qui=qui, pour_le=jour, dit=dit), demande, 'etapes')
    for structure in ('CAUE', 'routes'):
        fait(envoyer(entrer(chez[structure]), relire(demande), 'jalon_accepter'), demande, 'etapes')
    invites = {f'agent_{monde.cochef.id}': False} | {f'agent_{a.id}': 'oui' for a in (monde.chef, *chez.values())}
    page = remplir(chef, relire(demande), 'reunion', jour='2026-12-08', debut_a='10:00', fin_a='11:30',
                   lieu='Mairie de Rieumes', mairie='oui', **invites)
    assert page.status_int == 303 and {a for _, a in courriels(modele='reunion')} == {a.courriel for a in chez.values()}
    with models.lecture():
        jeton = models.Invitation.get(models.Invitation.agent.is_null()).jeton
    site.post(f'/rendez-vous/{jeton}', status=303)
    lu = texte(site.get(f'/suivi/{demande.jeton}'))                 # the mairie reads where it stands
    assert 'Mairie de Rieumes' in lu and 'Travaux' not in lu and 'Sacha' not in lu
    assert "Un diagnostic du bâtiment Conseil d'architecture, d'urbanisme et de l'environnement – CAUE" in lu
    heure('2026-12-09T08:00:00Z')                                   # the day after, what was agreed
    chef = entrer(monde.chef)
    assert lignes(chef.get('/espace'), 'reunion')
    assert envoyer(chef, relire(demande), 'journal', nature='reunion', texte='Convenu.').status_int == 303
    assert not lignes(chef.get('/espace'), 'reunion')
    passer_la_main(monde, chez, entrer, demande, heure)
    lu = texte(site.get(f'/suivi/{demande.jeton}'))
    assert lu.count('fait en ') == 2 and 'Les travaux de voirie Conseil départemental' in lu
    admin = entrer(monde.admin)                                     # and a visit is prepared
    feuilles = texte(poster(admin, f'/espace/collectivites/{monde.rieumes.id}/visite',
                            {'pour': 'president', 'motif': 'Inauguration'}, status=200))
    assert 'Proposition d\'accompagnement, 16/12' in feuilles and '10/03/2027' in feuilles
    fait_ = texte(admin.get(f'/espace/collectivites/{monde.rieumes.id}/fait'))
    assert 'Étape faite : Diagnostic du bâti' in fait_ and 'Étape faite : Plan de financement' in fait_


def passer_la_main(monde, chez, entrer, demande, heure):
    """The CAUE is late and away: who stands in says the step done; HGI sends a proposition, and hands over in turn."""
    heure('2026-12-16T09:00:00Z')
    with models.ecriture():
        models.Absence.create(agent=chez['CAUE'], du='2026-12-16', au='2026-12-24', suppleant=monde.cochef)
    (_, mots, acte), = lignes(entrer(monde.cochef).get('/espace'), 'etape_passee')
    assert 'depuis le mardi 15/12' in mots and 'jalon_fait' in acte
    avant = relire(demande)
    fait(remplir(entrer(monde.cochef), avant, 'jalon_fait'), demande, 'etape_faite')
    assert courriels(modele='etape')[-1][1] == chez['HGI'].courriel
    envoyer_un_message(demande, monde.referent, heure, 'Voici.', porte='proposition')
    fait(remplir(entrer(chez['HGI']), relire(demande), 'jalon_fait'), demande, 'etape_faite')
    assert chez['routes'].courriel in [a for _, a in courriels(modele='etape')]
    apres = relire(demande)
    assert (apres.statut, apres.direction_id, apres.echeance) == (avant.statut, avant.direction_id, avant.echeance)
