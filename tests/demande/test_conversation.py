"""What is written to the collectivité, waited for, to be answered; what each side reads (regles.md §6, §7, §12)."""
import re

import pytest
import webtest
from conftest import (
    CONTACT, agir, changer_demande, changer_ligne, corps_de, courriels, creer_ligne, en_ecriture, en_meme_temps,
    lettres_du_modele, poster, relire, relire_ligne, statuer)

import models
import langue
from models import Courriel, Journal, MessageAPartir, Piece, PieceAPartir, Refus
from verbes import questions, regles
from verbes.demande import a_confirmer, actes, clotures, conversation, relances
from verbes.echanges import imports
from verbes.journal import ajouter_au_journal
from views.cookies import garder_reprise

PDF = b'%PDF-1.4 plan'
MIDI, DEUX_MINUTES, LENDEMAIN = '2026-11-24T11:00:00Z', '2026-11-24T11:02:00Z', '2026-11-25T11:00:00Z'
PAGE = '/espace/demandes/{}'
ATTENTE = {'attendre': 'oui', 'attente_de': 'le plan cadastral', 'attente_au': '2026-12-09'}


def ecrire(demande, agent, texte='Pouvez-vous envoyer le plan ?', fichiers=(), **saisie):
    return agir(conversation.ecrire, demande, agent, {
        'texte': texte, 'porte': 'echange', 'sans_texte': False, **saisie}, fichiers)


def envoyer(demande, agent, heure, *arguments, **saisie):
    """Write a message, and let it leave two minutes later."""
    partir(heure, ecrire(demande, agent, *arguments, **saisie).part_le)


def partir(heure, quand=DEUX_MINUTES):
    heure(quand)
    conversation.faire_partir()


def relancer(heure, jour):
    heure(f'{jour}T09:00:00Z')
    relances.relances()


def lignes(demande, *natures):
    return list(Journal.select().where(Journal.demande == demande, Journal.nature.in_(natures)).order_by(Journal.id))


def en_attente():
    """The messages that have not left."""
    return list(MessageAPartir.select())


def a_la_mairie(modele='message_agent'):
    return [(c.destinataire, c.objet, c.corps) for c in lettres_du_modele(modele)]


def un_message_de_la_mairie(demande, texte='Voici le plan.'):
    en_ecriture(actes.message_du_demandeur, relire(demande), texte)


def lire(navigateur, demande, suite=''):
    return navigateur.get(PAGE.format(demande.numero) + suite)


def formulaire(page, action):
    return next(f for f in page.forms.values() if f.action.split('?')[0].endswith(action))


def soumettre(page, action, status=303, **champs):
    """Fill a form of a page, send it: the answer, or the page that it leads to."""
    form = formulaire(page, action)
    for nom, valeur in champs.items():
        form[nom] = valeur
    return form.submit(status=status).maybe_follow()


def tapes(page):
    return [champ.text.strip() for champ in page.html.select('textarea')]


# What may happen to a demande meanwhile.
ACTES = {'close': lambda d, m: statuer(d, 'terminer', m.referent, issue='realise', synthese='Fait.'),
         'confiée': lambda d, m: statuer(d, 'designer', m.chef, referent=m.chef, motif='Charge.'),
         'compte fermé': lambda d, m: changer_ligne(m.referent, actif=False),
         'restreinte': lambda d, m: agir(actes.restreindre, d, m.chef, True),
         'à confirmer': lambda d, m: en_ecriture(a_confirmer.demander, m.admin, 'Élection.', collectivite=m.rieumes),
         'message': lambda d, m: un_message_de_la_mairie(d, 'Voici.'),
         'contact': lambda d, m: agir(actes.noter_contact, d, m.referent, CONTACT),
         'sans réponse': lambda d, m: agir(conversation.sans_reponse, d, m.referent),
         'attente levée': lambda d, m: agir(conversation.ne_plus_attendre, d, m.referent),
         'interlocuteur': lambda d, m: agir(actes.changer_interlocuteur, d, m.referent, {
             'courriel': 'neuve@rieumes.example', 'telephone': '', 'quand_joindre': '', 'rappel_nom': 'Neuve',
             'rappel_prenom': 'Léa', 'rappel_fonction': ''})}


