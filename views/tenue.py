"""The form that comes back: each form that changes what stands in the base is shown, and written, through here.

A handler describes its form by a Tenue, reads it by champs.lire(), writes by tenir() and shows it by forme(), whatever
came of it; formulaire() is the handlers of a form that has a page of its own. They keep, for all of them alike:
* what was first read: one mark, the hidden field « vue », the same through a 422, another once a 409 has shown more;
* what was typed, its faults, what an expired session had typed;
* what the base says now, when it is not what was read; who changed it, and when.
"""
from collections import namedtuple

import langue
from verbes.journal import CHANGE, changee_par, dernier_fait, empreinte
from views import aller, app, espacer, page, refuserait, reprise, request, tenter
from views.champs import citer, lire as lire, options_de            # a form that is kept reads its fields here too

# objet: what it is about, as the audit names it: « porte:12 », « porte: » a new one, « fiche:3/document » another form
# of the same row; quoi: the same, in a sentence; champs: the Champs shown; connues: {field: what the base says};
# aussi: {name: what else was read}; proposees: {field: what is offered first, which the base does not say};
# par_cle: of a form over several rows, the key of a field's row, which two people may each change; libelles: {field:
# how it is named out of its place}.
Tenue = namedtuple('Tenue', 'objet quoi champs connues aussi proposees par_cle libelles',
                   defaults=({}, {}, None, {}))
# What came back of the mark: after which line of the audit, the fields shown, {field: the empreinte of what it said}.
Marque = namedtuple('Marque', 'depuis montres empreintes')
# A field that the base says otherwise than it was read: what was typed in it, '' when the form takes what is there.
Ecart = namedtuple('Ecart', 'libelle dit ecrit')

DEPUIS = 'plateforme.dernier_fait'
MARQUE_MAX = 50_000                                                 # characters: a thousand fields
SANS_ENVOI = ('case', 'radio', 'fichiers', 'cache')     # nothing ticked, nothing chosen: a browser sends nothing
ENREGISTRE = ('Un autre administrateur a enregistré ici {} pendant que vous écriviez. '
              'Relisez, puis enregistrez de nouveau si vous voulez remplacer ce texte.')


def objet(nom, ligne):
    """How a row is named in the audit and in the mark of its form; ligne: None, a new one."""
    return f'{nom}:{ligne.get_id() if ligne else ""}'


# ---- The mark ----

def marquer(tenue):
    """The text of « vue »: what the form is about, the last line of the audit, its fields, what the base said of each.
    """
    empreintes = _empreintes(tenue)
    montres = [c.nom for c in tenue.champs if c.nom not in empreintes]
    marque = ' '.join([tenue.objet, _depuis(), *montres, *(f'{nom}={dit}' for nom, dit in empreintes.items())])
    return f'{marque} {_marquer(marque)}'


def _depuis():
    """The number of the last line of the audit, read once for all the forms of a page."""
    if DEPUIS not in request.environ:
        request.environ[DEPUIS] = str(dernier_fait())
    return request.environ[DEPUIS]


def _empreintes(tenue):
    """{field: the empreinte of what the base says now}; of what is no field of the form, its name begins with « ~ »."""
    connues = {nom: _marquer(texte) for nom, texte in _en_base(tenue).items()}
    return connues | {f'~{nom}': _marquer(valeur) for nom, valeur in tenue.aussi.items()}


def _marquer(valeur):
    return empreinte(valeur)[:8]


def _lire_marque(tenue, vue):
    """The Marque of this form, or None: it is of another one, cut, longer, or nobody's."""
    marque, _, somme = vue.rpartition(' ')
    if len(vue) > MARQUE_MAX or not marque.startswith(f'{tenue.objet} ') or somme != _marquer(marque):
        return None
    _, depuis, *suite = marque.split(' ')
    empreintes = dict(un.split('=', 1) for un in suite if '=' in un)
    return Marque(int(depuis), {un.partition('=')[0] for un in suite}, empreintes)


def _recue():
    return request.saisies.get('vue', '')


def _en_base(tenue):
    """{field: what the base says of it, as the field holds it}."""
    return {c.nom: _texte(tenue.connues[c.nom]) for c in tenue.champs if c.nom in tenue.connues}


def _texte(valeur):
    if valeur is None or isinstance(valeur, bool):
        return 'oui' if valeur else ''
    return str(valeur)


# ---- Writing ----

