"""Versions and proposals: who wrote what, why; two texts side by side; what is given back."""
import json

from conftest import au_matin, changer_ligne, creer_ligne, en_ecriture, le_formulaire, lettres_du_modele, relire_ligne
from ecritures import en_lecture, refus_de

import models
from models import Version
from verbes import versions
from verbes.administration import structures
from verbes.catalogue import catalogue
from verbes.textes import lire as lire_texte

POURQUOI = 'Revue annuelle.'


def textes(fiche, **autres):
    """What the form of a fiche gives to the verb."""
    return {nom: getattr(fiche, nom) for nom in catalogue.TEXTES} | {
        **catalogue.places_dites(fiche.id), 'promesse': fiche.promesse} | autres


def ecrire(fiche, agent, accord='', **autres):
    fiche = models.relire(fiche)
    catalogue.enregistrer_fiche(fiche, agent, textes(fiche, **autres), POURQUOI, accord)


def versions_de(genre, objet):
    return en_lecture(versions.versions_de, genre, objet)


def proposer(monde, agent=None, **autres):
    with models.ecriture():
        catalogue.proposer(monde.fiche, agent or monde.chef, textes(monde.fiche, **autres), 'Plus clair.')
    return versions_de('fiche', monde.fiche.id)[0]


def test_chaque_changement_fait_une_version_qui_dit_qui_et_pourquoi_celui_d_un_import_aussi(monde):
    assert 'Rien n\'a changé' in str(refus_de(en_ecriture, ecrire, monde.fiche, monde.admin))
    assert versions_de('fiche', monde.fiche.id) == []
    with models.ecriture():
        ecrire(monde.fiche, monde.admin, resume='Un autre résumé.')
        ecrire(monde.fiche, monde.admin, resume='Encore un autre.', mots='halle, place')
    lues = versions_de('fiche', monde.fiche.id)
    assert [(v.numero, v.etat, v.auteur, v.changes) for v in lues] == [
        (3, 'publiee', 'Maxime Exemple', 'resume mots'), (2, 'remplacee', 'Maxime Exemple', 'resume'),
        (1, 'remplacee', 'La Plateforme', '')]
    assert lues[0].pourquoi == POURQUOI and json.loads(lues[2].champs)['resume'] == monde.fiche.resume
    with models.lecture():
        fiche = models.relire(monde.fiche)
        assert versions.lire(lues[0]) == catalogue.champs_de(fiche) and fiche.maj_le == '2026-11-24'
    changer_ligne(monde.fiche, resume='Deux, par import.')
    en_ecriture(ecrire, monde.fiche, monde.admin, resume='Trois.')
    lues = [(v.numero, v.auteur, versions.lire(v)['resume']) for v in versions_de('fiche', monde.fiche.id)]
    assert lues[:3] == [(5, 'Maxime Exemple', 'Trois.'), (4, 'La Plateforme', 'Deux, par import.'),
                        (3, 'Maxime Exemple', 'Encore un autre.')]


def test_une_proposition_refusee_dit_pourquoi_a_son_auteur_seul_qui_pilote_ou_son_delegataire_propose(monde):
    proposition = proposer(monde, resume='Proposé.')
    refus_de(en_ecriture, catalogue.refuser, proposition, monde.admin, '')
    en_ecriture(catalogue.refuser, proposition, monde.admin, 'Les mairies disent autrement.')
    refusee = versions_de('fiche', monde.fiche.id)[0]
    assert (refusee.etat, refusee.reponse) == ('refusee', 'Les mairies disent autrement.')
    (pour, dit), = au_matin('fiche')
    assert pour == monde.chef.courriel and 'Les mairies disent autrement.' in dit
    assert refus_de(en_ecriture, catalogue.accepter, proposition, monde.admin, {'resume': 'Proposé.'}).code == 409
    for qui in ('referent', 'autre'):
        assert refus_de(proposer, monde, getattr(monde, qui), resume='Proposé.').code == 403, qui
    for qui in ('chef', 'cochef'):
        assert proposer(monde, getattr(monde, qui), resume='Proposé.').auteur == getattr(monde, qui).nom_complet
    changer_ligne(monde.referent, pilote=True, direction=monde.chef.direction_id)
    creer_ligne(models.Delegation, pour=monde.cochef, par=monde.autre)
    with models.lecture():
        for agent in (models.relire(monde.referent), models.relire(monde.autre)):
            assert monde.fiche.id in catalogue.fiches_pilotees(agent), agent.prenom