def test_l_expert_ecrit_la_mairie_lit_et_repond_et_l_expert_le_voit_en_premier(accompagnee, monde, entrer, site, heure):
    expert = entrer(monde.referent)
    page = lire(expert, accompagnee)
    assert page.html.select_one('#nature-note').has_attr('checked') and not page.html.select('#nature-message[checked]')
    assert 'mairie@rieumes.example' in page.html.select_one('.destinataire').text
    page = soumettre(page, '/ecrire', texte='Pouvez-vous envoyer le plan ?', pieces=[('plan.pdf', PDF)])
    assert 'Envoyer à Jeanne Exemplaire' in page.text and 'part à 12 h 02' in page.text.replace('\xa0', ' ')
    assert page.html.select_one('#nature-note').has_attr('checked')     # again, after each sending
    assert 'Pouvez-vous' in lire(entrer(monde.chef), accompagnee).text  # the team knows that it leaves, and nobody else
    assert 'Pouvez-vous' not in lire(entrer(monde.autre), accompagnee).text
    suivi = f'/suivi/{accompagnee.jeton}'
    assert 'Pouvez-vous' not in site.get(suivi) and a_la_mairie() == []
    partir(heure)
    lue = site.get(suivi)
    bulle = lue.html.select('.echanges > li')[-1]
    assert 'Claude Temoin (Haute-Garonne Ingénierie – HGI)' in bulle.text and 'Pouvez-vous' in bulle.text
    assert site.get(bulle.select_one('.liens a')['href']).body == PDF
    (vers, objet, corps), = a_la_mairie()
    assert vers == 'mairie@rieumes.example' and objet.startswith('Un message pour vous')
    assert 'Pouvez-vous envoyer le plan ?' in corps and '1 fichier' in corps.replace('\xa0', ' ')
    soumettre(lue, '/message', texte='Voici, par la poste.')
    a_repondre = lire(expert, accompagnee).html.select_one('[aria-labelledby="a-repondre"]')
    assert 'Voici, par la poste.' in a_repondre.text and 'À répondre' in a_repondre.text
    assert 'à répondre : message du' in expert.get('/espace').text.replace('\xa0', ' ')
    assert 'second' not in a_repondre.select_one('a.bouton')['class']
    d_ailleurs = lire(entrer(monde.admin), accompagnee)             # whose turn it is not
    tete = d_ailleurs.html.select_one('.tete-demande').text.replace('\xa0', ' ')
    assert 'À Claude Temoin : répondre à la mairie' in tete
    assert 'second' in d_ailleurs.html.select_one('[aria-labelledby="a-repondre"] a.bouton')['class']
    assert expert.get(a_repondre.select_one('a.bouton')['href']).html.select_one('#nature-message').has_attr('checked')
    heure(LENDEMAIN)
    envoyer(accompagnee, monde.referent, heure, 'Merci.')
    page = lire(entrer(monde.referent), accompagnee)
    assert not page.html.select('[aria-labelledby="a-repondre"]') and relire(accompagnee).message_le is None
    entree = next(li for li in page.html.select('.journal > li') if li['data-type'] == 'reponse')
    assert 'Corriger' not in entree.text and 'visible par la mairie' in entree.text


def test_un_message_qui_attend_dit_ce_qu_il_porte_et_repris_rend_son_texte(accompagnee, monde, entrer, heure):
    expert = entrer(monde.referent)
    page = soumettre(lire(expert, accompagnee), '/ecrire', texte='Trop vite.', porte='livrable',
                     pieces=[('plan.pdf', PDF)], **ATTENTE | {'attendre': True, 'sans_texte': True})
    dit = lire(entrer(monde.chef), accompagnee).html.select_one('.a-partir').text.replace('\xa0', ' ')
    for attendu in ('un livrable', 'plan.pdf', 'avant le 9 décembre', 'le plan cadastral', 'pas dans le courriel'):
        assert attendu in dit
    page = formulaire(page, '/retenir').submit()
    form = formulaire(page, '/ecrire')
    assert (form['texte'].value, form['porte'].value) == ('Trop vite.', 'livrable') and 'plan.pdf' in form.text
    form = formulaire(page, '/journal')
    assert form['texte'].value == '' and 'plan.pdf' not in form.text        # never carried into the other
    partir(heure)
    assert not PieceAPartir.select().exists() and not Piece.select().exists()
    assert lignes(accompagnee, 'reponse') == en_attente() == a_la_mairie() == []
    formulaire(page, '/ecrire').submit(status=303)
    assert [(p.nom, p.contenu) for p in PieceAPartir.select()] == [('plan.pdf', PDF)]
    form = formulaire(lire(expert, accompagnee), '/ecrire')
    assert 'Écrivez votre message' in form.submit(status=422)
    form['texte'] = 'Voici le plan.'
    form.submit(status=303)
    form.submit(status=303)
    form['pieces'] = [('plan.pdf', PDF)]
    page = form.submit(status=422)
    assert 'reprenez-le' in page and 'plan.pdf' in formulaire(page, '/ecrire').text
    assert [message.texte for message in en_attente()] == ['Trop vite.', 'Voici le plan.']


