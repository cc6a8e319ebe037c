"""Supervision: what the service does by itself, the mails that do not leave, the test mail."""
import re
import time

from conftest import changer_ligne, courriels, dernier_courriel, en_ecriture, fixer_tous, relire_ligne, texte
from fichiers import lire

import models
from models import Courriel
from verbes import comptes
from verbes.exploitation import exploitation, porteur, supervision
from verbes.exploitation.environnement import Configuration
from verbes.courriels import poster

PAGE = '/espace/admin/supervision'


def ecrire_un(agent, modele='alerte', **colonnes):
    """One mail to an agent, waiting or given up."""
    with models.ecriture():
        courriel = Courriel.get_by_id(poster(modele, 'agent', agent.courriel, agent=agent, alerte='Le contenu.'))
    changer_ligne(courriel, **{'raison': ''} | colonnes)
    return courriel


def faits():
    return lire('SELECT fait, agent_id, detail, nombre FROM audit ORDER BY id')


def test_la_page_dit_ce_que_le_service_fait_de_lui_meme_dont_la_sauvegarde_et_la_verification(
        maxime, entrer, monde, base, tmp_path, heure):
    dit = texte(maxime.get(PAGE))
    for attendu in ('PLATEFORME_SMTP n\'est pas indiqué', 'Dernière sauvegarde jamais', 'Dernière vérification aucune',
                    'aucun encore', 'Aucun. ', 'qui tient une demande ou une fiche a ouvert son compte'):
        assert attendu in dit, attendu
    assert 'Personne ne doit agir' not in dit
    exploitation.sauvegarder(base, str(tmp_path / 'copie.db'))
    assert [faute for _, faute in exploitation.verifier(base) if faute] == []
    exploitation.dater_la_verification(base, 0)
    dit = texte(maxime.get(PAGE))
    assert 'Dernière sauvegarde à jour' in dit and 'Dernière vérification rien à signaler' in dit
    exploitation.dater_la_verification(base, 2)
    heure('2026-11-26T09:00:00Z')
    dit = texte(entrer(monde.admin).get(PAGE))
    assert 'Dernière sauvegarde en retard' in dit and 'Dernière vérification 2 en échec' in dit


def test_un_courriel_abandonne_se_lit_sans_son_texte_se_renvoie_seul_ou_avec_tous(maxime, monde):
    courriel = ecrire_un(monde.chef, echec_le='2026-11-24T08:00:00Z', raison='550 boîte inconnue')
    dit = texte(maxime.get(PAGE))
    assert 'camille.exemple@hgi.example' in dit and '550 boîte inconnue' in dit and 'Le contenu' not in dit
    assert 'Renvoyer' in dit and 'Tout renvoyer' in dit
    assert 'repart' in maxime.post(f'{PAGE}/renvoyer', {'courriel': courriel.id}).follow()
    renvoye = relire_ligne(courriel)
    assert (renvoye.echec_le, renvoye.raison, renvoye.essais) == (None, '', 0)
    assert faits()[-1] == ('courriels renvoyés', monde.admin.id, f'courriel {courriel.id}', 1)
    assert 'En attente 1' in texte(maxime.get(PAGE))
    for agent in (monde.chef, monde.referent):
        ecrire_un(agent, echec_le='2026-11-24T08:00:00Z', raison='550 non')
    ecrire_un(monde.associe, raison='450 plus tard', a_partir_de='2026-11-24T12:00:00Z', essais=2)
    porteur.relais_muet.update(essais=3, jusqu_a=time.monotonic() + 900)
    reportes = texte(maxime.get(f'{PAGE}?sort=reporte'))
    assert 'Reportés 1' in reportes and '2 essais' in reportes
    maxime.post(f'{PAGE}/renvoyer', status=303)
    assert {*lire('SELECT echec_le, a_partir_de FROM courriel')} == {(None, '2026-11-24T09:00:00Z')}
    assert porteur.relais_muet == {'essais': 0, 'jusqu_a': 0.0}
    assert faits()[-1] == ('courriels renvoyés', monde.admin.id, '', 2)


def test_un_courriel_au_lien_mort_ne_repart_pas_la_page_dit_pourquoi_et_n_est_pas_au_rouge(maxime, monde, base):
    """After any restore: its one-time links are dropped, and nobody can do anything of their mails."""
    en_ecriture(comptes.envoyer_invitation, monde.chef)
    en_ecriture(models.Lien.update(expire_le='2026-11-01T00:00:00Z').execute)
    configuration = Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_SMTP': 'smtp://localhost:9'})
    assert porteur.envoyer_courriels(configuration)['echecs'] == 1
    with models.lecture():
        assert supervision.sante().courriels == 'ok' and porteur.abandonnes() == 0
    avant = faits()
    refus = maxime.post(f'{PAGE}/renvoyer', {'courriel': dernier_courriel('invitation').id}, status=409)
    assert 'ne peut plus partir' in refus and faits() == avant and '/invitation/' not in maxime.get(PAGE)
    maxime.post(f'{PAGE}/renvoyer', {'courriel': 'x'}, status=404)
    for fausse in ('sort=tous', 'page=0'):
        maxime.get(f'{PAGE}?{fausse}', status=400)
    ecrire_un(monde.chef, echec_le='2026-11-24T08:00:00Z', raison='550 boîte inconnue')
    with models.lecture():
        assert supervision.sante().courriels == 'en échec'


