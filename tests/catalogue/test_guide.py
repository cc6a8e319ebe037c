"""The guide: the whole catalogue on one page, made to be printed; what each fiche says there is what its page says."""
import re

from conftest import associer_a, en_ecriture
from test_catalogue import depublier, fiche, regler, texte

import models
from verbes.contenus import documents


def fiches_du(page):
    """[(theme, number, title)] of the sheets, in their order."""
    return [(texte(f.select_one('.sur-titre')), int(f.select_one('.rang').contents[-1]), texte(f.h3))
            for f in page.html.select('.bloc-fiche')]


def en_clair(element):
    """Its words, but for the level of its headings and the place of its parts."""
    return texte(element).split()


def test_il_porte_les_fiches_publiees_dans_l_ordre_et_chacune_dit_ce_que_dit_sa_page(site, monde):
    riche = fiche('Un plan', promesse='urgente', pour_qui='Les communes.', actions='une visite\nune note',
                  restreinte=True, deroulement='Rappel : dans la journée.', a_preparer='les plans',
                  conditions='Adhésion : 1 € par habitant.\nConvention annuelle.')
    en_ecriture(associer_a, riche.id, 'CAUE')
    en_ecriture(documents.ajouter_document, 'fiche', riche.id, 'Un modèle', [('m.txt', b'Bonjour.')], monde.admin)
    guide = site.get('/guide').html
    for feuille in guide.select('.bloc-fiche'):
        page = site.get(f'/fiches/{feuille["id"].partition("-")[2]}').follow().html
        for partie in ('.redaction > :not(.chapo, .pied-fiche)', '.chapo'):
            assert [en_clair(e) for e in feuille.select(partie)] == [
                en_clair(e) for e in page.select(f'article{partie}, article {partie}')], partie
        assert [en_clair(e) for e in feuille.select('.cles > div')][1:] == [
            en_clair(e) for e in page.select('.en-bref .cles > div')]
    feuille = guide.select_one(f'#fiche-{riche.id}')
    assert 'Un modèle (TXT' in texte(feuille) and 'prendre ses documents' in texte(feuille.select_one('.pied-fiche'))
    assert 'Convention annuelle.' in texte(feuille) and 'Diffusion restreinte' in texte(feuille)
    for n, etat in enumerate(('brouillon', 'suspendue', 'archivee')):
        fiche(f'Cachée {n}', etat=etat)
    fiche('Écrire un contrat')
    fiche('Zoner', theme=2)
    page = site.get('/guide')
    au_catalogue = [(texte(li.find_previous('h3')), texte(li.h4))
                    for li in site.get('/catalogue').html.select('.resultats > li')]
    assert len(au_catalogue) > 3
    assert sorted((theme, titre) for theme, _, titre in fiches_du(page)) == sorted(au_catalogue)
    numeros = [numero for _, numero, _ in fiches_du(page)]
    assert numeros == sorted(numeros) and 'Cachée' not in page.text
    fiche('Réagir à une panne', promesse='urgente')
    page = site.get('/guide').html
    liens = [a['href'][1:] for a in page.select('.sommaire a')]
    assert sorted(liens) == sorted(f['id'] for f in page.select('.bloc-fiche'))
    for li in page.select('.sommaire li'):
        feuille = page.select_one(li.a['href'])
        assert li.b.text == li.a['href'].partition('-')[2] and texte(li.a) == texte(feuille.h3)
        assert bool(li.abbr) == ('3 jours au plus tard' in texte(feuille.select_one('.cles')))
    tous = [balise['id'] for balise in page.select('[id]')]
    assert len(tous) == len(set(tous))


def test_il_change_quand_fiche_ou_document_change_dit_son_jour_comment_demander_ou_qu_il_est_vide(site, monde, maxime):
    numero = en_ecriture(documents.ajouter_document, 'fiche', 1, 'Un modèle', [('m.txt', b'Bonjour.')], monde.admin)
    assert 'Un modèle' in site.get('/guide').text
    maxime.post(f'/espace/redaction/documents/{numero}/retirer', status=303)
    maxime.post(f'/espace/redaction/documents/{numero}/retirer', status=404)
    assert 'Un modèle' not in site.get('/guide').text
    avant = site.get('/guide').text
    assert site.get('/guide').text == avant
    en_ecriture(models.Fiche.update(resume='Un tout autre objet.').where(models.Fiche.id == 1).execute)
    assert 'Un tout autre objet.' in site.get('/guide').text
    depublier(1)
    assert 'Un tout autre objet.' not in site.get('/guide').text
    regler('telephone', '0536490000')
    page = site.get('/guide')
    couverture = texte(page.html.select_one('.couverture'))
    assert 'Plateforme d\'appui aux territoires' in couverture and 'Édition du 24 novembre 2026' in couverture
    assert re.search('Faire une demande : http://[^ ]+ ?/demande', couverture) and '05 36 49 00 00' in couverture
    for pied in page.html.select('.pied-fiche'):
        assert re.search('http://[^ ]+ ?/fiches/[0-9]+ , ou 05 36 49 00 00', texte(pied)), texte(pied)
        site.get(pied.a['href'], status=200)
    regler('telephone', '')
    page = site.get('/guide')
    assert 'Une question' not in texte(page.html.select_one('.couverture'))
    assert ', ou' not in texte(page.html.select_one('.pied-fiche')) and not page.html.select('main img')
    for numero in (1, 2, 3):
        depublier(numero)
    page = site.get('/guide').html
    assert 'Le catalogue ne contient aucune fiche pour le moment.' in texte(page.main)
    assert not page.select('.sommaire, .bloc-fiche, [data-imprimer]')
    assert len(page.select('main [href="/demande"]')) == 2
    for adresse in ('/catalogue', '/plan-du-site'):
        assert len(site.get(adresse).html.select('main a[href="/guide"]')) == 1, adresse
