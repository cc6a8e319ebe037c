"""What is hidden of a table that anybody reads, so that no count under ten is had, by subtraction neither
(regles.md §13). Plain values: a table is {(line, column): count}, its margins under ENSEMBLE, the grand total under
both; a line makes its margin, and a column.

A count under PLANCHER is hidden, zero as the others, and the next smallest of its line and of its column with it. Then
each is tried as who reads would: it could be one more, or one less, if others that are hidden make up for it, around a
cycle of lines and columns. The cheapest cycle is hidden whole.
"""
import heapq

PLANCHER = 10
ENSEMBLE = 'Ensemble'
TOTAL = (ENSEMBLE, ENSEMBLE)


def cacher(cases, jamais=frozenset()):
    """The keys to hide of a table. jamais: those that are shown nowhere, whatever they count."""
    petites = sorted((cle for cle, n in cases.items() if n < PLANCHER), key=cases.get)
    cachees = {*petites, *jamais}
    for cle in petites:
        for rang in (0, 1):
            if sum(autre[rang] == cle[rang] for autre in cachees) == 1:
                cachees |= _suivante(cases, cachees, cle, rang)
    for cle in petites:
        cachees |= _cycle(cases, cachees, cle)
    return cachees


def _suivante(cases, cachees, cle, rang):
    """{The smallest still shown of its line (rang 0) or column (1)}, a margin after the others; never the total."""
    autres = [autre for autre in cases if autre[rang] == cle[rang] and autre not in cachees and autre != TOTAL]
    return {min(autres, key=lambda autre: (cases[autre], ENSEMBLE in autre))} if autres else set()


def _cycle(cases, cachees, cle):
    """The keys that let a hidden count be one more or one less, at the least cost; none when nothing does."""
    ligne, colonne = ('ligne', cle[0]), ('colonne', cle[1])
    plus, moins = _sens(cases, cle)
    pas = _pas(cases, cachees, cle)
    chemins = [_chemin(pas, debut, fin) for debut, fin, possible in
               ((colonne, ligne, plus), (ligne, colonne, moins)) if possible]
    return set(min(filter(None, chemins), default=(0, ()))[1])


def _sens(cases, cle):
    """(May its signed count go up, may it go down?) A margin counts against its line: up is one less of it."""
    marge, reste = (cle[0] == ENSEMBLE) != (cle[1] == ENSEMBLE), cases[cle] > 0
    return (reste, True) if marge else (True, reste)


def _pas(cases, cachees, sauf):
    """{a line or column: [(cost, the other end, key)]}: where one more, or one less, may be passed on to. The cost is
    of what is hidden for it: as few demandes as may be, then as few counts.
    """
    pas = {}
    for cle, nombre in cases.items():
        if cle == sauf or (cle == TOTAL and cle not in cachees):
            continue
        ligne, colonne, cout = ('ligne', cle[0]), ('colonne', cle[1]), 0 if cle in cachees else nombre + 1
        for debut, fin, possible in zip((ligne, colonne), (colonne, ligne), _sens(cases, cle)):
            if possible:
                pas.setdefault(debut, []).append((cout, fin, cle))
    return pas


def _chemin(pas, debut, fin):
    """(cost, keys) of the cheapest way from one to the other, None without any."""
    vus, restent = set(), [(0, (), debut)]
    while restent:
        cout, cles, ici = heapq.heappop(restent)
        if ici == fin:
            return cout, cles
        if ici not in vus:
            vus.add(ici)
            for plus, suite, cle in pas.get(ici, ()):
                heapq.heappush(restent, (cout + plus, (*cles, cle), suite))
    return None
