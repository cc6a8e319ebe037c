"""Whatever changes, here or elsewhere, the page says at once what a plain loop counts over the raw rows."""
import contextlib
import random
import re
import sqlite3

import pytest
from recompte import Attendu, Raw
from semis import JOUR
from test_preuves import LECTEURS, adresse, comparer_la_page, lire_agent, nombre, seme, semis  # noqa: F401

# Months that are over with the one under way, a year that is over, all of them.
PERIODES = (('2025-12-01', '2026-12-31'), ('2025-11-01', '2026-11-30'), ('2026-10-01', '2026-12-31'),
            ('2025-01-01', '2025-12-31'), ('2024-01-01', '2026-12-31'))
FILTRES = ({}, {}, {'structure': '2'}, {'epci': '6'}, {'theme': '1'}, {'canton': 'Cazères'}, {'origine': 'plateforme'})
# What another process may commit; {n}: a demande, of any year.
AILLEURS = (
    "UPDATE demande SET statut = 'en_cours', clos_le = NULL, issue = '', ampleur = '' WHERE numero = {n}",
    "UPDATE demande SET statut = 'termine', clos_le = '2026-12-08T09:00:00Z', issue = 'realise', ampleur = 'jours' "
    'WHERE numero = {n}',
    "UPDATE demande SET issue = iif(issue = 'doublon', '', 'doublon') WHERE numero = {n}",
    'UPDATE demande SET restreinte = 1 - restreinte WHERE numero = {n}',
    'UPDATE demande SET essai = 1 - essai, reprise = 1 - reprise WHERE numero = {n}',
    "UPDATE demande SET theme_id = 2, fiche_id = 4, type = 'Syndicat', collectivite_id = 15 WHERE numero = {n}",
    "UPDATE demande SET depose_le = '2025-12-31T23:30:00Z' WHERE numero = {n}",
    "UPDATE demande SET echeance = '2026-12-01', premier_contact_le = '2026-11-30', rappele = 'oui', "
    "question_le = '2026-12-01T09:00:00Z', attente_depuis = depose_le, attente_au = '2026-12-20' WHERE numero = {n}",
    'DELETE FROM membre WHERE id = (SELECT max(id) FROM membre WHERE demande_id = {n})',
    'INSERT OR IGNORE INTO membre (demande_id, role, agent_id, structure_id, direction_id, depuis_le) '
    "VALUES ({n}, 'associe', 6, 1, 5, '2026-12-08T08:00:00Z')",
    "UPDATE membre SET structure_id = 4, direction_id = 4 WHERE demande_id = {n} AND role = 'associe'",
    "INSERT INTO journal (demande_id, cree_le, nature, statut, agent_id, auteur) VALUES ({n}, '2026-12-08T08:00:00Z', "
    "'proposition', NULL, 2, ''), ({n}, '2026-12-08T08:00:00Z', 'statut', 'rejete', 2, '')",
    "UPDATE structure SET nom = nom || ' bis' WHERE id = 2",
    "UPDATE direction SET fermee_le = iif(fermee_le IS NULL, '2026-06-30', NULL) WHERE id = 5",
    "UPDATE theme SET nom = nom || ' bis' WHERE id = 1",
    "UPDATE fiche SET promesse = iif(promesse = 'urgente', 'complexe', 'urgente') WHERE id = 1",
    "UPDATE collectivite SET remplacee_par_id = 10, jusqu_au = '2026-11-30' WHERE id = 13",
    'UPDATE collectivite SET epci_id = iif(epci_id = 1, 6, 1) WHERE id = 8',
    "UPDATE collectivite SET canton = iif(canton = 'Cazères', 'Auterive', 'Cazères') WHERE id = 2",
    'UPDATE agent SET administrateur = 1 - administrateur WHERE id = 9',
)
# Gone at the end of its time, with all that is of it.
PURGE = ('INSERT INTO purge (id) VALUES (1)', 'DELETE FROM evaluation WHERE demande_id = {n}',
         'DELETE FROM journal WHERE demande_id = {n}', 'DELETE FROM membre WHERE demande_id = {n}',
         'DELETE FROM jalon WHERE demande_id = {n}', 'DELETE FROM demande WHERE numero = {n}', 'DELETE FROM purge')


def changer(hasard, base, creer):
    """Something, here or elsewhere; what it was, in words."""
    if hasard.random() < 0.2:
        return creer(hasard.choice(('attribue_chef', 'en_cours', 'termine', 'rejete')), message=f'{hasard.random()}',
                     restreinte=hasard.random() < 0.3).statut
    ordres = PURGE if hasard.random() < 0.1 else hasard.sample(AILLEURS, hasard.randint(1, 3))
    with contextlib.closing(sqlite3.connect(base, timeout=10)) as autre:
        n, = autre.execute('SELECT numero FROM demande ORDER BY random() LIMIT 1').fetchone()
        for ordre in ordres:
            autre.execute(ordre.format(n=n))
        autre.commit()
    return n, ordres


@pytest.mark.parametrize('graine', range(4))
def test_la_page_dit_ce_qu_une_boucle_compte_quoi_qui_change(seme, base, creer, entrer, graine):  # noqa: F811
    hasard = random.Random(graine)
    navigateurs = {qui: entrer(lire_agent(LECTEURS[qui])) for qui in ('admin', 'cochef', 'autre', 'delegataire')}
    for _ in range(12):
        qui, filtres, bornes = hasard.choice(list(navigateurs)), hasard.choice(FILTRES), hasard.choice(PERIODES)
        ou = adresse(filtres, *bornes)
        navigateurs[qui].get(ou)                                    # it is kept, whatever was before
        quoi = changer(hasard, base, creer)
        brut = Raw(base, JOUR)
        attendu = Attendu(brut, brut.lecteur(LECTEURS[qui]), filtres, *bornes)
        page = navigateurs[qui].get(ou)
        liens = hasard.sample(comparer_la_page(page, attendu, (qui, ou, quoi)), 1)
        for lien in page.html.select('main .chiffres a[href*="/demandes?"]'):
            tus = re.search(r'(\d+) que vous ne lisez pas', lien.find_parent('li').text)
            if re.fullmatch(r'[\d\u202f\xa0]+', lien.text):
                liens.append((lien['href'], nombre(lien.text) - (int(tus[1]) if tus else 0)))
        for lien, combien in liens:
            csv = navigateurs[qui].get(lien.replace('/demandes?', '/demandes.csv?')).body
            assert csv.count(b'\r\n') - 1 == combien, (qui, lien, quoi)
        tete = page.html.select_one('main .chiffres li')
        assert nombre(tete.b.get_text()) == len(attendu.recues), (qui, ou, quoi)
        for nom, dit in (('restreinte', 'dont {} à diffusion restreinte'), ('reprise', 'dont {}\u00a0reprise')):
            combien = sum(d[nom] for d in attendu.recues)
            assert (dit.format(combien) in tete.get_text()) == bool(combien), (qui, ou, nom)