def test_ce_qui_change_entre_temps_retient_le_message_dont_le_texte_est_garde_un_mois(creer, monde, entrer, heure):
    expert, dits = entrer(monde.referent), []
    for cas, raison in (('close', 'a été close'), ('confiée', 'Vous ne suivez plus'),
                        ('message', 'La collectivité a écrit'), ('compte fermé', 'compte de son auteur')):
        demande = creer('en_cours', message=cas)
        heure(MIDI)
        message = ecrire(demande, monde.referent, f'Un plan, {cas}.', [('plan.pdf', PDF)])
        heure('2026-11-24T11:01:00Z')
        ACTES[cas](demande, monde)
        partir(heure)
        conversation.faire_partir()                                 # told once
        assert lignes(demande, 'reponse') == [] == a_la_mairie(), cas
        assert bool(relire(demande).message_le) == (cas == 'message')
        garde = relire_ligne(message)
        assert garde.texte == f'Un plan, {cas}.' and raison in garde.raison, cas
        avant, dits = dits, [d for m, d in courriels() if m == 'message_retenu']
        assert dits[len(avant):] == ([monde.chef.courriel, monde.cochef.courriel] if cas == 'compte fermé'
                                     else [monde.referent.courriel]), cas
        page = lire(entrer(monde.admin), demande).text
        assert raison in page and f'Un plan, {cas}.' in page, cas
        if cas in ('close', 'confiée'):                             # given back, also to who writes no more
            with pytest.raises(Refus, match='Seul son auteur'):
                en_ecriture(conversation.reprendre, message, monde.chef)
            page = formulaire(lire(expert, demande), '/retenir').submit()
            assert f'Un plan, {cas}.' in tapes(page), cas
    heure('2026-12-30T09:00:00Z')
    en_ecriture(conversation.oublier)
    assert en_attente() == []
    with pytest.raises(Refus, match='déjà parti'):
        en_ecriture(conversation.reprendre, message, monde.referent)
    changer_ligne(monde.referent, actif=True)                       # and between the page and its sending
    for cas in ('close', 'confiée', 'restreinte', 'interlocuteur', 'message'):
        demande = creer('en_cours', message=f'La page, {cas}.')
        page = lire(entrer(monde.referent), demande)
        ACTES[cas](demande, monde)
        page = soumettre(page, '/ecrire', 403 if cas == 'confiée' else 409, texte='Une page entière.')
        assert 'Une page entière.' in tapes(page) and en_attente() == [], cas
    assert formulaire(page, '/ecrire')['texte'].value == 'Une page entière.' and 'a changé pendant' in page


@pytest.mark.parametrize('ordre', [('restreinte',), ('à confirmer',), ('restreinte', 'à confirmer'),
                                   ('à confirmer', 'restreinte')])
def test_restreinte_ou_a_confirmer_avant_ou_apres_le_courriel_ne_dit_pas_le_texte(creer, monde, heure, ordre):
    for avant in (True, False):                                     # before: it leaves so; after: it is written again
        heure(MIDI)
        demande = creer('en_cours', message=f'{avant}')
        ecrire(demande, monde.referent, 'LE TEXTE', **ATTENTE | {'attente_de': 'LE PLAN'})
        heure(DEUX_MINUTES)
        if not avant:
            conversation.faire_partir()
            assert 'LE TEXTE' in a_la_mairie()[-1][2]
        for cas in ordre:
            ACTES[cas](demande, monde)
        conversation.faire_partir()
        _, objet, corps = a_la_mairie()[-1]
        for secret in ('LE TEXTE', 'LE PLAN', 'Rieumes', 'Revitalisation'):
            assert secret not in f'{objet}\n{corps}', secret
        assert ('Un message vous attend' in corps) == ('à confirmer' not in ordre)
        assert lignes(demande, 'reponse')[0].texte == 'LE TEXTE' and len(a_la_mairie()) == 2 - avant