def test_ce_qui_est_propose_avertit_l_administrateur_puis_qui_pilote_recoit_les_deux_textes(monde):
    proposition = proposer(monde, resume='Proposé.', conditions='Gratuit.')
    assert (proposition.etat, proposition.numero, proposition.sur) == ('a_relire', None, 1)
    assert versions.lire(proposition) == {'resume': 'Proposé.', 'conditions': 'Gratuit.'}
    assert relire_ligne(monde.fiche).resume == monde.fiche.resume
    lettre, = lettres_du_modele('fiche_proposee')
    assert lettre.destinataire == monde.admin.courriel
    assert f'Avant\u00a0: {monde.fiche.resume}' in lettre.corps and 'Après\u00a0: Proposé.' in lettre.corps
    dits = {'resume': 'Proposé, retouché.', 'conditions': 'Gratuit.'}
    refus_de(en_ecriture, catalogue.accepter, proposition, monde.admin, dits | {'conditions': 'Payant.'})
    en_ecriture(catalogue.accepter, proposition, monde.admin, dits)     # the cost that is proposed is agreed to
    version = versions_de('fiche', monde.fiche.id)[0]
    assert (version.id, version.numero, version.etat) == (proposition.id, 2, 'publiee')
    assert (version.auteur, version.decideur, version.pourquoi) == ('Camille Exemple', 'Maxime Exemple', 'Plus clair.')
    assert versions.lire(version)['resume'] == 'Proposé, retouché.'
    dit = (f'fiche « {monde.fiche.titre} » : changée (Résumé, Coût et conditions) par Maxime Exemple, '
           f'« Plus clair. » – {models.SITE["url"]}/espace/redaction/fiches/{monde.fiche.id}')
    assert au_matin('fiche') == [(monde.chef.courriel, dit), (monde.cochef.courriel, dit)]


def test_une_proposition_sur_une_version_depassee_le_dit_et_ne_publie_que_ses_champs(monde, entrer):
    proposition = proposer(monde, resume='Proposé. <script>zz</script> <b>gras</b>')
    en_ecriture(ecrire, monde.fiche, monde.admin, mots='halle')
    page = entrer(monde.admin).get(f'/espace/redaction/fiches/{monde.fiche.id}')
    assert 'la fiche a changé depuis' in page.text and '<script>zz' not in page.text and '<b>gras' not in page.text
    assert '<script>zz</script>' in page.html.select_one('.face-a-face').text
    assert page.html.select_one('.face-a-face ins') and page.html.select_one('.face-a-face del')
    en_ecriture(ecrire, monde.fiche, monde.admin, pour_qui='Tous.')
    for code in (409, 303):                                         # shown what the fiche says, then decided
        form = next(f for f in page.forms.values() if f.action.endswith(f'/propositions/{proposition.id}'))
        form['decision'] = 'publier'
        page = form.submit(status=code)
    fiche = relire_ligne(monde.fiche)
    assert fiche.resume.startswith('Proposé.') and (fiche.mots, fiche.pour_qui) == ('halle', 'Tous.')


def test_le_cout_ne_change_qu_avec_l_accord_de_qui_pilote(monde):
    for champ in catalogue.COUT:
        valeur = {champ: 'HGI' if champ == 'adherents_de' else 'Deux euros.'}
        for accord in ('', '2026-11-25'):
            refus = refus_de(en_ecriture, ecrire, monde.fiche, monde.admin, accord, **valeur)
            assert refus.champ == 'accord', champ
        en_ecriture(ecrire, monde.fiche, monde.admin, '2026-11-20', **valeur)
        monde.fiche = relire_ligne(monde.fiche)
        dit = versions_de('fiche', monde.fiche.id)[0].pourquoi
        assert 'Accord de la direction pilote obtenu le 20/11/2026.' in dit, champ
        assert dict(au_matin('fiche')).keys() == {monde.cochef.courriel, monde.chef.courriel}, champ
    changer_ligne(monde.chef, administrateur=True)
    en_ecriture(ecrire, monde.fiche, relire_ligne(monde.chef), conditions='Autre.')     # who pilots agrees with oneself