def tenir(tenue, valeurs, fautes, verbe, *arguments):
    """Call a verb with a form that came back whole, without a fault, of what the base still says: (its result, {},
    200); else (None, the faults, the code under which it comes back: 409 or 422). Any other Refus goes on.

    valeurs: what was typed, as lire() gives it; a verb that is given it says all its faults at once.
    """
    marque = _lire_marque(tenue, _recue())
    manquent = _manquants(tenue, marque)
    if manquent:
        return None, {'': _incomplet([_libelle(tenue, c) for c in manquent])}, 422
    perimes = _perimes(tenue, marque, valeurs)
    nouveaux = {c.nom for c in tenue.champs if marque and c.nom not in marque.montres}     # shown to nobody yet
    if fautes and not (perimes and nouveaux.issuperset(fautes)):
        return None, _toutes(tenue, valeurs, fautes, verbe, arguments), 422
    if perimes:
        return None, perimes, 409
    fait, refus = tenter(verbe, *arguments)
    if refus is None:
        return fait, {}, 200
    if refus.code not in (409, 422):
        raise refus
    return None, _toutes(tenue, valeurs, {refus.champ: espacer(refus.phrase)}, verbe, arguments), refus.code


def _toutes(tenue, valeurs, fautes, verbe, arguments):
    """The faults of a form, and what else the verb would refuse of it: it is tried with what the base says in the place
    of what is at fault, as long as it knows it.
    """
    if not any(un is valeurs for un in arguments):
        return fautes
    noms, justes = {c.nom for c in tenue.champs}, _justes(tenue)
    while justes and justes.keys() >= fautes.keys():
        fausses = {_cle(tenue, faux) for faux in fautes}
        essai = valeurs | {nom: juste for nom, juste in justes.items() if _cle(tenue, nom) in fausses}
        refus = refuserait(verbe, *(essai if un is valeurs else un for un in arguments))
        if refus is None or refus.champ not in noms - {*fautes}:
            break
        fautes = fautes | {refus.champ: espacer(refus.phrase)}
    return fautes


def _justes(tenue):
    """{field: what no verb refuses of it}: what the base says, or nothing of what it does not keep; {} of a row that is
    not written yet.
    """
    vides = {c.nom: '' for c in tenue.champs if c.genre != 'fichiers'}
    return {**vides, **tenue.connues} if tenue.connues else {}


def _cle(tenue, nom):
    return tenue.par_cle(nom) if tenue.par_cle else nom


def _manquants(tenue, marque):
    """The Champs that were shown and did not come: not the same as emptied. What changes nothing may come alone."""
    if marque is None and not _empreintes(tenue):
        return []
    return [c for c in tenue.champs if c.genre not in SANS_ENVOI and c.nom not in request.saisies
            and (marque is None or c.nom in marque.montres)]


def _incomplet(manquent):
    suite = ', entre autres' if manquent[3:] else ''
    return (f'Ce formulaire est arrivé incomplet\u00a0: il y manque {citer(manquent[:3])}{suite}. '
            'Rien n\'est enregistré\u00a0: rechargez la page, puis recommencez.')


def _perimes(tenue, marque, valeurs):
    """The faults of a form that was filled from what the base says no more; {} when it may be written."""
    avant, apres = marque.empreintes if marque else {}, _empreintes(tenue)
    if not tenue.par_cle:
        return {} if avant == apres else {'': f'{tenue.quoi} {CHANGE}'}
    base, ecrites = _en_base(tenue), _cles_ecrites(tenue, marque, valeurs)
    deux = [c for c in tenue.champs if c.nom in base and tenue.par_cle(c.nom) in ecrites
            and avant.get(c.nom) != apres[c.nom] and _texte(valeurs.get(c.nom)) != base[c.nom]]
    return {c.nom: ENREGISTRE.format(citer([_en_mots(c, base[c.nom])]) if base[c.nom] else 'un champ vide')
            for c in deux}


def a_jour(tenue, valeurs):
    """What to write of a form over several rows: of those where nothing was typed, what is there now."""
    base, ecrites = _en_base(tenue), _cles_ecrites(tenue, _lire_marque(tenue, _recue()), valeurs)
    return {nom: valeur if nom not in base or tenue.par_cle(nom) in ecrites else base[nom]
            for nom, valeur in valeurs.items()}


def _cles_ecrites(tenue, marque, valeurs):
    """The keys of the rows where something was typed."""
    return {tenue.par_cle(nom) for nom in _en_base(tenue) if _touche(marque, nom, _texte(valeurs.get(nom)))}


def _touche(marque, nom, texte):
    """Was it typed? As far as one knows."""
    return marque is None or marque.empreintes.get(nom) != _marquer(texte)


# ---- Showing ----