def test_le_courriel_d_essai_va_a_qui_le_demande_et_dit_son_sort(maxime, monde):
    page = maxime.get(PAGE).forms
    formulaire = next(f for f in page.values() if f.action == f'{PAGE}/essai')
    suite = formulaire.submit().follow()
    assert courriels() == [('essai', 'maxime.exemple@haute-garonne.example')]
    assert 'en attente' in texte(suite) and faits()[-1] == ("courriel d'essai", monde.admin.id, '', 1)
    formulaire.submit()                                                 # one that waits is enough
    assert len(courriels()) == 1
    essai = dernier_courriel('essai')
    assert essai.objet == "Plateforme : courriel d'essai" and 'Bonjour Maxime,' in essai.corps and not essai.secret
    changer_ligne(essai, echec_le='2026-11-24T09:05:00Z', raison='554 relais refusé')
    assert 'refusé : 554 relais refusé' in texte(maxime.get(PAGE))
    formulaire.submit()
    changer_ligne(dernier_courriel('essai'), envoye_le='2026-11-24T09:06:00Z')
    assert 'parti le 24 novembre 2026' in texte(maxime.get(PAGE))


def test_une_demande_sans_personne_est_montree_et_un_compte_jamais_ouvert_est_nomme_sans_compter(maxime, creer, monde):
    demande = creer('attribue_expert')
    assert 'Personne ne doit agir' not in texte(maxime.get(PAGE))
    for agent in (monde.referent, monde.autre, monde.chef):
        changer_ligne(agent, ouvert_le=None)
    nommes = maxime.get(PAGE).html.select('section[aria-labelledby=jamais] li')
    noms = [re.sub(r'\s+', ' ', li.text.replace('\xa0', ' ')).strip() for li in nommes]
    assert noms == ['Camille Exemple : des demandes ouvertes, des fiches du catalogue',
                    'Claude Temoin : des demandes ouvertes']
    en_ecriture(models.Agent.update(actif=False).where(models.Agent.id != monde.admin.id).execute)
    en_ecriture(models.Agent.update(administrateur=False).execute)
    with models.lecture():
        assert supervision.demandes_sans_personne() == [demande.numero]


MAL = {'attente': 4, 'plus_ancien': '2026-11-24T06:12:00Z', 'abandonnes': 2, 'doute': 'une heure dans le passé',
       'courriels': 'en retard', 'sauvegarde': 'en retard', 'porte': False}
DITES = {'Heure du serveur': 'Une heure dans le passé : à confirmer.',
         'Envoi arrêté': 'Plus rien ne part depuis cinq minutes', 'Courriels en retard': '4 courriels en attente, le '
         'plus ancien depuis le 24 novembre 2026 à 7 h 12.', 'Courriels refusés': '2 courriels depuis hier.',
         'Sauvegarde': 'La dernière est en retard.', 'Vérification de la base': '3 contrôles en échec.',
         'Demandes sans personne': '1 demande ouverte, que personne ne doit traiter.'}


def test_ce_qui_va_mal_est_en_tete_de_l_administration_et_rien_de_cela_quand_tout_va(maxime, monde, base, monkeypatch):
    bien = dict(doute=None, porte=True, plein=False, courriels='ok', abandonnes=0, sauvegarde='ok', attente=0)
    monkeypatch.setitem(models.SITE, 'smtp', 'smtp://relais')
    bonne = supervision.sante()._replace(**bien)
    monkeypatch.setattr(supervision, 'sante', lambda: bonne)
    dit = texte(maxime.get('/espace/admin'))
    assert not [titre for titre in DITES if f'{titre} aujourd\'hui' in dit]
    exploitation.dater_la_verification(base, 3)
    monkeypatch.setattr(supervision, 'demandes_sans_personne', lambda: [1083])
    monkeypatch.setattr(supervision, 'sante', lambda: bonne._replace(**MAL))
    dit = texte(maxime.get('/espace/admin'))
    for titre, phrase in DITES.items():
        assert phrase in dit[dit.index(f'{titre} aujourd\'hui'):], titre
    monkeypatch.setattr(supervision, 'sante', lambda: bonne._replace(porte=False, plein=True))
    assert 'Le disque est plein.' in texte(maxime.get('/espace/admin'))


def test_la_periode_electorale_est_annoncee_un_mois_avant_et_se_tait_apres(entrer, monde, heure):
    fixer_tous(electorale_du='2026-12-24', electorale_au='2027-03-21')
    for instant, dite in (('2026-11-23T12:00:00Z', False), ('2026-11-24T12:00:00Z', True),
                          ('2027-03-21T12:00:00Z', True), ('2027-03-22T12:00:00Z', False)):
        heure(instant)
        dit = texte(entrer(monde.admin).get('/espace/admin'))
        assert ('Période électorale à savoir Du 24/12/2026 au 21/03/2027' in dit) is dite, instant
