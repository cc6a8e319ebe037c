"""What becomes of the letters (lettres.py): printed, put to the signature, signed, sent, undone the same day, printed
again when what they say has changed. Of several at once, all or nothing: the audit has one line.
"""
import json
import re

from models import Courriel, Demande, Lettre, LettreDemande, Refus, jours_fermes
from langue import (
    a_paris, aujourdhui, dire_jour, dire_jour_long, en_utc, enumerer, jour_de, maintenant, ouvre_des, plus_jours)

from verbes.contenus import documents
from verbes.courriels import prevenir_demandeur
from verbes.journal import auditer, controler_pieces, indexer, inscrire
from verbes.regles import ETAPES_DE_LETTRE, VOIES_DE_LETTRE
from . import lettres

MAX = 200                                                           # letters at once
CHANGEES = ('ont changé pendant que vous lisiez cette page ({}), ou un autre administrateur les a traitées. Rien '
            'n\'est enregistré\u00a0: relisez, puis recommencez.')
AUCUNE = 'Cochez au moins une lettre.'
ORDRE = tuple(ETAPES_DE_LETTRE)
CHAMPS = {'signature': 'signature_le', 'signee': 'signee_le', 'envoyee': 'envoyee_le'}
FAITS = {'signature': 'lettres mises à la signature', 'signee': 'lettres signées', 'envoyee': 'lettres envoyées'}
HEURE = 7                                                           # of the mail, in Paris, on the next working day


# ---- Printed ----

def imprimer(choix, signataire, agent, accord_le=''):
    """Keep letters as they are printed now: their ids. choix: {key: what was seen of its facts}; accord_le: of a
    restricted demande, the day on which the person to call back agreed.
    """
    bloc = _bloc(signataire)
    pretes, a_part = lettres.a_preparer()
    par_cle = {p.cle: p for p in (*pretes, *(p for p in a_part if p.faits))}
    _exiger_des_choix(choix)
    changees = [cle for cle, vue in choix.items() if cle not in par_cle or par_cle[cle].vue != vue]
    if changees:
        raise Refus(f'Des lettres {CHANGEES.format(_numeros(changees))}', 409)
    lot = [par_cle[cle] for cle in choix]
    _exiger_l_accord(lot, accord_le)
    ids = [_imprimer_une(p, signataire, bloc, accord_le) for p in lot]
    restreinte = lot[0].raison == 'restreinte'                      # its team reads who has read it
    auditer('lettres imprimées', agent, _numeros(d['numero'] for p in lot for d in p.rangs),
            objet=f'demande:{lot[0].cle}' if restreinte else 'lettres')
    return ids


def _bloc(signataire):
    """What is printed under the letter, of a signatory whose delegation holds today."""
    blocs = lettres.signataires()
    if signataire not in blocs:
        raise Refus('Ce signataire n\'est pas en fonction aujourd\'hui, ou son bloc manque\u00a0: choisissez-en un '
                    'autre, ou écrivez-le dans «\u00a0Signataires\u00a0».', champ='signataire')
    return blocs[signataire]


def _exiger_des_choix(choix):
    if not choix:
        raise Refus(AUCUNE)
    if len(choix) > MAX:
        raise Refus(f'{MAX} lettres à la fois au plus\u00a0: décochez-en, ou filtrez par semaine.')


def _exiger_l_accord(lot, accord_le):
    """Those of SEULES go one by one; a restricted one once it was agreed to."""
    seules = [p for p in lot if p.raison]
    if seules and len(lot) > 1:
        raise Refus('Ces lettres s\'impriment une par une\u00a0: '
                    f'{_numeros(p.cle for p in seules)}. Décochez-les, puis recommencez.')
    if any(p.raison == 'restreinte' for p in seules):
        _exiger_un_jour(accord_le, 'accord_le', 'Notez le jour où la personne à rappeler a donné son accord.',
                        jour_de(lot[0].rangs[0]['depose_le']))


def _exiger_un_jour(jour, champ, phrase, depuis):
    if not jour:
        raise Refus(phrase, champ=champ)
    if jour > aujourdhui():
        raise Refus(f'Le {dire_jour(jour, True)} n\'est pas encore passé\u00a0: indiquez le jour où c\'est fait.',
                    champ=champ)
    if jour < depuis:
        raise Refus(f'Ce jour vient avant le {dire_jour(depuis, True)}, où l\'étape d\'avant a eu lieu\u00a0: '
                    'corrigez-le.', champ=champ)


def _imprimer_une(p, signataire, bloc, accord_le):
    accord = accord_le if p.raison == 'restreinte' else None
    lettre = Lettre.create(signataire=signataire, accord_le=accord, **_tirage(p.faits | {'signataire': bloc}))
    for d in p.rangs:
        LettreDemande.create(demande=d['numero'], lettre=lettre)
    return lettre.id


def _tirage(faits):
    """The columns of what was printed."""
    return {'imprimee_le': maintenant(), 'faits': json.dumps(faits, ensure_ascii=False),
            'texte': json.dumps(lettres.rediger(faits), ensure_ascii=False)}


