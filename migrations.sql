-- The schema: one step, in the order of the tables of models.py, then what comes with the software. Until version 1.0
-- it is edited in place, under the next number (SOCLE, VERSION_BASE in models.py): a base of a lower one is refused,
-- and comes through « exporter tout », « importer tout ». From 1.0 on a step that has been delivered is never edited:
-- « -- == N : label == » opens the next. Each step runs once, in one transaction (models.migrer).
--
-- *_le: UTC text (AAAA-MM-JJTHH:MM:SSZ), unless said « jour » (AAAA-MM-JJ, Europe/Paris). id: a number that says
-- nothing. x_id: a row of another table. NULL: not known, or not yet; '': nothing typed. « of STATUTS »: a code of that
-- table of models.py; a list of codes that may grow stands in a trigger (« codes »), for a CHECK is changed only by
-- rebuilding its table. tests/test_base.py compares them.

-- == 8 : socle ==

-- ---- Settings, calendar, texts

CREATE TABLE reglage (  -- a setting: of the settings page, or kept there by the program
  cle TEXT PRIMARY KEY,  -- its name in the program
  valeur TEXT NOT NULL,  -- '': not settled
  libelle TEXT NOT NULL,  -- its label
  aide TEXT NOT NULL DEFAULT '',  -- the help under its field
  ordre INTEGER NOT NULL DEFAULT 0,  -- on the page; 0: internal; < 0: exported, changed elsewhere
  regle_le TEXT  -- jour it was decided; of a dated line, the day typed
) STRICT;

CREATE TABLE fermeture (  -- closing days, which the échéances skip
  id INTEGER PRIMARY KEY,
  du TEXT NOT NULL,  -- jour
  au TEXT NOT NULL CHECK (au >= du),  -- jour, included
  libelle TEXT NOT NULL  -- why: « Noël »
) STRICT;

CREATE TABLE page_legale (  -- the legal pages
  cle TEXT PRIMARY KEY,  -- its address
  titre TEXT NOT NULL,  -- its title
  corps TEXT NOT NULL,  -- Markdown; in braces, settings
  modifie_le TEXT  -- NULL: as it came
) STRICT;

CREATE TABLE modele (  -- the text of each mail (domaine.md §8)
  cle TEXT PRIMARY KEY,  -- its name in the program
  libelle TEXT NOT NULL,  -- what it is, to whom
  objet TEXT NOT NULL,  -- the subject
  corps TEXT NOT NULL,  -- a line whose placeholders are all empty is left out
  reperes TEXT NOT NULL,  -- the placeholders it may use
  avant TEXT NOT NULL DEFAULT ''  -- what it said before an update, if somebody had written it
) STRICT;

-- ---- Who helps

CREATE TABLE structure (  -- who helps: the Département, its partners
  id INTEGER PRIMARY KEY,
  nom TEXT NOT NULL UNIQUE,  -- in full
  sigle TEXT NOT NULL,  -- its short name
  partenaire INTEGER NOT NULL DEFAULT 0 CHECK (partenaire IN (0, 1)),  -- 0: the Département itself
  site TEXT NOT NULL DEFAULT '',  -- https address
  presentation TEXT NOT NULL DEFAULT '',  -- what the public reads of it
  convention_du TEXT,  -- jour: signed
  convention_au TEXT,  -- jour: its last one
  convention_referent TEXT NOT NULL DEFAULT ''  -- who follows it there
) STRICT;

CREATE TABLE direction (  -- a part of a structure, which receives demandes
  id INTEGER PRIMARY KEY,
  structure_id INTEGER NOT NULL REFERENCES structure (id),  -- whose it is
  nom TEXT NOT NULL,  -- unique in its structure
  telephone TEXT NOT NULL DEFAULT '',  -- told to mairies when an agent gives none
  courriel TEXT NOT NULL DEFAULT '',  -- its mailbox
  court TEXT NOT NULL DEFAULT '',  -- its name in a list; '': the whole one
  fermee_le TEXT,  -- jour; a structure is closed when all of its own are
  UNIQUE (structure_id, nom)
) STRICT;

CREATE TABLE agent (  -- an account
  id INTEGER PRIMARY KEY,
  direction_id INTEGER NOT NULL REFERENCES direction (id),  -- where they work
  courriel TEXT NOT NULL UNIQUE,  -- lower case
  prenom TEXT NOT NULL,  -- first name
  nom TEXT NOT NULL,  -- last name
  fonction TEXT NOT NULL DEFAULT '',  -- their job
  telephone_public TEXT NOT NULL DEFAULT '',  -- the one told to mairies
  telephone TEXT NOT NULL DEFAULT '',  -- among agents
  administrateur INTEGER NOT NULL DEFAULT 0 CHECK (administrateur IN (0, 1)),  -- may all
  pilote INTEGER NOT NULL DEFAULT 0 CHECK (pilote IN (0, 1)),  -- stands in for the chefs of the direction
  actif INTEGER NOT NULL DEFAULT 1 CHECK (actif IN (0, 1)),  -- 0: closed
  mot_de_passe TEXT,  -- scrypt$n$r$p$salt$hash; NULL: none yet
  avis_journal TEXT NOT NULL DEFAULT 'quotidien'  -- how they are told of new lines
    CHECK (avis_journal IN ('quotidien', 'immediat', 'jamais')),
  cree_le TEXT NOT NULL,  -- the account
  second_facteur TEXT,  -- secret of RFC 6238, base32; NULL: none
  dernier_pas INTEGER NOT NULL DEFAULT 0,  -- last 30 s step used: never again
  identifiant TEXT,  -- key of its import: the address may change
  ouvert_le TEXT,  -- first sign-in; NULL: none, or closed since
  touches INTEGER NOT NULL DEFAULT 1 CHECK (touches IN (0, 1)),  -- the keys of static/touches.js
  expert INTEGER NOT NULL DEFAULT 0 CHECK (expert IN (0, 1)),  -- « désigner » proposes them first; one a direction
  presentation TEXT NOT NULL DEFAULT '',  -- what they say of themselves in the directory
  territoire TEXT NOT NULL DEFAULT '',  -- where they work, in words
  engage_le TEXT,  -- read the commitments of the convention
  lecteur_au TEXT  -- jour, the last one of a « lecteur »; NULL: an agent
) STRICT;
CREATE INDEX agent_direction ON agent (direction_id);
CREATE UNIQUE INDEX agent_identifiant ON agent (identifiant) WHERE identifiant IS NOT NULL;

CREATE TABLE absence (  -- who is away, and who acts meanwhile
  id INTEGER PRIMARY KEY,
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who is away
  du TEXT NOT NULL,  -- jour
  au TEXT,  -- jour, included; NULL: no known end
  suppleant_id INTEGER REFERENCES agent (id),  -- who acts meanwhile; NULL: nobody
  retour_dit INTEGER NOT NULL DEFAULT 0 CHECK (retour_dit IN (0, 1)),  -- may a mairie and the team read « au »?
  CHECK (du <= au)
) STRICT;
CREATE INDEX absence_agent ON absence (agent_id, du);

CREATE TABLE delegation (  -- par_id acts for pour_id (domaine.md §1, delegataire)
  id INTEGER PRIMARY KEY,
  pour_id INTEGER NOT NULL REFERENCES agent (id),  -- for whom
  par_id INTEGER NOT NULL REFERENCES agent (id),  -- who acts
  du TEXT,  -- jour; NULL: at once
  au TEXT,  -- jour, included; NULL: for good
  CHECK (pour_id <> par_id),
  UNIQUE (pour_id, par_id)
) STRICT;
CREATE INDEX delegation_par ON delegation (par_id);

-- ---- The catalogue

CREATE TABLE theme (  -- a shelf of the catalogue
  id INTEGER PRIMARY KEY,
  nom TEXT NOT NULL UNIQUE,  -- in full
  icone TEXT NOT NULL DEFAULT 'document',  -- of static/icones.svg
  ordre INTEGER NOT NULL DEFAULT 0,  -- in the catalogue
  court TEXT NOT NULL DEFAULT ''  -- its name in a list; '': the whole one
) STRICT;

CREATE TABLE fiche (  -- an accompaniment that is offered
  id INTEGER PRIMARY KEY,  -- its number, in its address
  identifiant TEXT,  -- key of its import: the title may change
  theme_id INTEGER NOT NULL REFERENCES theme (id),  -- its shelf
  direction_id INTEGER NOT NULL REFERENCES direction (id),  -- which answers for it
  titre TEXT NOT NULL,  -- unique in its theme among the published
  resume TEXT NOT NULL,  -- one sentence
  pour_qui TEXT NOT NULL DEFAULT '',  -- in words
  actions TEXT NOT NULL DEFAULT '',  -- one per line
  deroulement TEXT NOT NULL DEFAULT '',  -- one per line, « Titre : phrase »
  a_preparer TEXT NOT NULL DEFAULT '',  -- one per line
  associees TEXT NOT NULL DEFAULT '',  -- one per line
  delai INTEGER NOT NULL CHECK (delai IN (3, 10)),  -- days to call back
  restreinte INTEGER NOT NULL DEFAULT 0 CHECK (restreinte IN (0, 1)),  -- its demandes are, from the deposit
  mots TEXT NOT NULL DEFAULT '',  -- what mairies call it, between commas: for the search
  etat TEXT NOT NULL DEFAULT 'publiee',  -- of ETATS_DE_FICHE
  maj_le TEXT NOT NULL,  -- jour its words changed
  conditions TEXT NOT NULL DEFAULT '',  -- what it costs and asks for; '': told at the first contact
  explication TEXT NOT NULL DEFAULT '',  -- what the public reads of a suspended one
  remplacee_par_id INTEGER REFERENCES fiche (id)  -- where the address of an archived one leads
) STRICT;
CREATE UNIQUE INDEX fiche_identifiant ON fiche (identifiant) WHERE identifiant IS NOT NULL;
CREATE UNIQUE INDEX fiche_titre ON fiche (theme_id, titre) WHERE etat = 'publiee';
CREATE INDEX fiche_theme ON fiche (theme_id, titre);
CREATE TRIGGER fiche_codes BEFORE INSERT ON fiche
WHEN NEW.etat NOT IN ('brouillon', 'publiee', 'suspendue', 'archivee')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER fiche_codes_change BEFORE UPDATE OF etat ON fiche
WHEN NEW.etat NOT IN ('brouillon', 'publiee', 'suspendue', 'archivee')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;

CREATE TABLE version (  -- what a fiche, a page, a contenu has said, or what is proposed that it say
  id INTEGER PRIMARY KEY,
  genre TEXT NOT NULL,  -- of GENRES_DE_VERSION
  objet TEXT NOT NULL,  -- the id, or the key, of what it is of
  numero INTEGER,  -- 1, 2…; NULL: only proposed
  etat TEXT NOT NULL CHECK (etat IN ('publiee', 'remplacee', 'a_relire', 'refusee')),  -- what became of it
  champs TEXT NOT NULL,  -- JSON, {field: words}; of a proposal, those it changes
  changes TEXT NOT NULL DEFAULT '',  -- the fields it changed, between spaces
  sur INTEGER,  -- of a proposal: the numero it was written upon
  pourquoi TEXT NOT NULL,  -- in words
  agent_id INTEGER REFERENCES agent (id),  -- who wrote it
  auteur TEXT NOT NULL,  -- their name as it was
  cree_le TEXT NOT NULL,  -- written
  decide_par_id INTEGER REFERENCES agent (id),  -- who answered a proposal
  decideur TEXT NOT NULL DEFAULT '',  -- their name as it was
  decide_le TEXT,  -- when
  reponse TEXT NOT NULL DEFAULT ''  -- what they said
) STRICT;
CREATE UNIQUE INDEX version_numero ON version (genre, objet, numero) WHERE numero IS NOT NULL;
CREATE INDEX version_objet ON version (genre, objet, id);
CREATE INDEX version_a_relire ON version (genre, objet) WHERE etat = 'a_relire';
CREATE TRIGGER version_codes BEFORE INSERT ON version WHEN NEW.genre NOT IN ('fiche', 'page', 'contenu')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;