def test_il_part_a_l_interlocuteur_de_ce_moment_qui_ne_lit_rien_d_avant_lui(accompagnee, monde, heure, site):
    un_message_de_la_mairie(accompagnee, 'Avant le changement.')
    envoyer(accompagnee, monde.referent, heure, 'Un premier.', [('note.pdf', PDF)],
            **ATTENTE | {'attente_de': 'le plan de Jeanne'})
    piece = Piece.get()
    assert site.get(f'/suivi/{accompagnee.jeton}/pieces/{piece.id}').body == PDF
    ecrire(accompagnee, monde.referent, 'Le plan ?')
    ACTES['interlocuteur'](accompagnee, monde)
    partir(heure, '2026-11-24T11:04:00Z')
    assert [vers for vers, *_ in a_la_mairie()][-1] == 'neuve@rieumes.example'
    suivi = f'/suivi/{relire(accompagnee).jeton}'
    page = site.get(suivi)
    assert 'Le plan ?' in page and 'Échanges antérieurs' in page and 'demandez-les à votre interlocuteur' in page
    assert 'qui suivait cette demande avant vous' in page
    for tu in ('Avant le changement.', 'note.pdf', 'plan de Jeanne'):
        assert tu not in page, tu
    for perdu in (f'/suivi/{accompagnee.jeton}', f'{suivi}/pieces/{piece.id}'):
        site.get(perdu, status=404)
    changer_demande(accompagnee, statut='termine', issue='reponse', clos_le='2026-11-24T11:30:00Z',
                    texte_final='Comme convenu, Jeanne.')
    assert 'Comme convenu' in site.get(suivi).text
    heure('2026-11-25T09:00:00Z')
    ACTES['interlocuteur'](accompagnee, monde)
    assert 'Comme convenu' not in site.get(f'/suivi/{relire(accompagnee).jeton}').text


@pytest.mark.parametrize('ecrit, autre', [('journal', 'ecrire'), ('ecrire', 'journal')])
def test_ni_texte_ni_fichier_ne_passe_d_une_note_a_un_message(accompagnee, monde, entrer, ecrit, autre):
    expert, adresse = entrer(monde.referent), PAGE.format(accompagnee.numero)
    page = soumettre(expert.get(adresse), f'/{ecrit}', 422, texte='Ne pas lui dire.', pieces=[
        webtest.Upload('interne.pdf', PDF, 'application/pdf'), webtest.Upload('virus.exe', b'MZ')])
    assert formulaire(page, f'/{ecrit}')['texte'].value == 'Ne pas lui dire.' and 'type accepté' in page
    rendu = formulaire(page, f'/{autre}').text
    assert 'interne.pdf' in formulaire(page, f'/{ecrit}').text and not re.search('interne.pdf|Ne pas lui dire', rendu)
    garder_reprise(expert.cookies['session'].strip('"'), f'{adresse}/{ecrit}', {'texte': 'Pour un seul.'})
    page = expert.get(f'{adresse}/{ecrit}').follow()
    assert formulaire(page, f'/{ecrit}')['texte'].value == 'Pour un seul.'
    page = expert.get(f'{adresse}?action={autre}')                  # « Répondre », « Noter un appel »
    assert formulaire(page, f'/{autre}')['texte'].value == ''


def test_deux_porteurs_envoient_une_fois_un_incident_en_retient_un(accompagnee, creer, monde, heure):
    def reprendre():
        try:
            repris.append(en_ecriture(conversation.reprendre, message, monde.referent))
        except Refus as refus:
            assert 'déjà parti' in refus.phrase
    for _ in range(5):
        message, repris, avant = ecrire(accompagnee, monde.referent), [], len(lignes(accompagnee, 'reponse'))
        heure(DEUX_MINUTES)
        assert en_meme_temps(3, lambda n: reprendre() if n == 1 else conversation.faire_partir()) == []
        assert len(lignes(accompagnee, 'reponse')) - avant + len(repris) == 1
        heure(MIDI)
    autre, avant = creer('en_cours', message='Une autre.'), lignes(accompagnee, 'reponse')
    changer_ligne(ecrire(accompagnee, monde.referent, 'Le premier.'), attente_au='x')
    envoyer(autre, monde.referent, heure, 'Le second.')
    assert [ligne.texte for ligne in lignes(autre, 'reponse')] == ['Le second.']
    assert lignes(accompagnee, 'reponse') == avant
    assert [(m.texte, m.raison) for m in en_attente()] == [('Le premier.', conversation.INCIDENT)]