def test_une_version_se_retablit_sans_changer_qui_pilote_ni_l_etat(monde):
    with models.ecriture():
        ecrire(monde.fiche, monde.admin, resume='Autre.', promesse='urgente', restreinte=True, mots='halle')
        fiche = models.relire(monde.fiche)
        catalogue.enregistrer_fiche(fiche, monde.admin, {'chefs': [monde.cochef.id]}, 'Départ.')
        catalogue.changer_etat(fiche, monde.admin, 'suspendue', 'Trop de demandes.', 'Revient en mars.')
        premiere = Version.get(Version.numero == 1)
        catalogue.retablir(premiere, monde.admin, 'Retour.')
        fiche = models.relire(fiche)
        chefs = [chef.id for chef in catalogue.chefs_de(fiche)]
    assert (fiche.resume, fiche.promesse, fiche.restreinte, fiche.mots) == (monde.fiche.resume, 'complexe', False, '')
    assert fiche.etat == 'suspendue' and chefs == [monde.cochef.id]
    derniere = versions_de('fiche', monde.fiche.id)[0]
    assert (derniere.numero, derniere.pourquoi) == (5, 'Version 1 rétablie. Retour.')


def test_une_page_legale_a_ses_versions_et_se_retablit(monde, entrer, site):
    maxime = entrer(monde.admin)
    formulaire = le_formulaire(maxime.get('/espace/admin/textes/accessibilite'))
    avant = formulaire['corps'].value
    formulaire['corps'] = 'Tout est lisible.'
    assert formulaire.submit(status=422).html.select_one('#erreurs a')['href'] == '#pourquoi'
    formulaire['pourquoi'] = 'Audit.'
    formulaire.submit(status=303)
    assert formulaire.submit(status=409).html.select_one('#corps').text.strip() == 'Tout est lisible.'
    nouvelle, premiere = versions_de('page', 'accessibilite')
    assert (nouvelle.pourquoi, nouvelle.auteur, nouvelle.changes) == ('Audit.', 'Maxime Exemple', 'corps')
    voir = maxime.get(f'/espace/redaction/versions/{premiere.id}')
    formulaire = next(f for f in voir.forms.values() if 'pourquoi' in f.fields)
    assert formulaire.submit(status=422).html.select_one('#erreurs a')['href'] == '#pourquoi'
    formulaire['pourquoi'] = 'Erreur.'
    formulaire.submit(status=303)
    assert en_lecture(lire_texte, 'page', 'accessibilite').corps == avant.strip().replace('\r', '')
    entrer(monde.chef).get(f'/espace/redaction/versions/{premiere.id}', status=403)


def dire(lignes):
    return ['|'.join(f'[{texte}]' if seul else texte for seul, texte in ligne) for ligne in lignes]


def test_les_mots_qui_different_sont_marques_de_chaque_cote_deux_longs_textes_en_bloc(monkeypatch):
    """Piece by piece they would take minutes: more than 4,000 pieces are never given to what compares them."""
    vrai, tailles = versions.SequenceMatcher, []
    monkeypatch.setattr(versions, 'SequenceMatcher', lambda sauf, un, autre, **options: (
        tailles.append(max(len(un), len(autre))) or vrai(sauf, un, autre, **options)))
    mots = [f'm{n}' for n in range(15_000)]
    for entre in (' ', '\n'):
        un, autre = versions.comparer(entre.join(mots), entre.join(f'{mot}{entre}z{mot}' for mot in mots))
        assert {seul for ligne in (*un, *autre) for seul, _ in ligne} == {True} and max(tailles, default=0) <= 4_000
    for avant, apres, gauche, droite in (
            ('un deux trois', 'un trois', ['un |[deux ]|trois'], ['un |trois']),
            ('', 'un\ndeux', [], ['[un]', '[deux]']),
            ('un\ndeux', 'un\nentre\ndeux', ['un', 'deux'], ['un', '[entre]', 'deux']),
            ('a\nb', 'a\nb', ['a', 'b'], ['a', 'b'])):
        un, autre = versions.comparer(avant, apres)
        assert (dire(un), dire(autre)) == (gauche, droite)
    un, autre = versions.comparer('a ' * 9000, 'b ' + 'a ' * 9000)
    assert [seul for seul, _ in un[0]] == [seul for seul, _ in autre[0]] == [True]