CREATE TABLE document (  -- a published file (a piece is of a demande)
  id INTEGER PRIMARY KEY,  -- its number, in its address
  genre TEXT NOT NULL,  -- of GENRES_DE_DOCUMENT
  objet TEXT NOT NULL,  -- the id of what it is joined to
  titre TEXT NOT NULL,  -- of an image: its text alternative
  nom TEXT NOT NULL,  -- of the file
  type TEXT NOT NULL,  -- its extension, which its bytes agree with
  taille INTEGER NOT NULL,  -- bytes
  sha256 TEXT NOT NULL,  -- of its bytes
  agent_id INTEGER REFERENCES agent (id),  -- who joined it
  ajoute_le TEXT NOT NULL,  -- joined
  contenu BLOB NOT NULL,  -- its bytes
  accessible TEXT NOT NULL DEFAULT '',  -- oui, non; '': not known
  a_qui TEXT NOT NULL DEFAULT '',  -- whom to ask for an accessible one
  legende TEXT NOT NULL DEFAULT '',  -- of an image
  credit TEXT NOT NULL DEFAULT '',  -- of an image
  moment TEXT NOT NULL DEFAULT '',  -- of a projet: avant, apres
  largeur INTEGER,  -- pixels
  hauteur INTEGER,  -- pixels
  droit TEXT NOT NULL DEFAULT '',  -- its author, and the right to publish it
  personnes TEXT NOT NULL DEFAULT '',  -- aucune, accords; '': not said yet
  accords_par TEXT NOT NULL DEFAULT '',  -- who keeps the written agreements
  retire_le TEXT  -- withdrawn: its bytes are gone
) STRICT;
CREATE INDEX document_objet ON document (genre, objet, id);
CREATE TRIGGER document_codes BEFORE INSERT ON document WHEN NEW.genre NOT IN ('fiche', 'contenu', 'image', 'accord')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
-- An image is served under its type.
CREATE TRIGGER document_image BEFORE INSERT ON document
WHEN NEW.genre = 'image' AND NEW.type NOT IN ('jpg', 'png', 'webp')
BEGIN SELECT RAISE(ABORT, 'type d''image'); END;

CREATE TABLE sans_reponse (  -- a search of the public that no fiche answered: its words alone
  mots TEXT NOT NULL PRIMARY KEY,  -- between spaces
  nombre INTEGER NOT NULL,  -- how many times
  vu_le TEXT NOT NULL,  -- jour, the last one
  jours INTEGER NOT NULL DEFAULT 1  -- on how many days
) STRICT;

CREATE TABLE porte (  -- « Autres portes »: an organisme outside the Plateforme
  id INTEGER PRIMARY KEY,
  organisme TEXT NOT NULL,  -- its name
  objet TEXT NOT NULL,  -- what a mairie asks for there
  service TEXT NOT NULL DEFAULT '',  -- whom to ask for
  telephone TEXT NOT NULL DEFAULT '',  -- ten digits
  texte TEXT NOT NULL DEFAULT '',  -- ready for the mairie
  verifie_le TEXT NOT NULL  -- jour
) STRICT;