def test_qui_suit_une_demande_ouverte_y_ecrit_et_lit_avant_a_quelle_adresse(accompagnee, creer, monde, entrer):
    for qui in ('referent', 'chef', 'cochef', 'admin', 'associe'):
        agent = getattr(monde, qui)
        assert lire(entrer(agent), accompagnee).html.select('#nature-message'), qui
        assert ecrire(accompagnee, agent, qui).agent_id == agent.id
    assert not lire(entrer(monde.autre), accompagnee).html.select('#nature-message')
    with pytest.raises(Refus, match='pas ouverte'):
        ecrire(accompagnee, monde.autre)
    close, sans, chef = creer('termine', message='a'), creer('en_cours', message='b'), entrer(monde.chef)
    for courriel, a_confirmer_le, dit in (                          # of every act that writes to them
            ('mairie@rieumes.example', None, 'Adresse de la mairie : mairie@rieumes.example.'),
            ('mairie@rieumes.example', '2026-11-23', 'ne donnera que le numéro'),
            ('', None, 'rien ne part à la mairie')):
        changer_demande(sans, courriel=courriel, interlocuteur_depuis=a_confirmer_le)
        for action in ('terminer', 'abandonner', 'ecarter', *(['prevenir'] if courriel else [])):
            page = lire(chef, sans, f'?action={action}')
            assert dit in page.html.select_one('#action').text.replace('\xa0', ' '), (action, dit)
    for demande in (close, sans):
        assert not lire(entrer(monde.referent), demande).html.select('#nature-message')
    with pytest.raises(Refus, match='n\'est plus possible'):
        ecrire(sans, monde.referent)


def test_l_equipe_apprend_un_message_son_referent_celui_d_un_associe_une_proposition_ecrit_sa_ligne_interne(
        accompagnee, monde, entrer, heure, site):
    for qui, prevenu in ((monde.associe, True), (monde.referent, False), (monde.chef, False), (monde.admin, False)):
        dit = lire(entrer(qui), accompagnee).html.select_one('.destinataire').text
        assert ('référent en est prévenu' in dit) == prevenu, qui
    changer_ligne(monde.chef, avis_journal='immediat')
    for porte, internes in (('echange', []), ('proposition', ['proposition']), ('livrable', ['livrable'])):
        avant = len(lignes(accompagnee, 'reponse', 'proposition', 'livrable'))
        envoyer(accompagnee, monde.referent, heure, f'Voici : {porte}.', porte=porte)
        ecrites = lignes(accompagnee, 'reponse', 'proposition', 'livrable')[avant:]
        assert [ligne.nature for ligne in ecrites] == ['reponse', *internes]
        assert [ligne.texte for ligne in ecrites[1:]] == ['Envoyée à la collectivité.'] * len(internes), porte
    assert 'Envoyée à la collectivité' not in site.get(f'/suivi/{accompagnee.jeton}')
    assert [d for m, d in courriels() if m == 'journal_immediat'] == [monde.chef.courriel] * 3
    relancer(heure, '2026-11-25')
    dits = {c.destinataire: c.corps for c in lettres_du_modele('relance')}
    assert 'du nouveau au journal par Claude Temoin' in dits[monde.cochef.courriel]
    assert monde.referent.courriel not in dits and not courriels(modele='message_associe')
    en_ecriture(models.Agent.update(avis_journal='immediat').execute)
    envoyer(accompagnee, monde.associe, heure, 'Nous passons mardi.')
    ligne = lignes(accompagnee, 'reponse')[-1]
    assert (ligne.auteur, ligne.structure) == (monde.associe.nom_complet, monde.associe.direction.structure.nom)
    assert ligne.structure in site.get(f'/suivi/{accompagnee.jeton}').html.text
    assert courriels(modele='message_associe') == [('message_associe', monde.referent.courriel)]
    immediats = [d for _, d in courriels(modele='journal_immediat')]
    assert monde.referent.courriel not in immediats and immediats.count(monde.chef.courriel) == 4


