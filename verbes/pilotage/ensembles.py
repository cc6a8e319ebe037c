"""Sets of demandes, for figures of a month or of ten years: what was read is a column for each fact, a set is one whole
number, a bit for each demande. Those that two conditions find are an AND, how many they are is a count of bits: no
figure goes over the demandes one by one.
"""
import itertools
from collections import defaultdict

# Of a column of bytes: « 1 » where it is this one.
EST = [b'0' * octet + b'1' + b'0' * (255 - octet) for octet in range(256)]


class Faits:
    """What the figures need of the demandes that were read, {name: its value of each}: a list, or bytes of 0 and 1."""

    def __init__(self, colonnes):
        self.colonnes, self.cache, self.nombre = colonnes, {}, len(colonnes['numero'])

    def groupes(self, nom):
        """{value of a column: the bits of its demandes}: never change it, it is found once for all who ask. Of several
        values (a tuple, a frozenset), each is one. Bits, not an Ensemble: in a cycle it would outlive the figures.
        """
        if nom not in self.cache:
            groupes = defaultdict(int)
            for codes, octets in _coder(self.colonnes[nom]):
                for valeurs, code in codes.items():
                    bits = int(octets.translate(EST[code]), 2)
                    for valeur in valeurs if isinstance(valeurs, tuple | frozenset) else (valeurs,):
                        groupes[valeur] |= bits
            self.cache[nom] = dict(groupes)
        return self.cache[nom]

    def de(self, nom, valeur):
        """The Ensemble of those of a value."""
        return Ensemble(self, self.groupes(nom).get(valeur, 0))

    def entre(self, nom, du, au):
        """The Ensemble of those whose day is one of these."""
        if (nom, du, au) not in self.cache:
            voulus = {jour for jour in set(self.colonnes[nom]) if jour and du <= jour <= au}
            dits = bytes(map(voulus.__contains__, self.colonnes[nom])).translate(EST[1])
            self.cache[nom, du, au] = int(dits or b'0', 2)
        return Ensemble(self, self.cache[nom, du, au])

    def deriver(self, nom, source, dire):
        """A column more, that says something of each value of another one."""
        if nom not in self.colonnes:
            dits = {valeur: dire(valeur) for valeur in set(self.colonnes[source])}
            self.colonnes[nom] = list(map(dits.__getitem__, self.colonnes[source]))


def _coder(colonne):
    """[({value: byte}, a column of these bytes, 255 for the others)], 255 values at a time."""
    if isinstance(colonne, bytearray):
        return [({valeur: valeur for valeur in set(colonne)}, colonne)]
    valeurs = list(set(colonne))
    lots = [{valeur: code for code, valeur in enumerate(valeurs[i:i + 255])} for i in range(0, len(valeurs), 255)]
    return [(codes, bytes(map(codes.get, colonne, itertools.repeat(255)))) for codes in lots]


class Ensemble:
    """Some of the demandes of Faits, a bit each: those of two are an AND, how many they are a count of bits."""
    __slots__ = 'faits', 'bits'

    def __init__(self, faits, bits):
        self.faits, self.bits = faits, bits

    def __len__(self):
        return self.bits.bit_count()

    def __bool__(self):
        return self.bits != 0

    def __and__(self, autre):
        return Ensemble(self.faits, self.bits & autre.bits)

    def __or__(self, autre):
        return Ensemble(self.faits, self.bits | autre.bits)

    def __sub__(self, autre):
        return Ensemble(self.faits, self.bits & ~autre.bits)

    def de(self, nom, valeur):
        """Those of a value of a column."""
        return self & self.faits.de(nom, valeur)

    def groupes(self, nom):
        """{value of a column: Ensemble}, those that are there."""
        siens = {valeur: self.bits & bits for valeur, bits in self.faits.groupes(nom).items()}
        return {valeur: Ensemble(self.faits, bits) for valeur, bits in siens.items() if bits}

    def valeurs(self, nom):
        """Their values of a column, one each."""
        dits = format(self.bits, f'0{max(1, self.faits.nombre)}b').encode()
        return list(itertools.compress(self.faits.colonnes[nom], dits.translate(OUI_OU_NON)))


OUI_OU_NON = bytes.maketrans(b'01', b'\0\1')