def test_une_proposition_et_une_version_suivent_une_direction_qui_change_de_nom(monde, entrer):
    with models.ecriture():
        direction = models.Direction.get(nom='DDAT')
        ecrire(monde.fiche, monde.admin, associees='DDAT')
        ecrire(monde.fiche, monde.admin, associees='')
    proposition = proposer(monde, associees='DDAT\nHaute-Garonne Ingénierie – HGI')
    fiche = f'/espace/redaction/fiches/{monde.fiche.id}'
    assert lettres_du_modele('fiche_proposee')[0].corps.count('DDAT') == 1

    def photo():
        tables = ('fiche', 'associable', 'version', 'pilotage')
        return [en_lecture(models.lignes, f'SELECT * FROM {table}') for table in tables]
    avant = photo()
    en_ecriture(structures.modifier_direction, direction, {'nom': 'Pôle territoires'}, None, monde.admin)
    assert photo() == avant                                         # nothing is written in any fiche nor any version
    page = entrer(monde.admin).get(fiche)
    proposee = page.html.find(lambda un: un.name == 'h2' and un.text.startswith('Proposition')).parent.parent
    assert 'Pôle territoires' in proposee.text and 'DDAT' not in proposee.text, proposition.id
    with models.ecriture():
        fiche = models.relire(monde.fiche)
        catalogue.accepter(proposition, monde.admin, {'associees': 'Pôle territoires\nHaute-Garonne Ingénierie – HGI'})
        assert catalogue.places_dites(fiche.id)['associees'] == f'd{direction.id}\ns2'
        une = next(v for v in versions.versions_de('fiche', fiche.id) if v.numero == 2)
        catalogue.retablir(une, monde.admin, 'Comme avant.')
        assert catalogue.places_dites(fiche.id)['associees'] == f'd{direction.id}'
    assert 'Pôle territoires' in entrer(monde.admin).get(f'/espace/redaction/versions/{une.id}')


def test_un_nom_que_rien_ne_porte_plus_se_lit_encore_mais_pas_du_public(monde, entrer, site):
    with models.ecriture():
        ecrire(monde.fiche, monde.admin, associees='DDAT')
        ecrire(monde.fiche, monde.admin, associees='')
        une = next(v for v in versions.versions_de('fiche', monde.fiche.id) if v.numero == 2)
        dits = versions.lire(une) | {'associees': 'Agence disparue\nd1', 'resume': 'Le résumé d\'alors.'}
        models.Version.update(champs=json.dumps(dits)).where(models.Version.id == une.id).execute()
    assert 'Agence disparue' in entrer(monde.admin).get(f'/espace/redaction/versions/{une.id}')
    with models.ecriture():
        catalogue.retablir(models.relire(une), monde.admin, 'Comme avant.')
        assert catalogue.places_dites(monde.fiche.id)['associees'] == 'd1'
    with models.ecriture():
        nouvelle = models.Direction.create(structure=1, nom='Archives', courriel='a@b.example')
        ecrire(monde.fiche, monde.admin, associees='Archives\nHaute-Garonne Ingénierie – HGI\nDDAT')
        structures.fermer(nouvelle, None, monde.admin)
    dite = site.get('/fiches/2').follow().html.select_one('.cles').text
    assert 'Peut être associée' in dite and 'DDAT' in dite and 'Archives' not in dite
    assert '\n' not in site.get('/donnees-ouvertes/catalogue.csv').text.partition('Archives')[1]
