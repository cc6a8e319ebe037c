"""A typewriter's apostrophe between two letters is read curly, on pages and in mails alone (regles.md §10)."""
from conftest import changer_ligne

import langue
import models
from verbes.exploitation import porteur
from verbes.exploitation.environnement import Configuration


def test_une_apostrophe_entre_deux_lettres_se_courbe_pas_dans_une_adresse_un_attribut_un_champ_ni_un_fichier():
    for texte, lu in (
            ("l'eau d'aujourd'hui", 'l’eau d’aujourd’hui'), ("D'ÉPARGNE, l'œuvre", 'D’ÉPARGNE, l’œuvre'),
            ("qu'« Arbon »", 'qu’« Arbon »'), ("o'brien@mairie.example, l'eau", "o'brien@mairie.example, l’eau"),
            ("https://x.fr/l'eau, /d'ici", "https://x.fr/l'eau, /d'ici"), ("plan d'eau.pdf", "plan d'eau.pdf"),
            ("L'eau.\nL'air.", 'L’eau.\nL’air.'), ("'cité', 5'12, fin' et 'début", "'cité', 5'12, fin' et 'début")):
        assert (langue.courber(texte), langue.courber_page(f'<p>{texte}</p>')) == (lu, f'<p>{lu}</p>')
    tel_quel = ('<a href="/d\'ici" title="l&#39;eau">x</a><textarea>l&#39;eau</textarea><option>l\'eau</option>'
                '<code>l\'eau</code><kbd>l\'eau</kbd><a href="/pieces/3">l&#39;acte du jour</a>')
    assert langue.courber_page(tel_quel) == tel_quel
    assert langue.courber_page('<p>l&#39;eau d\'<b>ici</b></p>') == '<p>l’eau d’<b>ici</b></p>'


def test_ce_qui_est_tape_un_export_la_base_gardent_la_leur_et_le_courriel_la_courbe(site, accompagnee, maxime):
    changer_ligne(accompagnee, message="L'eau d'ici", lieu="L'étang")
    form = site.get('/demande').form
    form['message'], form['lieu'] = "L'eau d'ici", "L'étang"
    envoye = form.submit(status=422).body.decode()
    assert "L&#39;eau d&#39;ici</textarea>" in envoye and 'value="L&#39;étang"' in envoye
    page = maxime.get(f'/espace/demandes/{accompagnee.numero}').body.decode()
    assert 'L’eau d’ici' in page and "L&#39;eau d&#39;ici</p>" not in page
    assert "L'eau d'ici" in maxime.get(f'/espace/demandes.csv?q={accompagnee.numero}').body.decode()
    courriel = models.Courriel(destinataire="o'brien@mairie.example", objet="L'accusé", corps="C'est l'eau d'ici.",
                               identifiant='<1@x>', cree_le='2026-11-24T09:00:00Z')
    with models.lecture():
        lettre = porteur.message(courriel, models.Reglage.tous(), Configuration({}))
    assert (lettre['Subject'], lettre.get_content()) == ('L’accusé', 'C’est l’eau d’ici.\n')
    assert lettre['To'] == "o'brien@mairie.example" and courriel.corps == "C'est l'eau d'ici."