def test_sans_son_texte_ou_restreinte_l_attente_se_dit_par_sa_date_seule_et_se_redit_une_fois(creer, monde, heure):
    sans_texte, demande = creer('en_cours', message='a'), creer('en_cours', restreinte=True)
    attente = {'attendre': 'oui', 'attente_de': 'LE PLAN', 'attente_au': '2026-12-14'}
    envoyer(sans_texte, monde.referent, heure, 'LE TEXTE', sans_texte=True, **attente)
    _, _, corps = a_la_mairie()[0]
    assert 'LE TEXTE' not in corps and 'Un message vous attend sur votre page de suivi.' in corps
    envoyer(demande, monde.referent, heure, 'LE TEXTE', **attente)
    dit = 'Nous attendons de vous\u00a0: une réponse (avant le lundi 14\u00a0décembre 2026)'
    for _, _, corps in a_la_mairie():
        assert dit in corps.split('\n') and 'LE PLAN' not in corps
    for jour in ('2026-12-04', '2026-12-07', '2026-12-08'):
        relancer(heure, jour)
        assert len(a_la_mairie('attente')) == 2 * (jour >= '2026-12-07')
    for _, _, rappel in a_la_mairie('attente'):
        assert 'une réponse (avant le lundi 14' in rappel and 'LE PLAN' not in rappel
    _, objet, rappel = a_la_mairie('attente')[-1]                   # of the restricted one
    assert 'Ne répondez pas à ce courriel' in rappel
    assert not any(secret in objet + rappel for secret in ('LE TEXTE', 'Rieumes', 'Revitalisation'))
    un_message_de_la_mairie(demande)
    corps = corps_de('message_demandeur')
    assert 'Nous attendions sa réponse\u00a0: une réponse (avant' in corps and 'LE PLAN' not in corps


def test_la_collectivite_ne_lit_que_les_natures_publiques_que_l_import_n_ecrit_pas(accompagnee, monde, site):
    pieces = {}
    for nature in (*regles.NATURES, *regles.NATURES_PLATEFORME):
        agent = monde.referent if nature != 'message' else None
        ligne = creer_ligne(
            Journal, demande=accompagnee.numero, cree_le=langue.maintenant(), nature=nature, texte=f'SEMÉ-{nature}-',
            auteur='AUTEUR', statut='en_cours' if nature == 'statut' else None, agent=agent)
        pieces[nature] = creer_ligne(Piece, demande=accompagnee.numero, journal=ligne, nom=f'semee-{nature}.pdf',
                                     taille=1, sha256='0' * 64, agent=agent, depose_le=MIDI, contenu=b'x').id
    page = site.get(f'/suivi/{accompagnee.jeton}')
    for nature, piece in pieces.items():
        lue = nature in regles.PUBLIQUES
        assert (f'SEMÉ-{nature}-' in page) == lue and (f'semee-{nature}.pdf' in page) == lue, nature
        site.get(f'/suivi/{accompagnee.jeton}/pieces/{piece}', status=200 if lue else 404)
    assert not [c.modele for c in Courriel.select().where(Courriel.pour != 'agent') if 'SEMÉ' in c.corps]
    tete = 'numero;date;nature;statut;acte_le;auteur;structure;texte\r\n'
    for nature in regles.PUBLIQUES:
        ligne = f'{accompagnee.numero};2026-11-24T08:00:00Z;{nature};;;Claude;HGI;Bonjour.\r\n'
        bilan = imports.importer('journal', (tete + ligne).encode())
        assert bilan.ajoutes == 0 and bilan.fautes, nature


def test_ce_qui_repond_a_un_message_meme_apres_la_cloture_parmi_les_natures_et_les_actes(creer, monde, entrer, heure):
    for cas in (*regles.NATURES, 'contact', 'sans réponse', 'close', 'confiée', 'restreinte'):
        heure(MIDI)
        demande = creer('en_cours', message=cas)
        un_message_de_la_mairie(demande)
        heure(LENDEMAIN)
        if cas in ACTES:
            ACTES[cas](demande, monde)
        else:
            en_ecriture(ajouter_au_journal, relire(demande), monde.referent, cas, 'Fait.')
        repond = cas in (*regles.REPONDENT, 'contact', 'sans réponse', 'close')
        assert (relire(demande).message_le is None) == repond, cas
    heure(MIDI)
    close = creer('termine', message='Close.')
    heure(LENDEMAIN)
    un_message_de_la_mairie(close, 'Cela recommence.')
    heure('2026-11-25T12:00:00Z')
    assert statuer(close, 'rouvrir', monde.chef, motif='Cela recommence.').message_le
    a_repondre = lire(entrer(monde.referent), close).html.select_one('[aria-labelledby="a-repondre"]')
    assert 'Cela recommence.' in a_repondre.text
    ACTES['sans réponse'](close, monde)
    assert relire(close).message_le is None and lignes(close, 'equipe')[-1].fait == 'sans_reponse'


