"""Who waits to have a password checked: a third of a second each, two at once, six in all, of the eight workers.

Whoever comes first goes first, but accounts seen on their network go before the others, and take the place of one that
waits when there is none left: a flood of strangers keeps nobody else out. Beyond, a refusal at once, which says to come
back in a few seconds: two workers are always left for pages.
"""
import threading
from collections import deque
from contextlib import contextmanager

from models import Refus

PLACES, A_LA_FOIS = 6, 2
SECONDES = 3                                                        # before who is refused comes back
OCCUPE = 'Beaucoup de connexions arrivent en même temps. Recommencez dans quelques secondes.'


class Guichet:
    """The places: how many are served now, and who waits, each by an object of its own."""

    def __init__(self):
        self.change = threading.Condition()
        self.servis = 0
        self.attendent = {True: deque(), False: deque()}            # known on their network, or not

    @contextmanager
    def passer(self, connu):
        """Wait for one's turn, and hold it; Refus 503 when the places are taken, or when it is given up to another."""
        self._attendre(connu)
        try:
            yield
        finally:
            with self.change:
                self.servis -= 1
                self.change.notify_all()

    def _attendre(self, connu):
        moi = object()
        with self.change:
            if self.servis + sum(map(len, self.attendent.values())) >= PLACES:
                self._prendre_la_place_d_un_autre(connu)
            self.attendent[connu].append(moi)
            while moi in self.attendent[connu] and not self._est_le_tour(moi):
                self.change.wait()
            if moi not in self.attendent[connu]:
                raise Refus(OCCUPE, 503)
            self.attendent[connu].remove(moi)
            self.servis += 1

    def _prendre_la_place_d_un_autre(self, connu):
        """Of the stranger that came last, who has the most to wait for."""
        if not connu or not self.attendent[False]:
            raise Refus(OCCUPE, 503)
        self.attendent[False].pop()
        self.change.notify_all()

    def _est_le_tour(self, moi):
        file = self.attendent[True] or self.attendent[False]
        return self.servis < A_LA_FOIS and file[0] is moi
