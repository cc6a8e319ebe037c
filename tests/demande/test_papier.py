"""On paper: the accusé and a finished demande hold on two A4 pages, and say the day they were printed."""
import re

from conftest import en_ecriture, envoyer_demande
from navigateur import entrer
from test_suivi import agir, suivre, texte

from verbes import journal

MESSAGE = 'Bonjour,\n\n' + 'La charpente de l\'école est abîmée et la mairie ne sait par où commencer. ' * 20


def feuilles(page, adresse):
    """How many A4 pages an address prints, and its text as it is printed."""
    page.goto(adresse)
    page.emulate_media(media='print')
    imprime = page.pdf(prefer_css_page_size=True, format='A4')
    return len(re.findall(rb'/Type\s*/Page[^s]', imprime)), ' '.join(page.inner_text('body').split())


def test_l_accuse_et_une_demande_terminee_tiennent_sur_deux_feuilles(ouvrir, service, site, monde, creer):
    suivi = envoyer_demande(site, monde.fiche.id, message=MESSAGE, lieu='Place de la Liberté',
                            quand_joindre='Le matin', date_a_tenir='2026-12-10').location
    combien, lu = feuilles(ouvrir(), f'{service}{suivi}')
    assert combien <= 2
    assert 'enregistrée sous le n° 1' in lu and 'La charpente' in lu and 'saisine officielle' in lu
    assert 'Imprimée dans son état du 24 novembre 2026 à 10 h' in lu
    assert '/suivi, avec le n° 1.' in lu and '/suivi/' not in lu and 'mairie@' not in lu and '05 36 49 00 12' not in lu
    assert 'Une question ?' not in lu and 'Compléter ma demande' not in lu
    demande = agir(creer('en_cours', message=MESSAGE), 'terminer', monde.referent, issue='realise', synthese='Fait.',
                   texte_final='Les plans vous ont été remis. ' * 20)
    combien, lu = feuilles(ouvrir(), f'{service}/suivi/{demande.jeton}')
    assert combien <= 2 and 'Les plans vous ont été remis.' in lu and 'La charpente' in lu
    assert 'Claude Temoin' in lu and '05 36 49 00 31' in lu.replace('\xa0', ' ')       # whom to call
    assert 'Imprimée dans son état du' in lu and 'Une question ?' not in lu.replace('Une question ? Qui', '')


def test_une_page_de_suivi_ordinaire_tient_sur_une_feuille(ouvrir, service, monde, creer):
    for etat in ('attribue_expert', 'en_cours', 'termine'):
        demande = creer(etat, message=f'{etat} {MESSAGE[:500]}')
        combien, lu = feuilles(ouvrir(), f'{service}/suivi/{demande.jeton}')
        assert combien == 1 and 'La charpente' in lu and f'avec le n° {demande.numero}' in lu, etat


def test_une_demande_de_trente_lignes_tient_sur_deux_feuilles_pour_l_equipe(ouvrir, connus, creer):
    demande = creer('en_cours', message=MESSAGE[:600])
    for n in range(30):
        en_ecriture(journal.ajouter_au_journal, demande, connus.referent, 'note', f'Vu la maire, {n}.')
    entrer(page := ouvrir(), connus.referent, '')
    combien, lu = feuilles(page, f'/espace/demandes/{demande.numero}')
    assert combien <= 2 and 'Vu la maire, 29.' in lu and 'Imprimée dans son état' in lu and 'Noter un appel' not in lu


def test_le_jour_de_l_impression_n_est_que_sur_le_papier(site, creer, monde, request):
    demande, nav = creer('en_cours'), request.getfixturevalue('entrer')
    for page in (suivre(site, demande), nav(monde.chef).get(f'/espace/demandes/{demande.numero}')):
        ligne = next(p for p in page.html.select('.seule-impression') if 'Imprimée' in p.text)
        assert 'Imprimée dans son état du 24 novembre 2026 à 10 h' in ' '.join(ligne.text.split())
        assert page.html.select_one('[data-imprimer]') and texte(page)