def test_une_attente_bien_dite_a_qui_est_jointe_se_lit_partout_et_suspend_le_reste_jusqu_a_son_jour(
        accompagnee, creer, monde, entrer, site, heure):
    expert, adresse = entrer(monde.referent), PAGE.format(accompagnee.numero)
    for change, dit in (
            ({'attente_au': '2026-12-05'}, 'lundi 7 décembre 2026'), ({'attente_au': '2026-11-24'}, 'à venir'),
            ({'attente_au': '2027-04-01'}, 'au plus tard'), ({'attente_au': ''}, 'Indiquez le jour'),
            ({'attente_de': ''}, 'Écrivez ce que vous attendez')):
        page = poster(expert, f'{adresse}/ecrire', ATTENTE | change | {'texte': 'Le plan ?'}, adresse, 422)
        assert dit in page.text.replace('\xa0', ' '), change
        assert formulaire(page, '/ecrire')['texte'].value == 'Le plan ?'
    pas_jointe = creer('receptionne_expert', message='b')
    assert 'Nous attendons une réponse' not in lire(expert, pas_jointe)
    with pytest.raises(Refus, match='une fois la collectivité jointe'):
        ecrire(pas_jointe, monde.referent, **ATTENTE)
    assert en_attente() == []
    envoyer(accompagnee, monde.referent, heure, **ATTENTE)
    lue = site.get(f'/suivi/{accompagnee.jeton}').text.replace('\xa0', ' ')
    assert 'Nous attendons de vous : le plan cadastral' in lue and 'mercredi 9 décembre 2026' in lue
    assert 'le plan cadastral (avant le mercredi 9 décembre 2026)' in a_la_mairie()[0][2].replace('\xa0', ' ')
    assert 'Réponse attendue de la mairie avant le 9\u00a0décembre' in lire(expert, accompagnee).html.text
    assert 'le plan cadastral' in expert.get('/espace').html.select_one('section[aria-labelledby="attente"]').text
    assert f'/espace/demandes/{accompagnee.numero}' in expert.get('/espace/demandes?attente=oui&miennes=oui')
    csv = expert.get('/espace/demandes.csv?attente=oui').body.decode('utf-8-sig')
    assert '09/12/2026' in csv and 'le plan cadastral' in csv
    for attente, dite in (('2027-03-24', False), (None, True)):
        suspendue = questions.suspendue_au(None, attente)
        assert questions.silencieuse('en_cours', '2026-08-01T08:00:00Z', 'complexe', suspendue, '2026-12-01') == dite
    relancer(heure, '2026-12-10')
    corps = [c.corps for c in lettres_du_modele('relance') if c.agent_id == monde.referent.id]
    assert any('réponse attendue avant le' in dit for dit in corps)
    page = entrer(monde.referent).get('/espace').text.replace('\xa0', ' ')
    assert 'réponse attendue avant le 9 décembre, pas reçue' in page and 'Relancer la mairie' in page
    agir(lambda d, qui, version: actes.avertir_avant_cloture(d, qui, version, clotures.premiere_limite(d)),
         accompagnee, monde.referent)
    assert 'Nous attendions votre réponse' in a_la_mairie('avertissement')[0][2]


def test_la_mairie_qui_ne_repond_pas_est_relancee_une_fois_sept_jours_avant_sauf_ce_qui_leve_l_attente(
        accompagnee, creer, monde, heure):
    envoyer(accompagnee, monde.referent, heure, **ATTENTE)
    envoyer(creer('en_cours', message='b'), monde.referent, heure, **ATTENTE | {'attente_au': '2026-11-30'})
    partis = []
    for jour in (langue.plus_jours('2026-11-24', n) for n in range(1, 15)):
        relancer(heure, jour)
        partis += [jour] * (len(a_la_mairie('attente')) - len(partis))
    assert partis == ['2026-12-02'] and f'n°\u00a0{accompagnee.numero}' in a_la_mairie('attente')[0][1]
    un_message_de_la_mairie(accompagnee)                            # it had not left yet
    assert a_la_mairie('attente') == [] and len(a_la_mairie()) == 2
    heure(MIDI)
    demande = creer('en_cours', message='c')
    ecrire(demande, monde.referent, **ATTENTE)
    creer_ligne(models.Fermeture, du='2026-12-09', au='2026-12-09', libelle='Pont')
    partir(heure)
    assert relire(demande).attente_au == '2026-12-10'               # the first working day
    for cas in ('message', 'attente levée', 'close', 'confiée', 'restreinte'):
        heure(MIDI)
        demande = creer('en_cours', message=cas)
        envoyer(demande, monde.referent, heure, **ATTENTE | {'attente_au': '2026-12-10'})
        heure(LENDEMAIN)
        ACTES[cas](demande, monde)
        d = relire(demande)
        levee = (d.attente_depuis, d.attente_au, d.attente_de) == (None, None, '')
        assert levee == (cas not in ('confiée', 'restreinte')), cas