def _numeros(numeros):
    return f'n°\u00a0{enumerer(map(str, numeros))}'


# ---- Several at once, as they were seen ----

def _choisies(marques, etapes, sans_ecart=True):
    """[Suivie] of {id: what was seen of its row}, at one of these steps; Refus of all when one has moved, or is to be
    printed again.
    """
    _exiger_des_choix(marques)
    suivies = lettres.suivies(f'id IN ({", ".join("?" * len(marques))})', *marques)
    justes = [s for s in suivies if s.marque == marques[s.lettre.id] and s.lettre.etat in etapes]
    if len(justes) < len(marques):
        autres = [n for s in suivies if s not in justes for n in s.numeros]
        raise Refus(f'Des lettres {CHANGEES.format(_numeros(autres) if autres else "elles ne sont plus là")}', 409)
    ecarts = [ecart for s in justes for ecart in s.ecarts]
    if sans_ecart and ecarts:
        raise Refus(f'À rééditer avant d\'aller plus loin\u00a0: {", ".join(ecarts)}. Rien n\'est enregistré.',
                    409)
    return justes


def noter(marques, etape, le, agent, voie='', fichiers=()):
    """Note the next step of letters, all or none: signature, signee, envoyee, on the day le. fichiers: signed copies,
    byte for byte.
    """
    avant = ORDRE[ORDRE.index(etape) - 1]
    suivies = _choisies(marques, (avant,))
    for s in suivies:
        fait_le = jour_de(s.lettre.imprimee_le) if avant == 'imprimee' else getattr(s.lettre, CHAMPS[avant])
        _exiger_un_jour(le, 'le', 'Indiquez le jour.', fait_le)
    if etape == 'signee':
        _exiger_qui_signe(suivies, le)
    if etape == 'envoyee' and voie not in VOIES_DE_LETTRE:
        raise Refus('Dites comment ces lettres sont parties.', champ='voie')
    _garder_les_copies(suivies, fichiers, agent)
    for s in suivies:
        Lettre.update(notees=f'{s.lettre.notees} {aujourdhui()}'.strip(), voie=voie, **{CHAMPS[etape]: le}).where(
            Lettre.id == s.lettre.id).execute()
        if etape == 'envoyee':
            _dire_l_envoi(s, le, voie, agent)
    auditer(FAITS[etape], agent,
            f'{_numeros(n for s in suivies for n in s.numeros)}, le {dire_jour(le, True)}', objet='lettres')


def _exiger_qui_signe(suivies, le):
    """A signatory signs on the days of their delegation."""
    en_fonction = lettres.signataires(le)
    finis = [s for s in suivies if s.lettre.signataire not in en_fonction]
    if finis:
        qui = finis[0].texte['signature'][0].rstrip(',')
        numeros = _numeros(n for s in finis for n in s.numeros)
        raise Refus(f'«\u00a0{qui}\u00a0» n\'était pas en fonction le {dire_jour(le, True)}\u00a0: corrigez le jour, '
                    f'ou remettez ces lettres à préparer et changez le signataire ({numeros}).', champ='le')


# ---- The signed copies ----

def _garder_les_copies(suivies, fichiers, agent):
    """Each PDF is that of the letter whose number is in its name; of one letter alone, its only file."""
    par_lettre = {}
    for nom, contenu in _controler_les_pdf(fichiers):
        suivie = _de_quelle_lettre(nom, suivies)
        if suivie.lettre.id in par_lettre:
            raise Refus(f'Deux fichiers sont de la même lettre ({_numeros(suivie.numeros)})\u00a0: gardez-en un.',
                        champ='pieces')
        par_lettre[suivie.lettre.id] = nom, contenu
    for id_, (nom, contenu) in par_lettre.items():
        _oublier_la_copie(id_)
        documents.ranger(contenu, genre='lettre', objet=str(id_), titre='Lettre signée', nom=nom, type='pdf',
                         agent=agent)


def _controler_les_pdf(fichiers):
    """controler_pieces() of each, which must be a PDF: as many as there are letters."""
    for fichier in fichiers:
        ((nom, contenu),) = controler_pieces([fichier])
        if not nom.lower().endswith('.pdf'):
            raise Refus(f'«\u00a0{nom}\u00a0» n\'est pas un PDF\u00a0: numérisez la lettre en PDF, ou joignez le PDF '
                        'signé électroniquement.', champ='pieces')
        yield nom, contenu


def _de_quelle_lettre(nom, suivies):
    numeros = set(map(int, re.findall(r'\d{1,15}', nom)))
    candidates = [s for s in suivies if numeros & set(s.numeros)]
    if len(candidates) == 1:
        return candidates[0]
    ailleurs = LettreDemande.select().where(LettreDemande.demande.in_(list(numeros))).exists()
    if len(suivies) == 1 and not ailleurs:
        return suivies[0]
    if ailleurs:
        raise Refus(f'«\u00a0{nom}\u00a0» porte le numéro d\'une autre lettre, ou de plusieurs\u00a0: vérifiez-le, '
                    'puis nommez chaque fichier du numéro de sa demande.', champ='pieces')
    raise Refus(f'De quelle lettre est «\u00a0{nom}\u00a0»\u00a0? Nommez chaque fichier du numéro de sa demande, '
                f'«\u00a0{suivies[0].numeros[0]}.pdf\u00a0» par exemple.', champ='pieces')


