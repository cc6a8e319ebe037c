"""The register of the columns: complete, and what it calls internal is on no page that a stranger or a mairie reads."""
import re

from conftest import changer_demande
from test_catalogue import PAGES

import models
import langue
from verbes.registre import REGISTRE


def test_chaque_colonne_de_la_base_est_au_registre_une_seule_fois_avec_ses_mots(base):
    with models.lecture():
        tables = [nom for nom, in models.db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
                  if not nom.startswith(('sqlite_', 'recherche'))]
        vraies = [(table, ligne[1]) for table in tables for ligne in models.db.execute_sql(
            f'PRAGMA table_info({table})')]
    dites = sorted((destin.table, colonne) for destin in REGISTRE for colonne in destin.colonnes.split())
    assert dites == sorted(vraies)
    par_table = {}
    for destin in REGISTRE:
        assert destin.vue in ('interne', 'demandeur', 'public') and destin.fin in ('garder', 'vider', 'supprimer')
        par_table.setdefault(destin.table, set()).add(destin.fin == 'supprimer')
    assert all(len(fins) == 1 for fins in par_table.values())       # a row goes away whole, or stays


def test_ce_qui_est_interne_n_est_sur_aucune_page_d_une_mairie(site, creer, monde):
    demande = creer('en_cours')
    changer_demande(demande, **{nom: f'INTERNE-{nom}' for nom in ('synthese', 'accord', 'empreinte')})
    with models.ecriture():
        models.Agent.update(telephone='0599999999', fonction='INTERNE-fonction').execute()
        models.db.execute_sql(
            "INSERT INTO journal (demande_id, cree_le, nature, auteur, structure, texte) "
            "VALUES (?, ?, 'note', 'INTERNE-auteur', 'INTERNE-structure', 'INTERNE-texte')",
            (demande.numero, langue.maintenant()))
    for adresse in (*PAGES, f'/suivi/{demande.jeton}'):
        assert not re.search('INTERNE-|05.99.99.99.99|0599999999', site.get(adresse).text), adresse
