"""What the tests of the contents share: a case whose writes are undone, and what a verb refuses."""
import contextlib

import pytest

import models


@contextlib.contextmanager
def a_defaire():
    """A transaction that is rolled back: the next case finds the world as it was."""
    with models.ecriture(), models.db.atomic() as essai:
        yield
        essai.rollback()


def refus_de(verbe, *arguments, **options):
    with pytest.raises(models.Refus) as refus:
        verbe(*arguments, **options)
    return refus.value
