"""Where this checkout is: the programs of this folder import it first, then what is at its root or in a room of it."""
import glob
import os
import sys

RACINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [RACINE, *glob.glob(f'{RACINE}/tests/**/', recursive=True)]