def _oublier_la_copie(lettre_id):
    for document in documents.lignes_de('lettre', lettre_id):
        documents.vider(document)


# ---- Sent: a line in each journal, a mail to the collectivité ----

def _dire_l_envoi(suivie, le, voie, agent):
    """Its journals say so, inside; the collectivité is mailed on the next working day, once it is not undone any more.
    """
    envoi = f'{dire_jour_long(le, semaine=False)}, {VOIES_DE_LETTRE[voie]}'
    demandes, par_courriel = list(Demande.select().where(Demande.numero.in_(suivie.numeros))), {}
    for demande in demandes:
        _ecrire_au_journal(demande, f'Lettre d\'accusé de réception envoyée le {envoi}.', agent, suivie.lettre.id)
        par_courriel.setdefault(demande.courriel, []).append(demande)
    demain = ouvre_des(plus_jours(aujourdhui(), 1), jours_fermes())
    depart = en_utc(a_paris(demain).replace(hour=HEURE))
    for premiere, *autres in par_courriel.values():
        prevenir_demandeur(premiere, 'lettre', envoyee=envoi, le=depart, marque=_marque(suivie.lettre, premiere.numero),
                           aussi=enumerer(f'votre demande n°\u00a0{autre.numero}' for autre in autres))


def _ecrire_au_journal(demande, texte, agent, lettre_id=None):
    """A line that is nobody's of the team: it ends no silence, answers no message."""
    ligne = inscrire(demande, 'envoi', texte, auteur=agent.nom_complet, structure=agent.direction.structure.nom,
                     fait='automatique')
    indexer(demande)
    LettreDemande.update(journal=ligne if lettre_id else None).where(LettreDemande.demande == demande.numero).execute()


def _marque(lettre, numero):
    return f'lettre:{lettre.id}:{numero}'


# ---- Undone the same day, printed again ----

def annuler(marques, agent):
    """Undo the last step of letters, noted today; of those only printed, they are to be prepared again."""
    suivies = _choisies(marques, ORDRE, sans_ecart=False)
    passees = [n for s in suivies if s.lettre.notees and s.lettre.notees.split()[-1] != aujourdhui()
               for n in s.numeros]
    if passees:
        raise Refus('Une date ne s\'annule que le jour où elle a été notée\u00a0: '
                    f'{_numeros(passees)}. Rien n\'est annulé.', 409)
    for s in suivies:
        _annuler_une(s, agent)
    auditer('lettres annulées', agent, _numeros(n for s in suivies for n in s.numeros), objet='lettres')


def _annuler_une(suivie, agent):
    lettre, etape = suivie.lettre, suivie.lettre.etat
    if etape == 'imprimee':
        _retirer(lettre)
        return
    if etape == 'envoyee':
        for demande in Demande.select().where(Demande.numero.in_(suivie.numeros)):
            _ecrire_au_journal(demande, 'Envoi de la lettre d\'accusé de réception annulé\u00a0: elle n\'est pas '
                               'partie.', agent)
        marques = [_marque(lettre, numero) for numero in suivie.numeros]
        Courriel.delete().where(Courriel.marque.in_(marques), Courriel.envoye_le.is_null()).execute()
    if etape == 'signee':
        _oublier_la_copie(lettre.id)
    Lettre.update(notees=' '.join(lettre.notees.split()[:-1]), voie='', **{CHAMPS[etape]: None}).where(
        Lettre.id == lettre.id).execute()


def _retirer(lettre):
    _oublier_la_copie(lettre.id)
    LettreDemande.delete().where(LettreDemande.lettre == lettre.id).execute()
    Lettre.delete().where(Lettre.id == lettre.id).execute()


def reediter(marques, signataire, agent):
    """Print again letters that were not sent, from what is so now: the ids of those that still have something to say.
    What a letter may not say any more leaves it; its signature is to be asked again.
    """
    bloc = _bloc(signataire)
    suivies, refaites = _choisies(marques, ORDRE[:-1], sans_ecart=False), []
    rangs = lettres.rangs_de([s.lettre for s in suivies])
    for s in suivies:
        bons, faits = lettres.a_redire(s.lettre, rangs[s.lettre.id], bloc=bloc)
        if not bons:
            _retirer(s.lettre)
            continue
        _oublier_la_copie(s.lettre.id)
        LettreDemande.delete().where(LettreDemande.lettre == s.lettre.id,
                                     LettreDemande.demande.not_in([d['numero'] for d in bons])).execute()
        Lettre.update(signataire=signataire, notees='', **_tirage(faits), **dict.fromkeys(CHAMPS.values())).where(
            Lettre.id == s.lettre.id).execute()
        refaites.append(s.lettre.id)
    auditer('lettres rééditées', agent, _numeros(n for s in suivies for n in s.numeros), objet='lettres')
    return refaites