def page_tenue(gabarit, tenue, status=200, saisies=None, fautes=None, **reste):
    """The page of one form: as it is first read, or as it comes back."""
    return page(gabarit, status, **reste, **forme(tenue, status, saisies, fautes))


def forme(tenue, status=200, saisies=None, fautes=None):
    """What a template takes of a form: champs, libelles, valeurs, fautes, vue, repris (its session had expired), ecarts
    and change_par (409). saisies: what came back, if it did.
    """
    base = _en_base(tenue)
    reprises = _garde(tenue) if saisies is None else {}
    proposees = {nom: _texte(valeur) for nom, valeur in tenue.proposees.items()}
    typees = _typees(tenue, saisies, request.saisies) if saisies else _typees(tenue, reprises, reprises)
    valeurs, vue, ecarts = proposees | base | typees, reprises.get('vue') or marquer(tenue), []
    marque = _lire_marque(tenue, _recue()) if saisies is not None else None
    if status == 409:
        valeurs, ecarts = _meler(tenue, marque, base, valeurs)
    elif saisies is not None:
        vue = _recue() if marque else ''
    noms = ('', *(c.nom for c in tenue.champs))
    fautes = {nom: fautes[nom] for nom in (*noms, *(fautes or {})) if nom in (fautes or {})}    # in their order
    return {
        'champs': tenue.champs, 'libelles': {c.nom: _libelle(tenue, c) for c in tenue.champs}, 'valeurs': valeurs,
        'fautes': fautes, 'vue': vue, 'repris': bool(reprises), 'ecarts': ecarts,
        'change_par': changee_par(tenue.objet.partition('/')[0], marque.depuis) if status == 409 and marque else []}


def _garde(tenue):
    """What an expired session had typed in this form, {} when it was another one."""
    return reprise(lambda garde: _lire_marque(tenue, garde.get('vue', '')))


def _typees(tenue, saisies, venues):
    """{field: text} of what was typed, of those that came: a box that does not is unticked, another field is as it was.
    """
    return {c.nom: _texte(saisies.get(c.nom)) for c in tenue.champs
            if c.nom in saisies and c.nom in venues or saisies and c.genre == 'case'}


def _meler(tenue, marque, base, typees):
    """(what the fields show, [Ecart]): what was typed stays; the rest is what the base says now."""
    valeurs, ecarts = {}, []
    for c in tenue.champs:
        actuelle, saisie = base.get(c.nom, ''), typees.get(c.nom, '')
        touche = c.nom not in base or _touche(marque, c.nom, saisie)
        change = marque is None or marque.empreintes.get(c.nom) != _marquer(actuelle)
        valeurs[c.nom] = saisie if touche else actuelle
        if c.nom in base and change and saisie != actuelle:
            ecarts.append(Ecart(_libelle(tenue, c), _en_mots(c, actuelle), _en_mots(c, saisie) if touche else ''))
    return valeurs, ecarts


def _libelle(tenue, c):
    return tenue.libelles.get(c.nom, c.libelle)


def _en_mots(c, texte):
    """A value in words."""
    if c.genre == 'case':
        return 'oui' if texte else 'non'
    if c.genre in ('choix', 'radio'):
        return {str(un[0]): un[1] for _, un in options_de(c.choix)}.get(texte, texte) or 'vide'
    if c.genre == 'date' and langue.un_jour(texte):
        return langue.dire_jour(texte, True)
    return (langue.dire_telephone(texte) if c.genre == 'telephone' else texte) or 'vide'


# ---- A form that has a page of its own ----

def formulaire(adresse, qui, chercher, tenue, montrer, ecrire, vers, comprendre=lambda champs, *_: lire(champs)):
    """Its two routes: GET shows it; POST reads it, writes and leads on, or shows it as it comes back.

    chercher: what it is about, a tuple, from the address; read anew once a verb has refused. It is given to
    tenue(*quoi), montrer(*quoi, *revenue), ecrire(*quoi, what was typed), vers(what was done, *quoi), if it is no
    address, and comprendre(champs, *quoi).
    """
    def recevoir(**arguments):
        quoi = chercher(**arguments)
        la_tenue = tenue(*quoi)
        saisies, fautes = comprendre(la_tenue.champs, *quoi)
        fait, fautes, code = tenir(la_tenue, saisies, fautes, ecrire, *quoi, saisies)
        if fautes:
            return montrer(*chercher(**arguments), code, saisies, fautes)
        return aller(vers if isinstance(vers, str) else vers(fait, *quoi))
    app.get(adresse, qui=qui)(lambda **arguments: montrer(*chercher(**arguments)))
    app.post(adresse, qui=qui)(recevoir)