CREATE TABLE pilotage (  -- chef de file and co-chefs of a fiche
  fiche_id INTEGER NOT NULL REFERENCES fiche (id) ON DELETE CASCADE,  -- of which
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who
  rang INTEGER NOT NULL DEFAULT 0,  -- 0: the chef de file
  PRIMARY KEY (fiche_id, agent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pilotage_agent ON pilotage (agent_id);

-- ---- Collectivités

CREATE TABLE collectivite (  -- communes, EPCI, syndicats
  id INTEGER PRIMARY KEY,
  siren TEXT NOT NULL,  -- unique among those not replaced
  insee TEXT,  -- of a commune; unique in the same way
  type TEXT NOT NULL,  -- of TYPES
  nom TEXT NOT NULL,  -- in full
  cherche TEXT NOT NULL,  -- normaliser(nom)
  codes_postaux TEXT NOT NULL DEFAULT '',  -- between spaces
  population INTEGER NOT NULL DEFAULT 0,  -- inhabitants
  arrondissement TEXT NOT NULL DEFAULT '',  -- its name
  epci_id INTEGER REFERENCES collectivite (id),  -- its intercommunalité
  courriel TEXT NOT NULL DEFAULT '',  -- the official address, when known
  telephone TEXT NOT NULL DEFAULT '',  -- its own
  remplacee_par_id INTEGER REFERENCES collectivite (id),  -- merged into
  jusqu_au TEXT,  -- jour, its last one
  depuis TEXT,  -- jour, its first one; NULL: always
  epci_suivant_id INTEGER REFERENCES collectivite (id),  -- its EPCI from epci_le on
  epci_le TEXT,  -- jour
  sans_lettre INTEGER NOT NULL DEFAULT 0 CHECK (sans_lettre IN (0, 1)),  -- wants no letter
  canton TEXT NOT NULL DEFAULT '',  -- a filter, no more (domaine.md §7)
  petr TEXT NOT NULL DEFAULT '',  -- the same
  secteur TEXT NOT NULL DEFAULT ''  -- the same
) STRICT;
CREATE UNIQUE INDEX collectivite_siren ON collectivite (siren) WHERE remplacee_par_id IS NULL;
CREATE UNIQUE INDEX collectivite_insee ON collectivite (insee) WHERE insee IS NOT NULL AND remplacee_par_id IS NULL;
CREATE INDEX collectivite_cherche ON collectivite (cherche);
CREATE INDEX collectivite_epci ON collectivite (epci_id);
CREATE INDEX collectivite_remplacee ON collectivite (remplacee_par_id) WHERE remplacee_par_id IS NOT NULL;

CREATE TABLE adhesion (  -- which collectivité is a member of which structure
  collectivite_id INTEGER NOT NULL REFERENCES collectivite (id),  -- who
  structure_id INTEGER NOT NULL REFERENCES structure (id),  -- of which
  depuis TEXT,  -- jour
  jusqu_au TEXT,  -- jour, its last one
  PRIMARY KEY (collectivite_id, structure_id)
) STRICT;
CREATE INDEX adhesion_structure ON adhesion (structure_id);

-- ---- Demandes

CREATE TABLE demande (  -- what a collectivité asks for
  numero INTEGER PRIMARY KEY AUTOINCREMENT,  -- goes up by one, never reused
  version INTEGER NOT NULL DEFAULT 1,  -- goes up at each change: a stale page is refused
  jeton TEXT NOT NULL UNIQUE,  -- the tracking link, 128 random bits
  cle TEXT UNIQUE,  -- one-time key of the form
  empreinte TEXT,  -- sha256 of what was typed
  origine TEXT NOT NULL CHECK (origine IN ('plateforme', 'direct')),  -- direct: typed by an agent (cas 2)
  statut TEXT NOT NULL  -- of STATUTS
    CHECK (statut IN ('attribue_admin', 'receptionne_admin', 'attribue_chef', 'receptionne_chef', 'attribue_expert',
      'receptionne_expert', 'en_cours', 'termine', 'rejete', 'abandonne')),
  etape INTEGER NOT NULL DEFAULT 1,  -- the furthest step shown to the demandeur (§2)
  depose_le TEXT NOT NULL,  -- received
  clos_le TEXT,  -- closed
  delai INTEGER CHECK (delai IN (3, 10)),  -- days promised; NULL: no clock
  echeance TEXT,  -- jour to call back by; NULL: no clock
  date_a_tenir TEXT,  -- jour, told by the mairie
  premier_contact_le TEXT,  -- jour; only a « joint » sets it
  restreinte INTEGER NOT NULL DEFAULT 0 CHECK (restreinte IN (0, 1)),  -- read by its team alone
  theme_id INTEGER REFERENCES theme (id),  -- of the fiche, or chosen alone
  fiche_id INTEGER REFERENCES fiche (id),  -- NULL: demande libre
  structure_id INTEGER REFERENCES structure (id),  -- of the first chef de file, for the list
  direction_id INTEGER REFERENCES direction (id),  -- the same
  collectivite_id INTEGER REFERENCES collectivite (id),  -- NULL: « à rattacher »
  collectivite TEXT NOT NULL,  -- its name, as chosen or typed
  type TEXT NOT NULL,  -- of TYPES
  lieu TEXT NOT NULL DEFAULT '',  -- where, in words
  message TEXT NOT NULL,  -- what is asked for
  civilite TEXT NOT NULL DEFAULT '',  -- who asks, the Maire or Président·e
  nom TEXT NOT NULL DEFAULT '',  -- the same
  prenom TEXT NOT NULL DEFAULT '',  -- the same
  rappel_nom TEXT NOT NULL DEFAULT '',  -- who to call back; '': who asks
  rappel_prenom TEXT NOT NULL DEFAULT '',  -- the same
  rappel_fonction TEXT NOT NULL DEFAULT '',  -- the same
  courriel TEXT NOT NULL DEFAULT '',  -- where to reach them
  telephone TEXT NOT NULL DEFAULT '',  -- the same
  a_confirmer INTEGER NOT NULL DEFAULT 0 CHECK (a_confirmer IN (0, 1)),  -- its e-mail is to be checked
  saisie_par_id INTEGER REFERENCES agent (id),  -- who typed it (cas 2)
  recue_le TEXT,  -- jour (cas 2)
  voie TEXT NOT NULL DEFAULT '',  -- of VOIES (cas 2)
  issue TEXT NOT NULL DEFAULT '',  -- of ISSUES, REPONSES, ECARTS; '': open
  synthese TEXT NOT NULL DEFAULT '',  -- of the closing, among agents
  texte_final TEXT NOT NULL DEFAULT '',  -- what an agent wrote to the demandeur
  organisme TEXT NOT NULL DEFAULT '',  -- « réorientée vers … »
  accord TEXT NOT NULL DEFAULT '',  -- of the chef de file, at the orientation
  prochaine_etape_le TEXT,  -- jour
  importee INTEGER NOT NULL DEFAULT 0 CHECK (importee IN (0, 1)),  -- by an import
  titre_depose TEXT NOT NULL DEFAULT '',  -- the title of the fiche on the day of the deposit
  reprise INTEGER NOT NULL DEFAULT 0 CHECK (reprise IN (0, 1)),  -- imported, no act since: no clock
  collectivite_tri TEXT NOT NULL DEFAULT '',  -- normaliser(collectivite): the order of the list
  question_le TEXT,  -- « Avez-vous été rappelé·e ? » was mailed
  rappele TEXT NOT NULL DEFAULT '' CHECK (rappele IN ('', 'oui', 'pas_encore')),  -- the answer, of RAPPELE
  rappele_le TEXT,  -- of the answer
  quand_joindre TEXT NOT NULL DEFAULT '',  -- in words
  organisme_telephone TEXT NOT NULL DEFAULT '',  -- of the organisme
  transmission TEXT NOT NULL DEFAULT ''  -- who tells the organisme, of TRANSMISSIONS
    CHECK (transmission IN ('', 'nous', 'vous')),
  transmise_le TEXT,  -- jour
  repondu_le TEXT,  -- jour of the answer that closed it
  doublon_de INTEGER REFERENCES demande (numero),  -- of a duplicate: the one that goes on
  essai INTEGER NOT NULL DEFAULT 0 CHECK (essai IN (0, 1)),  -- made before the opening: outside every figure
  interlocuteur_depuis TEXT,  -- jour since which they are to be confirmed; NULL: known
  message_le TEXT,  -- last message that no act has followed; triggers of journal write it
  ampleur TEXT NOT NULL DEFAULT '' CHECK (ampleur IN ('', 'echange', 'jours', 'projet'))  -- of AMPLEURS
) STRICT;
CREATE INDEX demande_statut ON demande (statut, numero);
CREATE INDEX demande_theme ON demande (theme_id, numero);
CREATE INDEX demande_fiche ON demande (fiche_id, numero);
CREATE INDEX demande_direction ON demande (direction_id, numero);
CREATE INDEX demande_collectivite ON demande (collectivite_id, numero);
CREATE INDEX demande_type ON demande (type, numero);
CREATE INDEX demande_depot ON demande (depose_le, numero);
CREATE INDEX demande_courriel ON demande (courriel, depose_le);
CREATE INDEX demande_retard ON demande (echeance, numero) WHERE clos_le IS NULL AND premier_contact_le IS NULL;
CREATE INDEX demande_ouverte ON demande (statut, numero) WHERE clos_le IS NULL;
CREATE INDEX demande_a_tenir ON demande (date_a_tenir, numero) WHERE clos_le IS NULL AND date_a_tenir IS NOT NULL;
CREATE INDEX demande_restreinte ON demande (numero) WHERE restreinte = 1;
CREATE INDEX demande_echeance ON demande (echeance, numero);
CREATE INDEX demande_nom ON demande (collectivite_tri, numero);
CREATE INDEX demande_reprise ON demande (numero) WHERE reprise = 1;
CREATE INDEX demande_doublon ON demande (doublon_de) WHERE doublon_de IS NOT NULL;
CREATE INDEX demande_essai ON demande (numero) WHERE essai = 1;
CREATE INDEX demande_interlocuteur ON demande (numero) WHERE interlocuteur_depuis IS NOT NULL;
CREATE INDEX demande_a_rattacher ON demande (collectivite_tri, numero) WHERE collectivite_id IS NULL;
CREATE INDEX demande_relancee ON demande (numero) WHERE clos_le IS NOT NULL AND message_le >= clos_le;
-- « Doublon possible »: the open ones of a collectivité on the same fiche.
CREATE INDEX demande_doublable ON demande (collectivite_id, fiche_id, numero) WHERE clos_le IS NULL;

-- ---- Contents

CREATE TABLE groupe (  -- a groupe de travail, whose animateur publishes its documents
  id INTEGER PRIMARY KEY,
  nom TEXT NOT NULL UNIQUE,  -- in full
  animateur_id INTEGER REFERENCES agent (id),  -- NULL: nobody
  ferme_le TEXT  -- jour
) STRICT;

CREATE TABLE contenu (  -- what the site shows, or what contributeurs share
  id INTEGER PRIMARY KEY,  -- its number, in its address
  genre TEXT NOT NULL,  -- of GENRES_DE_CONTENU
  etat TEXT NOT NULL DEFAULT 'brouillon',  -- of ETATS_DE_CONTENU
  audience TEXT NOT NULL DEFAULT 'public',  -- of AUDIENCES
  titre TEXT NOT NULL,  -- its title
  resume TEXT NOT NULL DEFAULT '',  -- a few lines
  corps TEXT NOT NULL DEFAULT '',  -- Markdown
  theme_id INTEGER REFERENCES theme (id),  -- its shelf
  structure_id INTEGER REFERENCES structure (id),  -- whose it is
  agent_id INTEGER REFERENCES agent (id),  -- who proposed it
  cree_le TEXT NOT NULL,  -- proposed
  modifie_le TEXT NOT NULL,  -- its words
  publie_le TEXT,  -- jour, its first one
  expire_le TEXT,  -- jour, its last one; NULL: none
  retire_le TEXT,  -- withdrawn
  relu_par TEXT NOT NULL DEFAULT '',  -- who read it with the période électorale in mind
  debut_le TEXT,  -- évènement: jour
  debut_a TEXT NOT NULL DEFAULT '',  -- HH:MM in Paris; '': the whole day
  fin_le TEXT,  -- jour
  fin_a TEXT NOT NULL DEFAULT '',  -- HH:MM
  lieu TEXT NOT NULL DEFAULT '',  -- where, in words
  inscription TEXT NOT NULL DEFAULT '',  -- an https address, or an e-mail
  inscription_au TEXT,  -- jour, the last one to do so
  nature TEXT NOT NULL DEFAULT '',  -- of NATURES_DE_RESSOURCE, NATURES_DE_DOCUMENT
  verifie_le TEXT,  -- ressource: jour
  a_revoir_le TEXT,  -- ressource: jour
  classe TEXT NOT NULL DEFAULT '',  -- document: of CLASSES_DE_DOCUMENT
  groupe_id INTEGER REFERENCES groupe (id),  -- document: of which groupe
  seance_le TEXT,  -- document: jour of the meeting
  a_qui TEXT NOT NULL DEFAULT '',  -- document: whom to ask for it
  collectivite_id INTEGER REFERENCES collectivite (id),  -- projet: whose
  annee INTEGER,  -- projet: when it was done
  cout TEXT NOT NULL DEFAULT '',  -- projet: in words
  demande_id INTEGER REFERENCES demande (numero),  -- projet: from which it was drafted
  accord_par TEXT NOT NULL DEFAULT '',  -- who, there, agreed to its publication
  accord_le TEXT,  -- jour
  accord_retire_le TEXT  -- jour
) STRICT;
CREATE INDEX contenu_public ON contenu (genre, publie_le) WHERE etat = 'publie';
CREATE INDEX contenu_agent ON contenu (agent_id);
CREATE INDEX contenu_demande ON contenu (demande_id) WHERE demande_id IS NOT NULL;
CREATE TRIGGER contenu_codes BEFORE INSERT ON contenu
WHEN NEW.genre NOT IN ('actualite', 'ressource', 'projet', 'evenement', 'document')
  OR NEW.etat NOT IN ('brouillon', 'a_valider', 'publie', 'retire') OR NEW.audience NOT IN ('public', 'contributeurs')
  OR NEW.nature NOT IN ('', 'guide', 'deliberation', 'cahier', 'convention', 'reglement', 'modele', 'ordre_du_jour',
                        'compte_rendu', 'decisions', 'support', 'autre')
  OR NEW.classe NOT IN ('', 'supports', 'comite', 'groupe')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER contenu_codes_change BEFORE UPDATE ON contenu
WHEN NEW.genre <> OLD.genre
  OR NEW.etat NOT IN ('brouillon', 'a_valider', 'publie', 'retire') OR NEW.audience NOT IN ('public', 'contributeurs')
  OR NEW.nature NOT IN ('', 'guide', 'deliberation', 'cahier', 'convention', 'reglement', 'modele', 'ordre_du_jour',
                        'compte_rendu', 'decisions', 'support', 'autre')
  OR NEW.classe NOT IN ('', 'supports', 'comite', 'groupe')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
-- Pages count with these days and hours.
CREATE TRIGGER contenu_jours BEFORE INSERT ON contenu
WHEN (NEW.publie_le IS NOT NULL AND date(NEW.publie_le) IS NOT NEW.publie_le)
  OR (NEW.expire_le IS NOT NULL AND date(NEW.expire_le) IS NOT NEW.expire_le)
  OR (NEW.debut_le IS NOT NULL AND date(NEW.debut_le) IS NOT NEW.debut_le)
  OR (NEW.fin_le IS NOT NULL AND date(NEW.fin_le) IS NOT NEW.fin_le)
  OR (NEW.inscription_au IS NOT NULL AND date(NEW.inscription_au) IS NOT NEW.inscription_au)
  OR (NEW.verifie_le IS NOT NULL AND date(NEW.verifie_le) IS NOT NEW.verifie_le)
  OR (NEW.a_revoir_le IS NOT NULL AND date(NEW.a_revoir_le) IS NOT NEW.a_revoir_le)
  OR (NEW.seance_le IS NOT NULL AND date(NEW.seance_le) IS NOT NEW.seance_le)
  OR (NEW.accord_le IS NOT NULL AND date(NEW.accord_le) IS NOT NEW.accord_le)
  OR (NEW.accord_retire_le IS NOT NULL AND date(NEW.accord_retire_le) IS NOT NEW.accord_retire_le)
  OR (NEW.debut_a <> '' AND time(NEW.debut_a) IS NOT NEW.debut_a || ':00')
  OR (NEW.fin_a <> '' AND time(NEW.fin_a) IS NOT NEW.fin_a || ':00')
BEGIN SELECT RAISE(ABORT, 'jour ou heure'); END;

CREATE TABLE contenu_fiche (  -- the fiches a contenu goes with
  contenu_id INTEGER NOT NULL REFERENCES contenu (id),  -- which
  fiche_id INTEGER NOT NULL REFERENCES fiche (id),  -- with which
  PRIMARY KEY (contenu_id, fiche_id)
) STRICT;
CREATE INDEX contenu_fiche_fiche ON contenu_fiche (fiche_id);

CREATE TABLE contenu_collectivite (  -- the collectivités it is about, besides that of a projet
  contenu_id INTEGER NOT NULL REFERENCES contenu (id),  -- which
  collectivite_id INTEGER NOT NULL REFERENCES collectivite (id),  -- about which
  PRIMARY KEY (contenu_id, collectivite_id)
) STRICT;
CREATE INDEX contenu_collectivite_collectivite ON contenu_collectivite (collectivite_id);

CREATE TABLE contenu_structure (  -- the structures that a projet names: each reads it before it is published
  contenu_id INTEGER NOT NULL REFERENCES contenu (id),  -- which
  structure_id INTEGER NOT NULL REFERENCES structure (id),  -- named
  lu_le TEXT,  -- it was read
  lu_par_id INTEGER REFERENCES agent (id),  -- by whom
  correction TEXT NOT NULL DEFAULT '',  -- what it asks to have corrected
  PRIMARY KEY (contenu_id, structure_id)
) STRICT;
CREATE INDEX contenu_structure_structure ON contenu_structure (structure_id);

-- ---- What figures and the map read

CREATE TABLE evaluation (  -- what the mairie says of an accompaniment that is over, once (domaine.md §11)
  demande_id INTEGER PRIMARY KEY REFERENCES demande (numero),  -- of which
  demandee_le TEXT NOT NULL,  -- by the closing mail
  repondu_le TEXT,  -- answered
  aide TEXT NOT NULL DEFAULT '',  -- of AIDES (verbes/pilotage/evaluation.py)
  permis TEXT NOT NULL DEFAULT '',  -- of PERMIS
  texte TEXT NOT NULL DEFAULT '',  -- in their words
  citable INTEGER NOT NULL DEFAULT 0 CHECK (citable IN (0, 1)),  -- may it be quoted?
  citation TEXT NOT NULL DEFAULT '',  -- what may be, names removed; '': not kept
  gardee_le TEXT,  -- kept
  gardee_par_id INTEGER REFERENCES agent (id)  -- by whom
) STRICT;

CREATE TABLE contour (  -- the outline of a commune, on the grid of the map (verbes/pilotage/carte.py)
  insee TEXT PRIMARY KEY,  -- of which
  traces TEXT NOT NULL  -- JSON: [[[x, y], …], …]
) STRICT;

-- ---- Of a demande: its team, its journal, its files, its mails

CREATE TABLE demande_commune (  -- « Communes concernées » of an EPCI
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- of which
  collectivite_id INTEGER NOT NULL REFERENCES collectivite (id),  -- the commune
  PRIMARY KEY (demande_id, collectivite_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX demande_commune_collectivite ON demande_commune (collectivite_id);

CREATE TABLE membre (  -- the team of a demande
  id INTEGER PRIMARY KEY,
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- of which
  role TEXT NOT NULL CHECK (role IN ('chef_de_file', 'referent', 'associe')),  -- of ROLES
  rang INTEGER NOT NULL DEFAULT 0,  -- 0: the chef de file, then the co-chefs
  agent_id INTEGER REFERENCES agent (id),  -- NULL: a structure, its person named later
  structure_id INTEGER NOT NULL REFERENCES structure (id),  -- theirs on that day
  direction_id INTEGER REFERENCES direction (id),  -- the same
  depuis_le TEXT NOT NULL,  -- joined
  CHECK (agent_id IS NOT NULL OR role = 'associe')
) STRICT;
CREATE UNIQUE INDEX membre_un ON membre (demande_id, role, agent_id) WHERE agent_id IS NOT NULL;
CREATE UNIQUE INDEX membre_referent ON membre (demande_id) WHERE role = 'referent';
CREATE INDEX membre_demande ON membre (demande_id, role, rang);
CREATE INDEX membre_agent ON membre (agent_id, demande_id);
CREATE INDEX membre_structure ON membre (structure_id, demande_id);
CREATE INDEX membre_direction ON membre (direction_id, demande_id);

CREATE TABLE journal (  -- the lines of a demande, only added to
  id INTEGER PRIMARY KEY,
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- of which
  cree_le TEXT NOT NULL,  -- written
  nature TEXT NOT NULL,  -- of NATURES, NATURES_PLATEFORME
  acte_le TEXT,  -- jour of what it tells
  statut TEXT,  -- the one reached, for nature 'statut'
  agent_id INTEGER REFERENCES agent (id),  -- NULL: the platform, or the demandeur
  pour_id INTEGER REFERENCES agent (id),  -- « par A, pour B »
  auteur TEXT NOT NULL,  -- the name as it was
  structure TEXT NOT NULL DEFAULT '',  -- theirs, as it was
  texte TEXT NOT NULL DEFAULT '',  -- what it says
  corrige_id INTEGER REFERENCES journal (id),  -- the line this one corrects
  CHECK ((nature = 'statut') = (statut IS NOT NULL))
) STRICT;
CREATE INDEX journal_demande ON journal (demande_id, cree_le, id);
CREATE INDEX journal_corrige ON journal (corrige_id) WHERE corrige_id IS NOT NULL;
CREATE INDEX journal_date ON journal (cree_le);
CREATE INDEX journal_message ON journal (demande_id, cree_le) WHERE nature = 'message';
-- What figures look for: the few lines of each, by demande.
CREATE INDEX journal_proposition ON journal (demande_id, acte_le) WHERE nature = 'proposition';
CREATE INDEX journal_rejet ON journal (demande_id) WHERE statut = 'rejete';
CREATE INDEX journal_orientee ON journal (demande_id, cree_le) WHERE statut = 'attribue_chef' AND agent_id IS NOT NULL;
CREATE TRIGGER journal_codes BEFORE INSERT ON journal
WHEN NEW.nature NOT IN ('note', 'appel', 'courriel', 'visite', 'reunion', 'proposition', 'livrable', 'relation',
  'depot', 'statut', 'equipe', 'contact', 'message', 'envoi', 'correction')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER journal_sans_modification BEFORE UPDATE ON journal WHEN NOT EXISTS (SELECT 1 FROM purge)
BEGIN SELECT RAISE(ABORT, 'le journal ne se modifie pas'); END;
CREATE TRIGGER journal_sans_suppression BEFORE DELETE ON journal WHEN NOT EXISTS (SELECT 1 FROM purge)
BEGIN SELECT RAISE(ABORT, 'le journal ne se supprime pas'); END;
-- INSERT OR REPLACE deletes without waking the trigger above.
CREATE TRIGGER journal_sans_remplacement BEFORE INSERT ON journal
WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM journal WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'le journal ne se modifie pas'); END;
-- An id that SQLite will choose is still -1 before the insertion.
CREATE TRIGGER journal_numeros AFTER INSERT ON journal WHEN NEW.id <= 0
BEGIN SELECT RAISE(ABORT, 'le journal : numéro hors des limites'); END;
-- These two alone write demande.message_le: « Ma journée » finds there the closed demandes that somebody wrote to.
CREATE TRIGGER journal_message_recu AFTER INSERT ON journal WHEN NEW.nature = 'message' BEGIN
  UPDATE demande SET message_le = max(coalesce(message_le, ''), NEW.cree_le) WHERE numero = NEW.demande_id;
END;
CREATE TRIGGER journal_message_suivi AFTER INSERT ON journal
WHEN NEW.nature IN ('statut', 'equipe', 'contact') AND NEW.agent_id IS NOT NULL BEGIN
  UPDATE demande SET message_le = NULL WHERE numero = NEW.demande_id AND message_le <= NEW.cree_le;
END;

CREATE TABLE piece (  -- a file of a demande; gigabytes, never rebuilt
  id INTEGER PRIMARY KEY,
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- of which
  journal_id INTEGER REFERENCES journal (id),  -- the line it came with
  agent_id INTEGER REFERENCES agent (id),  -- NULL: the demandeur
  nom TEXT NOT NULL,  -- of the file
  taille INTEGER NOT NULL,  -- bytes
  sha256 TEXT NOT NULL,  -- of its bytes
  depose_le TEXT NOT NULL,  -- received
  contenu BLOB NOT NULL  -- its bytes
) STRICT;
CREATE INDEX piece_demande ON piece (demande_id, id);
CREATE INDEX piece_journal ON piece (journal_id);

CREATE TABLE courriel (  -- a mail, written in the transaction of what it tells
  id INTEGER PRIMARY KEY,
  identifiant TEXT NOT NULL UNIQUE,  -- the Message-ID, the same at each try
  demande_id INTEGER REFERENCES demande (numero),  -- about which
  agent_id INTEGER REFERENCES agent (id),  -- NULL: the demandeur, or a mailbox
  pour TEXT NOT NULL,  -- of DESTINATAIRES
  destinataire TEXT NOT NULL,  -- the address
  modele TEXT NOT NULL,  -- its key
  objet TEXT NOT NULL,  -- the subject
  corps TEXT NOT NULL,  -- '': emptied
  secret INTEGER NOT NULL DEFAULT 0 CHECK (secret IN (0, 1)),  -- carries a one-time link: emptied once sent
  cree_le TEXT NOT NULL,  -- written
  essais INTEGER NOT NULL DEFAULT 0,  -- tries
  a_partir_de TEXT NOT NULL,  -- instant: not before
  pris_le TEXT,  -- by the carrier, for ten minutes
  envoye_le TEXT,  -- accepted by the relay
  echec_le TEXT,  -- given up
  raison TEXT NOT NULL DEFAULT '',  -- what the relay said
  marque TEXT UNIQUE  -- of a reminder: never twice the same
) STRICT;
CREATE INDEX courriel_attente ON courriel (a_partir_de, id) WHERE envoye_le IS NULL AND echec_le IS NULL;
CREATE INDEX courriel_demande ON courriel (demande_id, id);
CREATE INDEX courriel_echec ON courriel (demande_id) WHERE echec_le IS NOT NULL;
CREATE INDEX courriel_envoi ON courriel (envoye_le) WHERE corps <> '' AND envoye_le IS NOT NULL;
-- How many « avis de dépôt » a day to one official address.
CREATE INDEX courriel_avis ON courriel (destinataire, cree_le) WHERE modele = 'avis_depot';
CREATE TRIGGER courriel_codes BEFORE INSERT ON courriel
WHEN NEW.pour NOT IN ('demandeur', 'collectivite', 'agent', 'direction')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER courriel_codes_change BEFORE UPDATE OF pour ON courriel
WHEN NEW.pour NOT IN ('demandeur', 'collectivite', 'agent', 'direction')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;

-- ---- Accounts

CREATE TABLE session (  -- who is signed in
  empreinte TEXT PRIMARY KEY,  -- sha256 of the cookie
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who
  cree_le TEXT NOT NULL,  -- signed in
  vu_le TEXT NOT NULL,  -- last page
  origine TEXT NOT NULL DEFAULT 'mot_de_passe',  -- mot_de_passe, sso
  adresse TEXT NOT NULL DEFAULT ''  -- of the client, at the sign-in
) STRICT, WITHOUT ROWID;
CREATE INDEX session_agent ON session (agent_id);

CREATE TABLE reseau (  -- the networks an account has signed in from, for a time
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who
  adresse TEXT NOT NULL,  -- IPv4, or IPv6 /48
  vu_le TEXT NOT NULL,  -- last sign-in
  PRIMARY KEY (agent_id, adresse)
) STRICT, WITHOUT ROWID;

CREATE TABLE lien (  -- one-time links
  empreinte TEXT PRIMARY KEY,  -- sha256 of the link
  agent_id INTEGER REFERENCES agent (id),  -- NULL: of someone who has no account
  usage TEXT NOT NULL,  -- of LIENS
  expire_le TEXT NOT NULL,  -- instant
  utilise_le TEXT  -- used
) STRICT, WITHOUT ROWID;
CREATE INDEX lien_agent ON lien (agent_id);
CREATE TRIGGER lien_codes BEFORE INSERT ON lien WHEN NEW.usage NOT IN ('invitation', 'mot_de_passe')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER lien_codes_change BEFORE UPDATE OF usage ON lien WHEN NEW.usage NOT IN ('invitation', 'mot_de_passe')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;

CREATE TABLE code_secours (  -- a recovery code not used yet
  empreinte TEXT PRIMARY KEY,  -- sha256 of the code
  agent_id INTEGER NOT NULL REFERENCES agent (id)  -- whose
) STRICT, WITHOUT ROWID;
CREATE INDEX code_secours_agent ON code_secours (agent_id);

-- ---- Traces

CREATE TABLE audit (  -- what was done to accounts, settings, exports; only added to
  id INTEGER PRIMARY KEY,
  fait_le TEXT NOT NULL,  -- when
  agent_id INTEGER REFERENCES agent (id),  -- who; NULL: the platform, a stranger
  fait TEXT NOT NULL,  -- what, in words that README lists
  detail TEXT NOT NULL DEFAULT '',  -- never what a setting or a message says
  adresse TEXT NOT NULL DEFAULT '',  -- of the client, for what a stranger may do
  nombre INTEGER NOT NULL DEFAULT 1,  -- how many times, in one minute
  objet TEXT NOT NULL DEFAULT ''  -- what it is about: « porte:12 »
) STRICT;
CREATE INDEX audit_date ON audit (fait_le);
-- The last sign-in of each account, without reading the audit.
CREATE INDEX audit_connexion ON audit (agent_id, fait_le) WHERE fait = 'connexion';
CREATE INDEX audit_objet ON audit (objet, id) WHERE objet <> '';
CREATE TRIGGER audit_sans_modification BEFORE UPDATE ON audit WHEN NOT EXISTS (SELECT 1 FROM purge)
BEGIN SELECT RAISE(ABORT, 'l''audit ne se modifie pas'); END;
CREATE TRIGGER audit_sans_suppression BEFORE DELETE ON audit WHEN NOT EXISTS (SELECT 1 FROM purge)
BEGIN SELECT RAISE(ABORT, 'l''audit ne se supprime pas'); END;
CREATE TRIGGER audit_sans_remplacement BEFORE INSERT ON audit
WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'l''audit ne se modifie pas'); END;
CREATE TRIGGER audit_numeros AFTER INSERT ON audit WHEN NEW.id <= 0
BEGIN SELECT RAISE(ABORT, 'l''audit : numéro hors des limites'); END;

CREATE TABLE rappel (  -- the reminders already told: the audit has a retention, and would send them again
  marque TEXT PRIMARY KEY,  -- never twice the same
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- to whom
  fait_le TEXT NOT NULL  -- when
) STRICT, WITHOUT ROWID;
CREATE INDEX rappel_agent ON rappel (agent_id);

CREATE TABLE cote (  -- a demande that an agent has put aside in their own day
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- which
  jusqu_au TEXT NOT NULL,  -- jour it comes back
  raison TEXT NOT NULL,  -- read by the team, not in the journal
  mis_le TEXT NOT NULL,  -- put aside
  PRIMARY KEY (agent_id, demande_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cote_demande ON cote (demande_id);

CREATE TABLE passation (  -- what an agent held, handed over at once (verbes/administration/passation.py)
  id INTEGER PRIMARY KEY,
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who held it
  par_id INTEGER NOT NULL REFERENCES agent (id),  -- who does it
  genre TEXT NOT NULL CHECK (genre IN ('depart', 'absence', 'direction')),  -- why
  faite_le TEXT NOT NULL,  -- done
  ferme_le TEXT,  -- jour the account closes; NULL: it does not, or all is erased
  close_le TEXT,  -- from then on it is not undone any more
  annulee_le TEXT,  -- undone
  fait TEXT NOT NULL DEFAULT '{}'  -- JSON: what was, to put it back
) STRICT;
CREATE INDEX passation_agent ON passation (agent_id, id);
CREATE INDEX passation_due ON passation (faite_le) WHERE close_le IS NULL OR ferme_le IS NOT NULL;

CREATE TABLE stock_classe (  -- of the last batches of « Classer à la reprise », what an undoing needs
  demande_id INTEGER PRIMARY KEY REFERENCES demande (numero),  -- which
  lot INTEGER NOT NULL,  -- the line of the audit that tells the batch
  statut TEXT NOT NULL,  -- before
  version INTEGER NOT NULL  -- after: another one, and it has moved since
) STRICT;
CREATE INDEX stock_classe_lot ON stock_classe (lot);

-- ---- Memory, purge, search

CREATE TABLE marque (  -- until when what was read stays true: moved by the triggers below
  id INTEGER PRIMARY KEY CHECK (id = 1),  -- its one row
  reference INTEGER NOT NULL,  -- what the administration writes
  demande INTEGER NOT NULL,  -- demandes, teams, journal
  session INTEGER NOT NULL  -- sessions
) STRICT;
INSERT INTO marque VALUES (1, 0, 0, 0);

CREATE TABLE purge (  -- its one row, while it is there, lets what is only added to (journal, audit) be changed
  id INTEGER PRIMARY KEY CHECK (id = 1),  -- its one row
  interdit_id TEXT NOT NULL DEFAULT 'purge en cours'  -- names nothing: SQLite refuses to COMMIT meanwhile
    REFERENCES reglage (cle) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- The index of the search: rowid = numero, every column holds normaliser(text); with the beginnings of words, 4 to 8
-- letters, so that a common one is found without reading all the words that begin so.
CREATE VIRTUAL TABLE recherche USING fts5 (collectivite, fiche, lieu, message, journal, contact,
  prefix = '4 5 6 7 8', tokenize = 'unicode61 remove_diacritics 0');

-- ---- What moves the marks

-- What a process keeps of what it has read is good as long as its mark has not moved (models « Memory »). The index of
-- the search has no trigger, being virtual: whoever writes it writes one of these tables in the same transaction.
CREATE TRIGGER reglage_marque_ajout AFTER INSERT ON reglage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER reglage_marque_change AFTER UPDATE ON reglage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER reglage_marque_retrait AFTER DELETE ON reglage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fermeture_marque_ajout AFTER INSERT ON fermeture BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fermeture_marque_change AFTER UPDATE ON fermeture BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fermeture_marque_retrait AFTER DELETE ON fermeture BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER page_legale_marque_ajout AFTER INSERT ON page_legale BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER page_legale_marque_change AFTER UPDATE ON page_legale BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER page_legale_marque_retrait AFTER DELETE ON page_legale BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER structure_marque_ajout AFTER INSERT ON structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER structure_marque_change AFTER UPDATE ON structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER structure_marque_retrait AFTER DELETE ON structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER direction_marque_ajout AFTER INSERT ON direction BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER direction_marque_change AFTER UPDATE ON direction BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER direction_marque_retrait AFTER DELETE ON direction BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER agent_marque_ajout AFTER INSERT ON agent BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER agent_marque_change AFTER UPDATE ON agent BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER agent_marque_retrait AFTER DELETE ON agent BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER absence_marque_ajout AFTER INSERT ON absence BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER absence_marque_change AFTER UPDATE ON absence BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER absence_marque_retrait AFTER DELETE ON absence BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER delegation_marque_ajout AFTER INSERT ON delegation BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER delegation_marque_change AFTER UPDATE ON delegation BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER delegation_marque_retrait AFTER DELETE ON delegation BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER theme_marque_ajout AFTER INSERT ON theme BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER theme_marque_change AFTER UPDATE ON theme BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER theme_marque_retrait AFTER DELETE ON theme BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fiche_marque_ajout AFTER INSERT ON fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fiche_marque_change AFTER UPDATE ON fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fiche_marque_retrait AFTER DELETE ON fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER version_marque_ajout AFTER INSERT ON version BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER version_marque_change AFTER UPDATE ON version BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER version_marque_retrait AFTER DELETE ON version BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER document_marque_ajout AFTER INSERT ON document BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER document_marque_change AFTER UPDATE ON document BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER document_marque_retrait AFTER DELETE ON document BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER pilotage_marque_ajout AFTER INSERT ON pilotage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER pilotage_marque_change AFTER UPDATE ON pilotage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER pilotage_marque_retrait AFTER DELETE ON pilotage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER collectivite_marque_ajout AFTER INSERT ON collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER collectivite_marque_change AFTER UPDATE ON collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER collectivite_marque_retrait AFTER DELETE ON collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER groupe_marque_ajout AFTER INSERT ON groupe BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER groupe_marque_change AFTER UPDATE ON groupe BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER groupe_marque_retrait AFTER DELETE ON groupe BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_marque_ajout AFTER INSERT ON contenu BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_marque_change AFTER UPDATE ON contenu BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_marque_retrait AFTER DELETE ON contenu BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_fiche_marque_ajout AFTER INSERT ON contenu_fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_fiche_marque_change AFTER UPDATE ON contenu_fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_fiche_marque_retrait AFTER DELETE ON contenu_fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_collectivite_marque_ajout AFTER INSERT ON contenu_collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_collectivite_marque_change AFTER UPDATE ON contenu_collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_collectivite_marque_retrait AFTER DELETE ON contenu_collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_structure_marque_ajout AFTER INSERT ON contenu_structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_structure_marque_change AFTER UPDATE ON contenu_structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_structure_marque_retrait AFTER DELETE ON contenu_structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contour_marque_ajout AFTER INSERT ON contour BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contour_marque_change AFTER UPDATE ON contour BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contour_marque_retrait AFTER DELETE ON contour BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER demande_marque_ajout AFTER INSERT ON demande BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER demande_marque_change AFTER UPDATE ON demande BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER demande_marque_retrait AFTER DELETE ON demande BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER evaluation_marque_ajout AFTER INSERT ON evaluation BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER evaluation_marque_change AFTER UPDATE ON evaluation BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER evaluation_marque_retrait AFTER DELETE ON evaluation BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER membre_marque_ajout AFTER INSERT ON membre BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER membre_marque_change AFTER UPDATE ON membre BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER membre_marque_retrait AFTER DELETE ON membre BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER journal_marque_ajout AFTER INSERT ON journal BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER journal_marque_change AFTER UPDATE ON journal BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER journal_marque_retrait AFTER DELETE ON journal BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER session_marque_ajout AFTER INSERT ON session BEGIN UPDATE marque SET session = session + 1; END;
CREATE TRIGGER session_marque_change AFTER UPDATE ON session BEGIN UPDATE marque SET session = session + 1; END;
CREATE TRIGGER session_marque_retrait AFTER DELETE ON session BEGIN UPDATE marque SET session = session + 1; END;

-- ---- What comes with the software

-- ordre > 0: what an administrateur changes on the settings page, with its first value.
INSERT INTO reglage (ordre, cle, valeur, libelle, aide) VALUES
  (1, 'departement', '', 'Nom du Département', 'Par exemple « Département de l''Orne » : l''en-tête, les courriels et les pages légales (« édité par le … ») le disent tel quel.'),
  (2, 'nom', 'Plateforme d''appui aux territoires', 'Nom de la Plateforme', ''),
  (3, 'signataire', '', 'Président ou Présidente', 'Les phrases s''accordent : « saisine officielle de la Présidente du Département ».'),
  (4, 'telephone', '', 'Téléphone de l''équipe de la Plateforme', ''),
  (5, 'courriel', '', 'Courriel de l''équipe de la Plateforme', 'Adresse de réponse de tous les courriels.'),
  (6, 'horaires', '', 'Horaires de l''équipe', ''),
  (7, 'adresse', '', 'Adresse postale', ''),
  (8, 'telephone_urgence', '', 'Téléphone en cas d''urgence immédiate', 'Affiché à l''accueil, dans les recherches, sur les fiches à 3 jours et au formulaire. Vide : celui de l''équipe.'),
  (9, 'dpd', '', 'Courriel du délégué à la protection des données', ''),
  (9, 'hebergeur', '', 'Hébergeur', 'Nom, adresse et téléphone, pour les mentions légales. Vide : elles disent qu''il reste à nommer.'),
  (10, 'conservation', '5 ans', 'Durée de conservation après la clôture', ''),
  (11, 'accessibilite', 'non conforme', 'Conformité au RGAA', 'non conforme, partiellement conforme ou totalement conforme, selon le dernier audit.'),
  (12, 'jours', '', 'Délais de rappel, 3 et 10 jours', 'Les dates déjà annoncées ne changent pas. Tant que ce n''est pas décidé, les jours sont calendaires.'),
  (13, 'saisine', '', 'Une demande vaut saisine officielle', 'Tant que ce n''est pas décidé, aucune page ni aucun courriel ne le dit.'),
  (14, 'restreinte_d_office', '', 'Diffusion restreinte d''office', 'Des demandes dont la fiche touche des agents, un contentieux, des finances en difficulté. Celles déjà reçues ne changent pas.'),
  (15, 'elections_le', '2026-03-22', 'Dernières élections municipales', 'La page d''une collectivité ne montre aucun nom donné avant ce jour, s''il n''a pas été confirmé depuis.'),
  (20, 'journal_adresse', 'non', 'Adresse des connexions refusées au journal du serveur', 'Elle est toujours à l''audit.'),
  (21, 'conservation_audit', '12', 'Conservation de l''audit, en mois', 'Connexions, exports, changements de comptes et de réglages.'),
  (22, 'conservation_courriels', '12', 'Conservation du texte des courriels envoyés, en mois', 'Ensuite, il en reste la date, l''objet et le destinataire.'),
  (23, 'securite_contact', '', 'Où signaler une faille de sécurité', 'Courriel ou adresse https, dans /.well-known/security.txt. Vide : pas de page.'),
  (30, 'secondes_minimum', '3', 'Temps minimum pour remplir le formulaire, en secondes', 'Protège des robots.'),
  (31, 'depots_adresse', '30', 'Demandes et messages acceptés par heure depuis une même adresse', ''),
  (32, 'depots_reseau', '120', 'Demandes et messages acceptés par heure depuis un même réseau', 'En IPv6, un abonné a tout un réseau (/48).'),
  (33, 'depots_courriel', '10', 'Courriels par jour qu''un inconnu peut causer à une même adresse', 'Accusé, lien de suivi, coordonnées changées. Au-delà, tout est enregistré et la page le dit.'),
  (34, 'depots_alerte', '200', 'Demandes par heure, en tout, avant d''avertir les administrateurs', ''),
  (35, 'liens_heure', '1', 'Liens envoyés par heure pour un même compte ou une même demande', 'Mot de passe oublié, lien de suivi perdu.'),
  (36, 'liens_adresse', '10', 'Liens demandés par heure depuis une même adresse', ''),
  (37, 'liens_reseau', '40', 'Liens demandés par heure depuis un même réseau', ''),
  (37, 'pieces_demande', '250', 'Mo de fichiers qu''un demandeur peut joindre à une demande, en tout', ''),
  (37, 'pieces_heure', '250', 'Mo de fichiers acceptés par heure depuis un même réseau', 'Au-delà, le texte passe sans eux.'),
  (37, 'pieces_total', '900', 'Mo de fichiers acceptés par heure des demandeurs, en tout', 'Les administrateurs sont avertis à la moitié.'),
  (38, 'refus_adresse', '120', 'Formulaires publics refusés par heure depuis une même adresse', 'Mal remplis, trop gros ou illisibles : les lire coûte au service.'),
  (39, 'refus_reseau', '480', 'Formulaires publics refusés par heure depuis un même réseau', ''),
  (40, 'attente_connexion', '15', 'Attente la plus longue après des échecs de connexion, en minutes', ''),
  (41, 'echecs_compte', '3', 'Échecs de connexion sans attente, pour un compte depuis un même réseau', ''),
  (42, 'echecs_adresse', '30', 'Échecs de connexion par heure depuis une même adresse', ''),
  (43, 'echecs_reseau', '120', 'Échecs de connexion par heure depuis un même réseau', ''),
  (44, 'echecs_alerte', '50', 'Échecs de connexion d''un compte en un jour, avant d''avertir les administrateurs', ''),
  (45, 'codes_faux', '20', 'Codes faux du second facteur par jour, pour un compte', ''),
  (46, 'reseau_connu', '90', 'Jours pendant lesquels un réseau d''où un compte s''est connecté reste connu', 'Depuis un réseau connu, les essais des autres ne retardent personne.'),
  (47, 'second_facteur_exige', 'personne', 'Second facteur exigé', 'Un administrateur qui n''en a pas l''active à sa prochaine page, vous compris : ayez votre téléphone sous la main.'),
  (-1, 'registre', '', 'Registre des traitements', ''),
  (-2, 'analyse_impact', '', 'Analyse d''impact', ''),
  (-3, 'responsabilites', '', 'Responsabilités convenues avec les partenaires', ''),
  (-4, 'information_agents', '', 'Information des agents et de leur instance', ''),
  (-5, 'pages_relues', '', 'Pages légales relues', ''),
  (-6, 'declaration', '', 'Déclaration d''accessibilité', ''),
  (-7, 'archives', '', 'Durée de conservation convenue avec les Archives', ''),
  (-8, 'homologation', '', 'Homologation de sécurité', ''),
  (-9, 'logo', '', 'Logo', ''),
  (-9, 'couleur', '', 'Couleur principale', ''),
  (-9, 'couleur_accent', '', 'Couleur d''accent', ''),
  (-10, 'ouvert_le', '', 'Service ouvert le', 'Avant ce jour, le formulaire ne reçoit que des essais et aucun rappel ne part.'),
  (-11, 'bandeau', '', 'Bandeau daté', 'Sur les pages publiques, au formulaire et dans l''accusé d''enregistrement.'),
  (-11, 'bandeau_du', '', 'Bandeau, du', ''),
  (-11, 'bandeau_au', '', 'Bandeau, jusqu''au', ''),
  (-11, 'electorale_du', '', 'Période électorale, du', ''),
  (-11, 'electorale_au', '', 'Période électorale, au', ''),
  (-13, 'accord_lecteurs', '', 'Lecteurs : accord du comité de suivi', '');

-- The mails. Placeholders in braces. What many say alike is written once, below: @mairie and @equipe for placeholders,
-- @demande, @suite and @fin for lines.
INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('accuse', 'Accusé d''enregistrement, au demandeur', '@mairie doublon signataire saisine bandeau',
 'Votre demande {intitule} est enregistrée',
'Bonjour,

Votre demande est enregistrée sous le n° {numero}, le {depot}.
Un expert vous rappelle au plus tard le {echeance}.
{bandeau}

Collectivité : {collectivite}
Accompagnement demandé : {fiche}
Date à tenir : {date_a_tenir}
Qui appeler : {qui_appeler}

Pour la relire, la compléter, l''abandonner ou savoir où elle en est :
{lien}
Ce lien donne accès à votre demande : ne le transmettez qu''aux personnes concernées.

Une demande ouverte de votre collectivité porte déjà sur le même accompagnement : n° {doublon}.

{saisine}
Vous pouvez toujours joindre directement votre interlocuteur habituel : rien ne change.

Une question ? {contact_telephone}
@fin'),
('avis_depot', 'Avis de dépôt, à l''adresse officielle de la collectivité', 'numero depot collectivite contact_telephone contact_courriel',
 'Demande n° {numero} déposée au nom de votre collectivité',
'Bonjour,

Une demande a été déposée au nom de votre collectivité sur la Plateforme d''appui aux territoires, depuis une autre adresse que celle-ci. Si l''un de vos élus ou agents l''a déposée, vous n''avez rien à faire.

Demande n° {numero}, déposée le {depot}
Collectivité : {collectivite}

Elle ne vient d''aucun d''entre vous ? Dites-le-nous : {contact_telephone}, {contact_courriel}.

@fin'),
('nouvelle_chef', 'Nouvelle demande, aux chefs de file', '@equipe',
 'Demande {intitule} : nouvelle demande à prendre en charge',
'Bonjour {prenom},

Une demande vous est attribuée comme {role} : n° {numero}, {origine}.

@suite'),
('accuse_direct', 'Accusé d''une demande reçue en direct, au demandeur', '@mairie recue bandeau',
 'Votre demande {intitule} est enregistrée',
'Bonjour,

La demande que vous nous avez adressée le {recue} est enregistrée sous le n° {numero}.

Collectivité : {collectivite}
Accompagnement demandé : {fiche}
Qui appeler : {qui_appeler}

Pour la relire ou savoir où elle en est :
{lien}
Ce lien donne accès à votre demande : ne le transmettez qu''aux personnes concernées.

Une question ? {contact_telephone}
@fin

{bandeau}'),
('recue_en_direct', 'Demande reçue en direct et déjà suivie, aux chefs de file', '@equipe',
 'Demande {intitule} : reçue en direct, déjà suivie',
'Bonjour {prenom},

Une demande reçue en direct a été saisie sous le n° {numero}. Elle est suivie par {interlocuteur} : vous n''avez rien à faire.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('nouvelle_admin', 'Nouvelle demande à orienter, aux administrateurs', '@equipe',
 'Demande {intitule} : à orienter',
'Bonjour {prenom},

Une demande attend d''être orientée : n° {numero}, {origine}.

@suite'),
('orientation', 'Demande orientée ou confiée à un autre chef, aux chefs de file', '@equipe',
 'Demande {intitule} : vous êtes {role}',
'Bonjour {prenom},

L''administration de la Plateforme vous confie la demande n° {numero}, {origine}, comme {role}.

@suite'),
('echeance', 'Date de rappel avancée, au demandeur', '@mairie',
 'Votre demande {intitule} : rappel au plus tard le {echeance}',
'Bonjour,

Un expert vous rappelle au plus tard le {echeance}, plus tôt qu''annoncé.

@demande

Suivre votre demande :
{lien}

@fin'),
('designation', 'Désignation, à l''expert référent', '@equipe',
 'Demande {intitule} : vous êtes l''expert référent',
'Bonjour {prenom},

La demande n° {numero}, {origine}, vous est confiée : vous êtes l''interlocuteur de la collectivité.

@suite'),
('designation_demandeur', 'Expert désigné, au demandeur', '@mairie',
 'Votre demande {intitule} : votre expert est désigné',
'Bonjour,

Votre demande est confiée à un expert : {interlocuteur}.
Vous rappelle au plus tard le {echeance}.

@demande

Suivre votre demande :
{lien}

@fin'),
('decharge', 'Fin d''un rôle, à l''ancien chef de file ou référent', '@equipe ancien_role successeur',
 'Demande {intitule} : vous n''êtes plus {ancien_role}',
'Bonjour {prenom},

Vous n''êtes plus {ancien_role} de la demande n° {numero}.
À votre place désormais : {successeur}.

Collectivité : {collectivite}
Fiche : {fiche}

La suite est au journal : {lien}'),
('changement', 'Changement d''interlocuteur, au demandeur', '@mairie',
 'Votre demande {intitule} : votre nouvel interlocuteur',
'Bonjour,

Votre nouvel interlocuteur est {interlocuteur}.

@demande

Suivre votre demande :
{lien}

@fin'),
('association', 'Invitation comme expert associé', '@equipe invite',
 'Demande {intitule} : invitation à participer à l''accompagnement',
'Bonjour {prenom},

{invite} à participer à l''accompagnement de la demande n° {numero}, {origine}.

Collectivité : {collectivite}
Fiche : {fiche}
Interlocuteur de la collectivité : {interlocuteur}

À faire : {a_faire}.
{lien}'),
('rendu', 'Demande rendue, à qui doit agir', '@equipe par',
 'Demande {intitule} : elle vous est rendue',
'Bonjour {prenom},

La demande n° {numero} vous est rendue {par} ; le motif est au journal.

@suite'),
('rejet', 'Demande hors compétence, aux administrateurs et à l''équipe', '@equipe par',
 'Demande {intitule} : signalée hors compétence',
'Bonjour {prenom},

La demande n° {numero} est signalée hors compétence {par} ; le motif est au journal.

@suite'),
('reponse', 'Réponse à une demande rejetée, au demandeur', '@mairie suite texte cloture par',
 'Votre demande {intitule} : notre réponse',
'Bonjour,

{suite}

{texte}

Clôture enregistrée le {cloture} {par}.

@demande

Relire la réponse, suivre votre demande, ou nous écrire (un message suffit à la rouvrir) :
{lien}

@fin'),
('cloture', 'Demande close, au demandeur', '@mairie suite texte cloture par evaluation',
 'Votre demande {intitule} est close',
'Bonjour,

Votre demande n° {numero} est close.
{suite}

{texte}

Clôture enregistrée le {cloture} {par}.

@demande

Cet accompagnement vous a-t-il aidés ? Deux questions, une minute : {evaluation}

Relire votre demande, ou nous écrire (un message suffit à la rouvrir) :
{lien}

@fin'),
('abandon_equipe', 'Demande abandonnée, à l''équipe', '@equipe par',
 'Demande {intitule} : abandonnée',
'Bonjour {prenom},

La demande n° {numero} est abandonnée, {par} ; le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('abandon_demandeur', 'Demande abandonnée, au demandeur', '@mairie cloture par',
 'Votre demande {intitule} est abandonnée',
'Bonjour,

L''abandon de votre demande n° {numero} a été enregistré le {cloture} {par}. Elle est close.

@demande

Votre projet se poursuit, ou cet abandon n''est pas de votre fait ? Demandez sa réouverture depuis cette page, ou par téléphone :
{lien}

@fin'),
('reouverture', 'Demande rouverte, à qui doit agir', '@equipe par',
 'Demande {intitule} : rouverte',
'Bonjour {prenom},

La demande n° {numero} est rouverte {par} ; le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

À faire : {a_faire}.
{lien}'),
('message_demandeur', 'Message du demandeur, à qui doit agir', '@equipe',
 'Demande {intitule} : message du demandeur',
'Bonjour {prenom},

Le demandeur a complété sa demande n° {numero}. Son message est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('demande_reouverture', 'Message sur une demande close, aux chefs de file', '@equipe',
 'Demande {intitule} : demande de réouverture',
'Bonjour {prenom},

Le demandeur a écrit au sujet de la demande n° {numero}, qui est close. Son message est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('avertissement', 'Avertissement avant de classer, au demandeur', '@mairie limite',
 'Votre demande {intitule} : sans réponse de votre part d''ici au {limite}',
'Bonjour,

Nous n''avons pas réussi à vous joindre au sujet de votre demande n° {numero}. Sans réponse de votre part d''ici au {limite}, elle sera classée. Vous pourrez toujours en faire une nouvelle.

@demande

Répondre depuis la page de suivi :
{lien}

@fin'),
('coordonnees', 'Coordonnées changées par le demandeur, à l''ancienne adresse', 'numero intitule origine depot collectivite fiche contact_telephone contact_courriel',
 'Votre demande {intitule} : les coordonnées ont changé',
'Bonjour,

Les coordonnées de cette demande ont été changées depuis sa page de suivi. Les prochains courriels partiront à la nouvelle adresse.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}

Si ce changement ne vient pas de vous, prévenez-nous : {contact_telephone}, {contact_courriel}.

@fin'),
('lien_perdu', 'Lien de suivi renvoyé, au demandeur', '@mairie',
 'Votre demande {intitule} : votre lien de suivi',
'Bonjour,

Voici de nouveau le lien qui permet de suivre votre demande n° {numero} :
{lien}

@demande

Si vous n''avez rien demandé, ne tenez pas compte de ce message.

@fin'),
('interlocuteur', 'Nouvel interlocuteur à la collectivité', '@mairie',
 'Votre demande {intitule} : votre lien de suivi',
'Bonjour,

Vous êtes désormais l''interlocuteur de cette demande pour votre collectivité. Voici votre lien de suivi ; le précédent ne fonctionne plus :
{lien}

@demande

@fin'),
('journal_immediat', 'Ligne au journal, à l''équipe (agents qui le demandent)', 'prenom numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure lien auteur',
 'Demande {intitule} : une ligne au journal',
'Bonjour {prenom},

{auteur} a ajouté une ligne au journal de la demande n° {numero}.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('relance', 'Rappels du jour, à un agent', 'prenom points lien',
 'Plateforme : ce qui vous attend',
'Bonjour {prenom},

{points}

Ma journée :
{lien}'),
('invitation', 'Invitation à ouvrir son compte', 'prenom lien contact_telephone',
 'Votre accès à la Plateforme d''appui aux territoires',
'Bonjour {prenom},

Un accès à l''espace des agents vous est ouvert. Choisissez votre mot de passe avec ce lien, valable 14 jours et une seule fois :
{lien}

Une question ? {contact_telephone}
@fin'),
('mot_de_passe', 'Mot de passe oublié', 'prenom lien',
 'Choisir un nouveau mot de passe',
'Bonjour {prenom},

Pour choisir un nouveau mot de passe, suivez ce lien, valable 2 heures et une seule fois :
{lien}

Si vous n''avez rien demandé, ne tenez pas compte de ce message : votre mot de passe ne change pas.

@fin'),
('second_facteur_active', 'Second facteur activé, à l''agent', 'prenom lien contact_telephone',
 'Le second facteur de votre compte est activé',
'Bonjour {prenom},

Le second facteur de votre compte est activé : à chaque connexion, un code affiché par votre téléphone vous est demandé après le mot de passe. Gardez vos codes de secours en lieu sûr : ils servent si le téléphone manque.

Mon compte :
{lien}

Ce n''est pas vous ? Prévenez aussitôt l''équipe de la Plateforme : {contact_telephone}

@fin'),
('second_facteur_retire', 'Second facteur retiré, à l''agent', 'prenom lien contact_telephone',
 'Le second facteur de votre compte est retiré',
'Bonjour {prenom},

Le second facteur de votre compte est retiré : le mot de passe seul l''ouvre désormais. Vos codes de secours ne servent plus.

Pour l''activer de nouveau :
{lien}

Ce n''est pas vous ? Prévenez aussitôt l''équipe de la Plateforme : {contact_telephone}

@fin'),
('code_secours_utilise', 'Code de secours utilisé, à l''agent', 'prenom reste lien contact_telephone',
 'Un code de secours de votre compte a servi',
'Bonjour {prenom},

Un code de secours vient de servir sur votre compte. Codes restants : {reste}.

Pour en obtenir de nouveaux, ou changer de téléphone :
{lien}

Ce n''est pas vous ? Choisissez un nouveau mot de passe et prévenez aussitôt l''équipe de la Plateforme : {contact_telephone}

@fin'),
('alerte', 'Alerte, aux administrateurs', 'prenom alerte',
 'Plateforme : une alerte',
'Bonjour {prenom},

{alerte}

@fin'),
('relais_administrateur', 'Absence ou délégation d''un administrateur, aux autres', 'prenom administrateur relais lien',
 'Plateforme : {administrateur} se fait remplacer',
'Bonjour {prenom},

{administrateur}, administrateur de la Plateforme, a enregistré ceci : {relais}

Qui agit à sa place a ses droits d''administration pendant ce temps. Si cela vous surprend, appelez ces deux personnes aussitôt.

{lien}

@fin'),
('relais_confie', 'Absence ou délégation, à qui agit', 'prenom titulaire relais lien',
 'Plateforme : vous agissez pour {titulaire}',
'Bonjour {prenom},

{titulaire} compte sur vous : {relais}

Pendant ce temps, vous avez ses droits et recevez ses courriels. Chacun de vos actes est signé « par vous, pour {titulaire} ».

{lien}

@fin'),
('rappel_question', '« Avez-vous été rappelé·e ? », au demandeur', '@mairie message_laisse',
 'Votre demande {intitule} : avez-vous été rappelé·e ?',
'Bonjour,

Un expert devait vous rappeler au plus tard le {echeance}, et aucun échange avec vous n''est encore noté. Avez-vous été rappelé·e ?
Un message vous a été laissé le {message_laisse}.

Répondre « oui » ou « pas encore » :
{lien}

@demande

@fin'),
('retrait', 'Fin de participation, à l''associé', '@equipe retire',
 'Demande {intitule} : votre participation prend fin',
'Bonjour {prenom},

{retire} de l''équipe de la demande n° {numero}.

Collectivité : {collectivite}
Fiche : {fiche}

Le motif est au journal : {lien}'),
('direction', 'Demande confiée à un agent, à la boîte de sa direction', 'prenom numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien agents agents_et_roles',
 'Demande {intitule} : pour {agents}',
'Bonjour {prenom},

La demande n° {numero}, {origine}, concerne dans votre direction : {agents_et_roles}.

@suite'),
('rappel_pas_encore', '« Pas encore rappelé·e », à qui doit agir', '@equipe promesse contact',
 'Demande {intitule} : la collectivité dit ne pas avoir été rappelée',
'Bonjour {prenom},

La collectivité répond qu''elle n''a pas encore été rappelée, au sujet de la demande n° {numero}.

Collectivité : {collectivite}
Fiche : {fiche}
Rappel promis pour le {promesse}
Premier contact noté le {contact}

À faire : la rappeler, puis noter le contact ou une ligne au journal.
{lien}'),
('nouvelle_adresse', 'Coordonnées changées par le demandeur, à la nouvelle adresse', '@mairie',
 'Votre demande {intitule} : votre lien de suivi',
'Bonjour,

Les courriels de la demande n° {numero} arrivent désormais à cette adresse, indiquée depuis sa page de suivi.
Un expert vous rappelle au plus tard le {echeance}.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Pour la relire, la compléter, l''abandonner ou savoir où elle en est :
{lien}
Ce lien donne accès à votre demande : ne le transmettez qu''aux personnes concernées.

Cette demande ne vous concerne pas ? Dites-le-nous : {contact_telephone}, {contact_courriel}.

@fin'),
('liens_perdus', 'Liens de suivi renvoyés, au demandeur qui ne donne que son adresse', 'liens contact_telephone contact_courriel',
 'Vos demandes et leur lien de suivi',
'Bonjour,

Voici de nouveau le lien qui permet de suivre chacune de vos demandes :

{liens}

Une demande confidentielle n''est pas dans cette liste : demandez son lien avec son numéro, sur la page « Suivre ma demande », ou par téléphone : {contact_telephone}.

Si vous n''avez rien demandé, ne tenez pas compte de ce message.

@fin'),
('ecart_equipe', 'Demande écartée (doublon, erreur), à l''équipe', '@equipe par',
 'Demande {intitule} : écartée',
'Bonjour {prenom},

La demande n° {numero} est écartée, {par} ; la raison et le motif sont au journal. Il n''y a plus rien à y faire.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('relais_fini', 'Absence ou délégation terminée, à qui agissait', 'prenom titulaire relais lien',
 'Plateforme : vous n''agissez plus pour {titulaire}',
'Bonjour {prenom},

Vous n''agissez plus pour {titulaire} : {relais}

Vous n''avez plus ses droits et ne recevez plus ses courriels. Merci de lui dire où en sont les demandes.

{lien}

@fin'),
('absence_notee', 'Absence ou délégation notée ou retirée par un autre, à l''intéressé·e', 'prenom par relais lien',
 'Plateforme : une absence ou une délégation enregistrée pour vous',
'Bonjour {prenom},

{par} a enregistré pour vous : {relais}

Si ce n''est pas juste, corrigez-le :
{lien}

@fin'),
('adresse_changee', 'Adresse d''un compte changée par un autre, à l''ancienne adresse', 'prenom par contact_telephone',
 'L''adresse de votre compte a changé',
'Bonjour {prenom},

{par} a changé l''adresse de votre compte : les courriels de la Plateforme n''arrivent plus ici.

Ce n''est pas prévu ? Prévenez aussitôt l''équipe de la Plateforme : {contact_telephone}

@fin'),
('passation_successeur', 'Passation, à qui reprend', 'prenom titulaire par demandes autres lien',
 'Plateforme : vous reprenez ce que tenait {titulaire}',
'Bonjour {prenom},

{par} vous confie ce que tenait {titulaire}.

{demandes}

{autres}

Votre journée :
{lien}

@fin'),
('passation_titulaire', 'Passation, à qui laisse ce qu''il tenait', 'prenom par repris fermeture lien',
 'Plateforme : ce que vous teniez est repris',
'Bonjour {prenom},

{par} a confié à d''autres ce que vous teniez :

{repris}

{fermeture}

Ce que vous avez écrit reste signé de votre nom. Si quelque chose n''est pas juste, dites-le sans attendre à {par} : l''annulation n''est possible que pendant 24 heures.
{lien}

@fin'),
('passation_mairie', 'Passation, au demandeur dont l''interlocuteur change', 'objet_des_demandes interlocuteurs demandes contact_telephone contact_courriel',
 '{objet_des_demandes} : votre nouvel interlocuteur',
'Bonjour,

{interlocuteurs}

{demandes}

Rien d''autre ne change : ni les dates annoncées, ni le lien de suivi.

Une question ? {contact_telephone}
@fin'),
('passation_annulee', 'Passation annulée, à qui avait repris et au titulaire', 'prenom titulaire par suite restent lien',
 'Plateforme : la passation de {titulaire} est annulée',
'Bonjour {prenom},

{par} a annulé la passation de {titulaire} : {suite}.
Ne reviennent pas, parce qu''elles ont changé depuis : {restent}.

{lien}

@fin'),
('fiche_changee', 'Fiche changée, suspendue ou archivée par un autre, à qui la pilote', 'prenom par titre pourquoi changements lien',
 'Fiche « {titre} » : ce qui a changé',
'Bonjour {prenom},

La fiche « {titre} » vient d''être modifiée par {par}.
Pourquoi : {pourquoi}

{changements}

La fiche et ses versions :
{lien}

@fin'),
('fiche_proposee', 'Changement de fiche proposé, aux administrateurs', 'prenom par titre pourquoi changements lien',
 'Fiche « {titre} » : une proposition à relire',
'Bonjour {prenom},

{par} propose de modifier la fiche « {titre} ».
Pourquoi : {pourquoi}

{changements}

La relire, la retoucher, la publier ou la refuser :
{lien}

@fin'),
('fiche_refusee', 'Proposition refusée, à qui l''a faite', 'prenom par titre reponse changements lien',
 'Fiche « {titre} » : votre proposition n''est pas retenue',
'Bonjour {prenom},

Votre proposition pour la fiche « {titre} » n''est pas retenue par {par}.
Pourquoi : {reponse}

Ce que vous proposiez :

{changements}

La fiche, pour proposer autre chose :
{lien}

@fin'),
('a_confirmer', 'Tout courriel au demandeur, tant que son interlocuteur est à confirmer', 'numero qui_appeler contact_telephone contact_courriel',
 'Votre demande n° {numero} : appelez-nous',
'Bonjour,

La demande n° {numero} a du nouveau. Avant de vous en dire plus, nous confirmons avec votre collectivité qui la suit désormais.

Qui appeler : {qui_appeler}

@fin'),
('essai', 'Courriel d''essai, à l''administrateur qui le demande', 'prenom',
 'Plateforme : courriel d''essai',
'Bonjour {prenom},

Ce courriel d''essai est bien parti de la Plateforme, et vous le lisez : le relais de courriel fonctionne.

@fin'),
('contenu_propose', 'Contenu proposé, ou changement d''un contenu, à qui publie', 'prenom par quoi titre pourquoi changements lien',
 '« {titre} » : une proposition à relire',
'Bonjour {prenom},

{par} propose {quoi} « {titre} ».
Pourquoi : {pourquoi}
Ce qui change : {changements}

Relire, publier ou répondre :
{lien}

@fin'),
('contenu_publie', 'Contenu publié, à qui l''a proposé', 'prenom par quoi titre jour adresse lien',
 '« {titre} » : publié',
'Bonjour {prenom},

{par} a publié {quoi} « {titre} ».
Premier jour : {jour}
Sa page : {adresse}

Pour y proposer un changement :
{lien}

@fin'),
('contenu_renvoye', 'Contenu renvoyé, retiré ou non retenu, à qui l''a proposé', 'prenom par quoi titre sort reponse lien',
 '« {titre} » : {sort}',
'Bonjour {prenom},

{par} {quoi} « {titre} ».
Pourquoi : {reponse}

La suite se fait ici :
{lien}

@fin'),
('groupe_anime', 'Groupe de travail confié, à son nouvel animateur', 'prenom par groupe suite lien',
 'Vous animez le groupe de travail « {groupe} »',
'Bonjour {prenom},

{par} vous confie l''animation du groupe de travail « {groupe} » : {suite}

Ses documents :
{lien}

@fin'),
('projet_a_relire', 'Projet exemplaire à relire, aux structures qu''il nomme', 'prenom titre structure collectivite suite lien',
 'Projet exemplaire à relire : « {titre} »',
'Bonjour {prenom},

Le projet exemplaire « {titre} » nomme votre structure, {structure}.
Collectivité : {collectivite}
{suite}

Relisez ce projet, puis dites sur cette page qu''il n''y a rien à corriger, ou ce qu''il faut corriger :
{lien}

@fin'),
('projet_correction', 'Correction demandée par une structure, à l''auteur du projet et aux administrateurs', 'prenom par titre structure correction lien',
 'Projet « {titre} » : une correction est demandée',
'Bonjour {prenom},

{par} ({structure}) a relu le projet exemplaire « {titre} » et demande une correction :

{correction}

Une fois le texte changé, les structures nommées le relisent. Le projet :
{lien}

@fin'),
('projet_relu', 'Projet exemplaire relu par toutes les structures, à son auteur et aux administrateurs', 'prenom par titre lien',
 'Projet « {titre} » : toutes les structures l''ont relu',
'Bonjour {prenom},

{par} vient de répondre : chaque structure que nomme le projet exemplaire « {titre} » l''a relu, et aucune ne demande de correction.

Sa page dit s''il manque encore quelque chose à sa publication :
{lien}

@fin'),
('projet_retire', 'Accord retiré par la collectivité, à l''auteur du projet', 'prenom par titre collectivite cloture motif lien',
 'Projet « {titre} » : la collectivité a retiré son accord',
'Bonjour {prenom},

Depuis le {cloture}, la collectivité n''est plus d''accord pour que soit publié le projet exemplaire « {titre} ».
Collectivité : {collectivite}
Ce qu''elle a demandé : {motif}

{par} l''a enregistré : le projet n''est plus en ligne, ses images et ses fichiers sont effacés. Le publier de nouveau demande un nouvel accord :
{lien}

@fin');
UPDATE modele SET
  reperes = replace(replace(reperes,
    '@mairie', 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel'),
    '@equipe', 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien'),
  corps = replace(replace(replace(corps,
    '@demande', 'Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}'),
    '@suite', 'Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

À faire : {a_faire}.
{lien}'),
    '@fin', '{plateforme}, {departement}');

-- The legal pages, in Markdown; the names in braces are settings.
INSERT INTO page_legale (cle, titre, corps) VALUES
('mentions-legales', 'Mentions légales',
'## Éditeur

Le service en ligne « {nom} » est édité par le {departement}.
{adresse}
Téléphone : {telephone}
Courriel : {courriel}

## Direction de la publication

{signataire}

## Hébergement

{hebergeur}

## Objet du service

La Plateforme permet aux communes, aux intercommunalités et à leurs établissements de demander un accompagnement au Département et aux structures partenaires signataires de la convention de la Plateforme, puis de suivre leur demande.

{saisine} Les délais de rappel annoncés sont un engagement de service.

L''usage de la Plateforme est facultatif : vous pouvez toujours joindre directement votre interlocuteur habituel.

## Propriété intellectuelle

Les textes, les dessins et la mise en page de ce site appartiennent au Département, sauf mention contraire. Vous pouvez citer et reproduire les fiches du catalogue pour l''information des collectivités, à condition d''indiquer la source et la date de mise à jour.

Le nom et l''emblème de chaque structure partenaire lui appartiennent.

## Données réutilisées

La liste des communes et des intercommunalités vient de données publiques, réutilisées sous Licence Ouverte 2.0.

- Sources : INSEE (COG 2026, populations légales), DGCL, La Poste – via Etalab
- Texte de la licence : https://www.etalab.gouv.fr/licence-ouverte-open-licence

## Liens et disponibilité

Le Département n''est pas responsable du contenu des autres sites vers lesquels une page renvoie. Le service peut être interrompu pour sa maintenance ; l''équipe de la Plateforme reste alors joignable par téléphone.

## Signaler une erreur

Une information du catalogue est inexacte ou dépassée ? Écrivez à {courriel}.'),
('donnees-personnelles', 'Données personnelles',
'Cette page vous informe de l''usage de vos données, comme le prévoient les articles 13 et 14 du règlement général sur la protection des données (RGPD).

## Qui est responsable

Responsable du traitement : {departement} ({signataire})
{adresse}

Son délégué à la protection des données répond à vos questions : {dpd}.

## Pourquoi ces données sont utilisées

- enregistrer votre demande d''accompagnement, en accuser l''enregistrement et la confier à la structure compétente
- vous rappeler, vous accompagner et vous tenir informé de l''avancement
- garder la trace de ce qui a été demandé et fait pour votre collectivité
- établir des statistiques d''activité, sans nom de personne
- gérer les comptes des agents et la sécurité du service

Aucune décision n''est prise de façon automatique.

## Sur quelle base légale

Le traitement est nécessaire à l''exécution d''une mission d''intérêt public : l''assistance du Département aux communes et aux intercommunalités (article 6.1.e du RGPD).

## Quelles données

- la personne qui saisit le Département, Maire ou Président·e : civilité, nom, prénom
- la personne à rappeler : nom, prénom, fonction
- le courriel et le téléphone où vous joindre
- votre message, les pièces que vous joignez et vos messages suivants
- le journal tenu par les agents qui vous accompagnent
- les agents du Département et des structures partenaires : nom, prénom, fonction, direction, courriel, téléphone, actes faits sur la Plateforme

Ces données viennent de vous, de la personne qui remplit le formulaire pour votre collectivité, ou d''un agent à qui vous avez adressé votre demande directement. Les champs marqués « (obligatoire) » sont nécessaires pour vous rappeler ; les autres sont libres.

N''écrivez dans votre message que ce qui est utile à l''accompagnement. Évitez en particulier les informations de santé et le nom de tiers. Si votre demande met en cause une personne, cochez « Ma demande est confidentielle ».

## Qui les reçoit

- les agents du Département et des structures partenaires signataires de la convention de la Plateforme, pour les demandes qu''ils accompagnent ou peuvent être amenés à accompagner
- pour une demande confidentielle ou à diffusion restreinte : uniquement l''équipe chargée de la demande et l''administration de la Plateforme
- vous-même, et toute personne à qui vous transmettez votre lien de suivi

Vos données ne sont ni vendues, ni cédées, ni transférées hors de l''Union européenne. Les documents administratifs peuvent être communiqués à qui les demande, dans les limites fixées par le code des relations entre le public et l''administration.

## Combien de temps

Votre demande, ses pièces et son journal sont conservés {conservation} après la clôture. Ils sont ensuite versés aux Archives départementales, ou éliminés avec leur accord.

Votre lien de suivi cesse de fonctionner douze mois après la clôture.

## Vos droits

Vous pouvez demander l''accès à vos données, leur rectification, la limitation de leur traitement, et vous opposer à ce traitement pour des raisons tenant à votre situation particulière.

Écrivez au délégué à la protection des données : {dpd}
Par courrier : {departement}, délégué à la protection des données, {adresse}

Vous recevez une réponse dans un délai d''un mois. Si elle ne vous satisfait pas, vous pouvez adresser une réclamation à la CNIL : https://www.cnil.fr/fr/plaintes

## Cookies et mémoire de votre appareil

Le site n''a ni mesure d''audience, ni publicité, ni contenu venu d''un autre site. Il ne vous demande donc pas de consentement.

- Un seul cookie existe : celui de la session des agents connectés. Il est indispensable et disparaît à la déconnexion.
- Le brouillon du formulaire reste sur votre appareil, pendant 7 jours au plus ou jusqu''à l''envoi. Il n''est transmis à personne et vous pouvez l''effacer depuis le formulaire.'),
('accessibilite', 'Accessibilité',
'Le {departement} s''engage à rendre ses sites internet accessibles, conformément à l''article 47 de la loi n° 2005-102 du 11 février 2005.

Cette déclaration s''applique au site {nom} : {url}

## État de conformité

Le site {nom} est {accessibilite} avec le référentiel général d''amélioration de l''accessibilité (RGAA), version 4.1 : aucun audit de conformité en cours de validité n''existe à ce jour.

## Résultats des tests

Aucun audit n''ayant été réalisé, aucun taux de conformité ne peut être annoncé. Le site a été conçu pour être utilisé au clavier, avec un lecteur d''écran, à 320 pixels de large et sans JavaScript. Les vérifications faites par ses concepteurs ne remplacent pas un audit.

## Contenus non accessibles

La liste des contenus non accessibles n''est pas établie ; elle le sera par l''audit. Les pièces jointes par les collectivités et par les agents ne sont pas contrôlées et peuvent ne pas être accessibles.

## Établissement de cette déclaration

Date d''établissement de cette déclaration : à compléter par le Département. Elle sera mise à jour après le premier audit.

Technologies utilisées :

- HTML
- CSS
- SVG
- JavaScript, facultatif : le brouillon gardé sur l''appareil, l''aide au choix et la vérification des fichiers avant l''envoi en ont besoin ; tout le reste fonctionne sans lui

## Retour d''information et contact

Si vous n''arrivez pas à accéder à un contenu ou à un service, dites-le à l''équipe de la Plateforme : elle vous oriente vers une solution accessible, ou enregistre votre demande avec vous par téléphone.

- Courriel : {courriel}
- Téléphone : {telephone}, {horaires}
- Courrier : {departement}, {adresse}

## Voies de recours

Cette procédure est à utiliser dans le cas suivant : vous avez signalé un défaut d''accessibilité qui vous empêche d''accéder à un contenu ou à un service, et vous n''avez pas obtenu de réponse satisfaisante. Vous pouvez :

- écrire un message au Défenseur des droits : https://formulaire.defenseurdesdroits.fr
- contacter le délégué du Défenseur des droits de votre département : https://www.defenseurdesdroits.fr/saisir/delegues
- envoyer un courrier par la poste, gratuit et sans timbre : Défenseur des droits, Libre réponse 71120, 75342 Paris Cedex 07');