PRET = 'Bonjour Jeanne Exemplaire, pour Rieumes : Claude Temoin.'


def un_texte(navigateur, **champs):
    dits = {'titre': 'Plan', 'texte': 'Bonjour {personne}, pour {collectivite} : {agent}.'} | champs
    return poster(navigateur, '/espace/textes', dits, status='*')


def prendre(page, ou, titre='Plan'):
    """The page of a demande, a text kept ready taken in this form."""
    form = formulaire(page, ou)
    (bouton,) = page.html.select(f'form[action*="{ou}"] button[name=texte_type]')
    assert bouton.text == titre
    return form.submit('texte_type', value=bouton['value'], status=200)


def test_un_texte_pret_se_prend_ses_reperes_remplis_et_se_relit_avant_l_envoi(accompagnee, monde, entrer):
    expert = entrer(monde.referent)
    page = un_texte(expert, texte='Bonjour {prenom}.')
    assert page.status_int == 422 and '{prenom}' in page.html.select_one('#texte-faute').text
    assert formulaire(page, '/espace/textes')['texte'].value == 'Bonjour {prenom}.'
    un_texte(expert).follow()
    vue = lire(expert, accompagnee, '?action=ecrire')
    assert not formulaire(vue, '/ecrire')['sans_texte'].checked
    page = prendre(vue, '/ecrire')
    assert formulaire(page, '/ecrire')['texte'].value == PRET and formulaire(page, '/journal')['texte'].value == ''
    changer_ligne(monde.fiche, sans_texte=True)
    assert formulaire(lire(expert, accompagnee), '/ecrire')['sans_texte'].checked
    fin = prendre(lire(expert, accompagnee, '?action=terminer'), '/terminer')
    assert formulaire(fin, '/terminer')['texte_final'].value == PRET and not fin.html.select('#erreurs')
    for valeur, rendu in (                                          # added to what is written already
            ('1:8', f'Bonjour,\n\n{PRET}\n\nmerci.'), ('1:0', f'{PRET}\n\nBonjour, merci.'),
            *((autre, f'Bonjour, merci.\n\n{PRET}') for autre in ('1', '1:', '1:x', '1:99', '1:-3')),
            *((autre, 'Bonjour, merci.') for autre in ('2', 'x', ':3'))):
        form = formulaire(vue, '/ecrire')
        form['texte'], form['attendre'], form['attente_de'] = 'Bonjour, merci.', True, 'le plan'
        form['pieces'] = [webtest.Upload('plan.pdf', PDF, 'application/pdf')]
        form.fields['texte_type'][0]._value = valeur
        page = form.submit('texte_type', value=valeur, status=200)
        form = formulaire(page, '/ecrire')
        assert form['texte'].value.strip() == rendu, valeur
        assert form['attendre'].checked and form['attente_de'].value == 'le plan' and 'plan.pdf' in page, valeur
    assert en_attente() == []


def test_un_texte_ecrit_depuis_une_demande_y_revient_lu_de_son_auteur_ou_de_sa_structure(accompagnee, monde, entrer):
    expert = entrer(monde.referent)
    page = lire(expert, accompagnee, '?action=terminer')
    lien = next(a['href'] for a in page.html.select('section#action a') if 'Écrire le premier' in a.text)
    page = soumettre(expert.get(lien), '/espace/textes', 422, titre='Fin', texte='Au revoir {prenom}.')
    page = prendre(soumettre(page, '/espace/textes', texte='Au revoir.'), '/terminer', 'Fin')
    assert formulaire(page, '/terminer')['texte_final'].value == 'Au revoir.'
    un_texte(expert, titre='À moi')
    un_texte(expert, titre='À nous', partage=True)
    for qui, lus in (('referent', ['À moi', 'À nous']), ('chef', ['À nous']), ('cochef', []), ('admin', [])):
        page = entrer(getattr(monde, qui)).get('/espace/textes').text
        assert [nom for nom in ('À moi', 'À nous') if nom in page] == lus, qui
    chef = entrer(monde.chef)
    chef.get('/espace/textes/3', status=403)
    for suite in ('/retirer', ''):
        chef.post(f'/espace/textes/3{suite}', {'titre': 'x', 'texte': 'x'}, status=403)
    expert.post('/espace/textes/3/retirer', status=303)
    assert 'À nous' not in chef.get('/espace/textes')
