-- The schema: step 12, in the order of the tables of models.py, then what changed. What comes with the software, words
-- and settings, stands in files (verbes/textes.py, verbes/valeurs.py): the base holds what somebody changed. A step that
-- has been delivered is never edited but for its comments (tests/exploitation/test_migration.py holds it); step 13 is
-- open until 1.0 is cut. « -- == N : label == » opens one, VERSION_BASE in models.py says it. Each runs once, in one
-- transaction (models.migrer). A base older than SOCLE is refused, and comes through « exporter tout », « importer tout ».
--
-- *_le: UTC text (AAAA-MM-JJTHH:MM:SSZ), unless said « jour » (AAAA-MM-JJ, Europe/Paris). id: a number that says
-- nothing. x_id: a row of another table. NULL: not known, or not yet; '': nothing typed. « of STATUTS »: a code of that
-- table of verbes/regles.py; a list of codes that may grow stands in a trigger (« codes »), for a CHECK changes only by
-- rebuilding its table. tests/exploitation/test_base.py compares them.

-- == 12 : socle ==

-- ---- Settings, calendar, texts

CREATE TABLE reglage (  -- a setting that somebody changed (verbes/valeurs.py), or a fact that the program keeps
  cle TEXT PRIMARY KEY,  -- its name in the program
  valeur TEXT NOT NULL,  -- '': not settled
  origine TEXT NOT NULL DEFAULT '',  -- the default that it was changed from
  regle_le TEXT  -- jour it was decided; of a dated line, the day typed
) STRICT;

CREATE TABLE fermeture (  -- closing days, which the échéances skip
  id INTEGER PRIMARY KEY,
  du TEXT NOT NULL,  -- jour
  au TEXT NOT NULL CHECK (au >= du),  -- jour, included
  libelle TEXT NOT NULL  -- why: « Noël »
) STRICT;

CREATE TABLE texte_ecrit (  -- a mail, a letter, a legal page that somebody wrote; as they come: static/textes/
  genre TEXT NOT NULL CHECK (genre IN ('courriel', 'page', 'lettre')),  -- of TEXTES (verbes/textes.py)
  cle TEXT NOT NULL,  -- of a page, its address; of a mail, its name in the program
  titre TEXT NOT NULL,  -- its title; of a mail, its subject
  corps TEXT NOT NULL,  -- Markdown; of a mail, a line whose placeholders are all empty is left out
  titre_origine TEXT NOT NULL,  -- the title it was written over
  corps_origine TEXT NOT NULL,  -- the text it was written over
  modifie_le TEXT NOT NULL,  -- written
  PRIMARY KEY (genre, cle)
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
  convention_referent TEXT NOT NULL DEFAULT '',  -- who follows it there
  convention_reconduite_le TEXT  -- jour it was agreed to go on; NULL: the first one
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
  restreintes INTEGER NOT NULL DEFAULT 1 CHECK (restreintes IN (0, 1)),  -- 0: restricted demandes wait for a yes
  CHECK (du <= au)
) STRICT;
CREATE INDEX absence_agent ON absence (agent_id, du);

CREATE TABLE delegation (  -- par_id acts for pour_id (regles.md §1, delegataire)
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
  delai INTEGER NOT NULL CHECK (delai IN (3, 10)),  -- days to call back
  restreinte INTEGER NOT NULL DEFAULT 0 CHECK (restreinte IN (0, 1)),  -- its demandes are, from the deposit
  sans_texte INTEGER NOT NULL DEFAULT 0 CHECK (sans_texte IN (0, 1)),  -- mails to its mairies do not say the message
  hors_guide INTEGER NOT NULL DEFAULT 0 CHECK (hors_guide IN (0, 1)),  -- not in the printed guide
  mots TEXT NOT NULL DEFAULT '',  -- what mairies call it, between commas: for the search
  etat TEXT NOT NULL DEFAULT 'publiee',  -- of ETATS_DE_FICHE
  maj_le TEXT NOT NULL,  -- jour its words changed
  gratuit TEXT NOT NULL DEFAULT '',  -- « oui », or what is; '': not said
  adherents_de TEXT NOT NULL DEFAULT '',  -- the structure whose members it is kept for
  par_convention TEXT NOT NULL DEFAULT '',  -- « oui », or who is eligible
  payant TEXT NOT NULL DEFAULT '',  -- an order of size
  conditions TEXT NOT NULL DEFAULT '',  -- the rest of what it costs and asks for; all '': told at the first contact
  explication TEXT NOT NULL DEFAULT '',  -- what the public reads of a suspended one
  remplacee_par_id INTEGER REFERENCES fiche (id),  -- where the address of an archived one leads
  verifie_le TEXT  -- jour: who pilots it said that it is right; NULL: never
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

CREATE TABLE version (  -- what a fiche, a page, a mail, a contenu has said, or what is proposed that it say
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
CREATE TRIGGER version_codes BEFORE INSERT ON version WHEN NEW.genre NOT IN (
  'fiche', 'page', 'courriel', 'contenu', 'lettre')
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
CREATE TRIGGER document_codes BEFORE INSERT ON document WHEN NEW.genre NOT IN (
  'fiche', 'contenu', 'image', 'accord', 'logo', 'convention', 'ouverte', 'lettre', 'guide')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
-- An image is served under its type.
CREATE TRIGGER document_image BEFORE INSERT ON document
WHEN NEW.genre IN ('image', 'logo') AND NEW.type NOT IN ('jpg', 'png', 'webp')
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
  competence TEXT NOT NULL DEFAULT '',  -- whose it is
  conseil TEXT NOT NULL DEFAULT '',  -- who may advise; '': the organisme
  mots TEXT NOT NULL DEFAULT '',  -- what mairies say of it, between commas: the search reads them
  publique INTEGER NOT NULL DEFAULT 0 CHECK (publique IN (0, 1)),  -- found by the public, without service nor texte
  service TEXT NOT NULL DEFAULT '',  -- whom to ask for
  telephone TEXT NOT NULL DEFAULT '',  -- ten digits
  texte TEXT NOT NULL DEFAULT '',  -- ready for the mairie
  verifie_le TEXT NOT NULL  -- jour
) STRICT;

CREATE TABLE amelioration (  -- what an agent proposes of the tool itself
  id INTEGER PRIMARY KEY,
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who
  texte TEXT NOT NULL,  -- what would be better
  propose_le TEXT NOT NULL,  -- when
  lue_le TEXT,  -- by an administrateur; NULL: in their day
  lue_par_id INTEGER REFERENCES agent (id)  -- who read it
) STRICT;

CREATE TABLE pilotage (  -- chef de file and co-chefs of a fiche
  fiche_id INTEGER NOT NULL REFERENCES fiche (id) ON DELETE CASCADE,  -- of which
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who
  rang INTEGER NOT NULL DEFAULT 0,  -- 0: the chef de file
  PRIMARY KEY (fiche_id, agent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pilotage_agent ON pilotage (agent_id);

CREATE TABLE associable (  -- who may be associated to the demandes of a fiche
  id INTEGER PRIMARY KEY,
  fiche_id INTEGER NOT NULL REFERENCES fiche (id) ON DELETE CASCADE,  -- of which
  rang INTEGER NOT NULL DEFAULT 0,  -- in what order
  structure_id INTEGER REFERENCES structure (id),  -- who: a whole structure…
  direction_id INTEGER REFERENCES direction (id),  -- … or a direction
  CHECK ((structure_id IS NULL) <> (direction_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX associable_structure ON associable (fiche_id, structure_id);
CREATE UNIQUE INDEX associable_direction ON associable (fiche_id, direction_id);

-- ---- Collectivités

CREATE TABLE collectivite (  -- communes, EPCI, syndicats
  id INTEGER PRIMARY KEY,
  siren TEXT,  -- unique among those not replaced; NULL: of a commune nouvelle, not given yet
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
  acte_le TEXT,  -- jour of the arrêté préfectoral that makes it; NULL: no commune nouvelle
  epci_suivant_id INTEGER REFERENCES collectivite (id),  -- its EPCI from epci_le on
  epci_le TEXT,  -- jour
  sans_lettre INTEGER NOT NULL DEFAULT 0 CHECK (sans_lettre IN (0, 1)),  -- wants no letter
  canton TEXT NOT NULL DEFAULT '',  -- a filter, no more (regles.md §7)
  petr TEXT NOT NULL DEFAULT '',  -- the same
  secteur TEXT NOT NULL DEFAULT '',  -- the same
  usuels TEXT NOT NULL DEFAULT '',  -- other names it is called by, between « | »
  adresse TEXT NOT NULL DEFAULT ''  -- postal, a line each, its name left out; '': not known
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
  referent_dit_id INTEGER REFERENCES agent (id),  -- the référent that the mairie was last told of
  saisie_par_id INTEGER REFERENCES agent (id),  -- who typed it (cas 2)
  recue_le TEXT,  -- jour (cas 2)
  voie TEXT NOT NULL DEFAULT '',  -- of VOIES (cas 2)
  issue TEXT NOT NULL DEFAULT '',  -- of ISSUES, REPONSES, ECARTS; '': open
  synthese TEXT NOT NULL DEFAULT '',  -- of the closing, among agents
  texte_final TEXT NOT NULL DEFAULT '',  -- what an agent wrote to the demandeur
  organisme TEXT NOT NULL DEFAULT '',  -- « réorientée vers … »
  accord TEXT NOT NULL DEFAULT '',  -- of the chef de file, at the orientation
  prochaine_etape_le TEXT,  -- jour of the first step not done; triggers of jalon write it
  importee INTEGER NOT NULL DEFAULT 0 CHECK (importee IN (0, 1)),  -- by an import
  titre_depose TEXT NOT NULL DEFAULT '',  -- the title of the fiche on the day of the deposit
  reprise INTEGER NOT NULL DEFAULT 0 CHECK (reprise IN (0, 1)),  -- imported, no act since: no clock
  reference TEXT NOT NULL DEFAULT '',  -- imported: what it was called before
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
  message_le TEXT,  -- last message that nothing has answered; triggers of journal write it
  inconnue_le TEXT,  -- first answer from an unknown sender that waits apart; triggers of reponse_recue write it
  attente_depuis TEXT,  -- instant since which an answer of the collectivité is waited for; NULL: none is
  attente_au TEXT,  -- jour, its last one
  attente_de TEXT NOT NULL DEFAULT '',  -- what is waited for, as the collectivité reads it
  attente_tue INTEGER NOT NULL DEFAULT 0 CHECK (attente_tue IN (0, 1)),  -- no mail says it: on the tracking page alone
  ampleur TEXT NOT NULL DEFAULT '' CHECK (ampleur IN ('', 'echange', 'jours', 'projet'))  -- of AMPLEURS
) STRICT;
CREATE INDEX demande_statut ON demande (statut, numero);
CREATE INDEX demande_theme ON demande (theme_id, numero);
CREATE INDEX demande_fiche ON demande (fiche_id, numero);
CREATE INDEX demande_direction ON demande (direction_id, numero);
-- With all that the map counts, so that it reads no row (verbes/pilotage/territoires.py).
CREATE INDEX demande_collectivite ON demande (collectivite_id, numero, depose_le, essai, reprise, issue, statut, clos_le,
  restreinte, theme_id, type);
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
CREATE INDEX demande_attente ON demande (attente_au, numero) WHERE attente_au IS NOT NULL;
CREATE INDEX demande_a_repondre ON demande (numero) WHERE message_le IS NOT NULL;
CREATE INDEX demande_inconnue ON demande (numero) WHERE inconnue_le IS NOT NULL;
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

CREATE TABLE campagne (  -- a revue annuelle: is what the catalogue says still right?
  id INTEGER PRIMARY KEY,
  annee INTEGER NOT NULL UNIQUE,  -- of its last day
  ouverte_le TEXT NOT NULL,  -- begun
  ouverte_par_id INTEGER REFERENCES agent (id),  -- by whom
  ferme_le TEXT NOT NULL,  -- jour: the last one to answer
  close_le TEXT  -- ended; NULL: the one that is open
) STRICT;
CREATE UNIQUE INDEX campagne_ouverte ON campagne (close_le IS NULL) WHERE close_le IS NULL;

CREATE TABLE campagne_reponse (  -- what it asks about, and what is answered
  id INTEGER PRIMARY KEY,
  campagne_id INTEGER NOT NULL REFERENCES campagne (id),  -- of which
  fiche_id INTEGER REFERENCES fiche (id),  -- about a fiche…
  contenu_id INTEGER REFERENCES contenu (id),  -- … or a ressource
  reponse TEXT NOT NULL DEFAULT ''  -- '': none; sortie: it had left the catalogue
    CHECK (reponse IN ('', 'exacte', 'changement', 'retrait', 'sortie')),
  pourquoi TEXT NOT NULL DEFAULT '',  -- of a retrait
  agent_id INTEGER REFERENCES agent (id),  -- who answered
  repondu_le TEXT,  -- when
  CHECK ((fiche_id IS NULL) <> (contenu_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX campagne_reponse_fiche ON campagne_reponse (campagne_id, fiche_id);
CREATE UNIQUE INDEX campagne_reponse_contenu ON campagne_reponse (campagne_id, contenu_id);

-- ---- What figures and the map read

CREATE TABLE evaluation (  -- what the mairie says of an accompaniment that is over, once (regles.md §11)
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
-- With what figures read of each team, so that they read no row.
CREATE INDEX membre_demande ON membre (demande_id, role, rang, agent_id, structure_id, direction_id);
CREATE INDEX membre_agent ON membre (agent_id, demande_id);
CREATE INDEX membre_structure ON membre (structure_id, demande_id);
CREATE INDEX membre_direction ON membre (direction_id, demande_id);

CREATE TABLE jalon (  -- a step of the feuille de route of a demande
  id INTEGER PRIMARY KEY,
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- of which
  rang INTEGER NOT NULL,  -- its place, from the first one
  quoi TEXT NOT NULL CHECK (quoi <> ''),  -- what is to be done, among agents
  agent_id INTEGER REFERENCES agent (id),  -- who holds it, as in membre; nobody of the team: the référent does
  structure_id INTEGER REFERENCES structure (id),  -- the same
  direction_id INTEGER REFERENCES direction (id),  -- the same
  a_accepter INTEGER NOT NULL DEFAULT 0 CHECK (a_accepter IN (0, 1)),  -- invited with it, has not said yes
  propose TEXT NOT NULL DEFAULT '',  -- whom the référent would associate, in words
  pour_le TEXT,  -- jour
  fait_le TEXT,  -- jour; NULL: not done
  dit TEXT NOT NULL DEFAULT '',  -- in words for the collectivité; '': not shown
  dit_jour INTEGER NOT NULL DEFAULT 0 CHECK (dit_jour IN (0, 1))  -- its day is said too; its month alone, else
) STRICT;
CREATE INDEX jalon_demande ON jalon (demande_id, rang, id);
CREATE INDEX jalon_agent ON jalon (agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX jalon_a_accepter ON jalon (demande_id) WHERE a_accepter = 1;
-- These alone write demande.prochaine_etape_le, the day of the first step that is not done (regles.md §12); an import
-- that gives the column writes a step too (verbes/demande/jalons.py).
CREATE TRIGGER jalon_ajoute AFTER INSERT ON jalon BEGIN
  UPDATE demande SET prochaine_etape_le = (
    SELECT pour_le FROM jalon WHERE demande_id = NEW.demande_id AND fait_le IS NULL ORDER BY rang, id LIMIT 1)
  WHERE numero = NEW.demande_id;
END;
CREATE TRIGGER jalon_change AFTER UPDATE ON jalon BEGIN
  UPDATE demande SET prochaine_etape_le = (
    SELECT pour_le FROM jalon WHERE demande_id = NEW.demande_id AND fait_le IS NULL ORDER BY rang, id LIMIT 1)
  WHERE numero = NEW.demande_id;
END;
CREATE TRIGGER jalon_retire AFTER DELETE ON jalon BEGIN
  UPDATE demande SET prochaine_etape_le = (
    SELECT pour_le FROM jalon WHERE demande_id = OLD.demande_id AND fait_le IS NULL ORDER BY rang, id LIMIT 1)
  WHERE numero = OLD.demande_id;
END;
-- The steps not done go with the place of the team: a person named, handed over, a direction that another succeeds.
CREATE TRIGGER membre_jalons AFTER UPDATE OF agent_id, structure_id, direction_id ON membre BEGIN
  UPDATE jalon SET agent_id = NEW.agent_id, structure_id = NEW.structure_id, direction_id = NEW.direction_id
  WHERE demande_id = NEW.demande_id AND fait_le IS NULL AND agent_id IS OLD.agent_id
  AND (OLD.agent_id IS NOT NULL OR (structure_id, direction_id) IS (OLD.structure_id, OLD.direction_id));
END;

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
  fait TEXT NOT NULL DEFAULT '',  -- of FAITS: what rules read of it, which never read its text
  moyen TEXT NOT NULL DEFAULT '',  -- of MOYENS, for nature 'contact'
  corrige_id INTEGER REFERENCES journal (id),  -- the line this one corrects
  CHECK ((nature = 'statut') = (statut IS NOT NULL))
) STRICT;
CREATE INDEX journal_demande ON journal (demande_id, cree_le, id);
CREATE INDEX journal_corrige ON journal (corrige_id) WHERE corrige_id IS NOT NULL;
CREATE INDEX journal_date ON journal (cree_le);
CREATE INDEX journal_message ON journal (demande_id, cree_le) WHERE nature = 'message';
-- What figures look for: the few lines of each, by demande.
CREATE INDEX journal_proposition ON journal (demande_id, acte_le, cree_le) WHERE nature = 'proposition';
CREATE INDEX journal_rejet ON journal (demande_id) WHERE statut = 'rejete';
CREATE INDEX journal_orientee ON journal (demande_id, cree_le) WHERE statut = 'attribue_chef' AND agent_id IS NOT NULL;
CREATE TRIGGER journal_codes BEFORE INSERT ON journal
WHEN NEW.nature NOT IN ('note', 'appel', 'courriel', 'visite', 'reunion', 'proposition', 'livrable', 'relation',
  'depot', 'statut', 'equipe', 'contact', 'message', 'reponse', 'envoi', 'correction')
  OR NEW.fait NOT IN ('', 'joint', 'message', 'injoignable', 'interlocuteur', 'autre', 'sans_reponse', 'passation',
  'reouverture', 'automatique', 'accord', 'a_recueillir', 'rien_a_noter')
  OR NEW.moyen NOT IN ('', 'appel', 'courriel', 'visite', 'reunion')
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
-- These two alone write demande.message_le, what is to be answered (regles.md §12): no note does it. A message ends
-- the wait for one, the closing too.
CREATE TRIGGER journal_message_recu AFTER INSERT ON journal WHEN NEW.nature = 'message' BEGIN
  UPDATE demande SET message_le = max(coalesce(message_le, ''), NEW.cree_le) WHERE numero = NEW.demande_id;
  UPDATE demande SET attente_depuis = NULL, attente_au = NULL, attente_de = ''
  WHERE numero = NEW.demande_id AND attente_depuis <= NEW.cree_le;
END;
CREATE TRIGGER journal_message_suivi AFTER INSERT ON journal
WHEN (NEW.agent_id IS NOT NULL AND (NEW.nature IN ('reponse', 'contact', 'appel', 'visite', 'reunion')
                                    OR NEW.fait = 'sans_reponse'))
  OR (NEW.nature = 'statut' AND EXISTS (SELECT 1 FROM demande WHERE numero = NEW.demande_id AND clos_le IS NOT NULL))
BEGIN
  UPDATE demande SET message_le = NULL WHERE numero = NEW.demande_id AND message_le <= NEW.cree_le;
END;
CREATE TRIGGER journal_attente_finie AFTER INSERT ON journal
WHEN NEW.nature = 'statut' AND EXISTS (SELECT 1 FROM demande WHERE numero = NEW.demande_id AND clos_le IS NOT NULL)
BEGIN
  UPDATE demande SET attente_depuis = NULL, attente_au = NULL, attente_de = ''
  WHERE numero = NEW.demande_id AND attente_au IS NOT NULL;
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

CREATE TABLE lettre (  -- an accusé de réception that the Président·e signs (verbes/demande/lettres.py)
  id INTEGER PRIMARY KEY,
  imprimee_le TEXT NOT NULL,  -- printed
  faits TEXT NOT NULL,  -- JSON: what it says, as it was at the printing
  texte TEXT NOT NULL,  -- JSON: its parts, as printed
  signataire TEXT NOT NULL,  -- of SIGNATAIRES
  accord_le TEXT,  -- jour the person to call back agreed to it, of a restricted demande
  signature_le TEXT,  -- jour it was put to the signature
  signee_le TEXT,  -- jour
  envoyee_le TEXT,  -- jour
  voie TEXT NOT NULL DEFAULT '' CHECK (voie IN ('', 'poste', 'courriel')),  -- of VOIES_DE_LETTRE
  notees TEXT NOT NULL DEFAULT ''  -- the jours on which these three were noted, between spaces
) STRICT;
CREATE INDEX lettre_en_chemin ON lettre (id) WHERE envoyee_le IS NULL;

CREATE TABLE lettre_demande (  -- the demandes of a letter: each is of one, once
  demande_id INTEGER PRIMARY KEY REFERENCES demande (numero),  -- which
  lettre_id INTEGER NOT NULL REFERENCES lettre (id) ON DELETE CASCADE,  -- of which
  journal_id INTEGER REFERENCES journal (id)  -- the line that says that it left
) STRICT;
CREATE INDEX lettre_demande_lettre ON lettre_demande (lettre_id);

CREATE TABLE message_a_partir (  -- to a collectivité: two minutes, in which its author takes it back
  id INTEGER PRIMARY KEY,
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- of which
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- its author
  texte TEXT NOT NULL,  -- what it says
  porte TEXT NOT NULL CHECK (porte IN ('echange', 'proposition', 'livrable')),  -- of PORTES_PAR
  sans_texte INTEGER NOT NULL DEFAULT 0 CHECK (sans_texte IN (0, 1)),  -- its mail does not say it
  attente_au TEXT,  -- jour by which an answer is asked; NULL: none is
  attente_de TEXT NOT NULL DEFAULT '',  -- what is asked
  ecrit_le TEXT NOT NULL,  -- written
  part_le TEXT NOT NULL,  -- instant: not before
  raison TEXT NOT NULL DEFAULT ''  -- why it did not leave; '': it waits
) STRICT;
CREATE INDEX message_a_partir_du ON message_a_partir (part_le) WHERE raison = '';
CREATE INDEX message_a_partir_demande ON message_a_partir (demande_id);

CREATE TABLE piece_a_partir (  -- a file of such a message
  id INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES message_a_partir (id) ON DELETE CASCADE,  -- of which
  nom TEXT NOT NULL,  -- of the file
  contenu BLOB NOT NULL  -- its bytes
) STRICT;
CREATE INDEX piece_a_partir_message ON piece_a_partir (message_id);

CREATE TABLE reponse_recue (  -- an answer that came by e-mail, once; apart while its sender is not known
  id INTEGER PRIMARY KEY,
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- of which
  identifiant TEXT NOT NULL,  -- its Message-ID
  recue_le TEXT NOT NULL,  -- arrived
  etat TEXT NOT NULL CHECK (etat IN ('rangee', 'inconnue', 'ecartee', 'automatique')),  -- what became of it
  de TEXT NOT NULL DEFAULT '',  -- its sender, while it is apart
  texte TEXT NOT NULL DEFAULT ''  -- what it says, the same
) STRICT;
CREATE UNIQUE INDEX reponse_recue_une ON reponse_recue (demande_id, identifiant);
CREATE INDEX reponse_recue_date ON reponse_recue (recue_le);
-- These alone write demande.inconnue_le.
CREATE TRIGGER reponse_recue_apart AFTER INSERT ON reponse_recue WHEN NEW.etat = 'inconnue' BEGIN
  UPDATE demande SET inconnue_le = coalesce(inconnue_le, NEW.recue_le) WHERE numero = NEW.demande_id;
END;
CREATE TRIGGER reponse_recue_tranchee AFTER UPDATE OF etat ON reponse_recue BEGIN
  UPDATE demande SET inconnue_le = (SELECT min(recue_le) FROM reponse_recue
                                    WHERE demande_id = NEW.demande_id AND etat = 'inconnue')
  WHERE numero = NEW.demande_id;
END;

CREATE TABLE piece_recue (  -- a file of an answer that is apart
  id INTEGER PRIMARY KEY,
  reponse_id INTEGER NOT NULL REFERENCES reponse_recue (id) ON DELETE CASCADE,  -- of which
  nom TEXT NOT NULL,  -- of the file
  contenu BLOB NOT NULL  -- its bytes
) STRICT;
CREATE INDEX piece_recue_reponse ON piece_recue (reponse_id);

CREATE TABLE texte_type (  -- a text that an agent keeps, to write to collectivités
  id INTEGER PRIMARY KEY,
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who wrote it
  structure_id INTEGER REFERENCES structure (id),  -- whose agents read it too; NULL: nobody else
  titre TEXT NOT NULL,  -- what it is for
  texte TEXT NOT NULL,  -- with its repères
  modifie_le TEXT NOT NULL  -- its words
) STRICT;
CREATE INDEX texte_type_agent ON texte_type (agent_id);
CREATE INDEX texte_type_structure ON texte_type (structure_id) WHERE structure_id IS NOT NULL;

CREATE TABLE reunion (  -- a réunion de cadrage of a demande
  id INTEGER PRIMARY KEY,
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- of which
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who has proposed it
  jour TEXT NOT NULL,  -- the day, its hours those of Paris
  debut_a TEXT NOT NULL,  -- « 10:00 »
  fin_a TEXT NOT NULL,  -- « 11:30 »
  lieu TEXT NOT NULL DEFAULT '',  -- a place, or the address of a visioconférence
  cree_le TEXT NOT NULL,  -- proposed
  modifie_le TEXT NOT NULL,  -- what a calendar is told of it
  annulee_le TEXT  -- instant
) STRICT;
CREATE INDEX reunion_demande ON reunion (demande_id, jour);
CREATE INDEX reunion_jour ON reunion (jour);

CREATE TABLE invitation (  -- of one guest, to a réunion or to an évènement of the contributeurs
  id INTEGER PRIMARY KEY,
  reunion_id INTEGER REFERENCES reunion (id),  -- to which
  contenu_id INTEGER REFERENCES contenu (id),  -- the same, an évènement
  agent_id INTEGER REFERENCES agent (id),  -- who; NULL: the collectivité of the demande
  jeton TEXT NOT NULL UNIQUE,  -- of the page where they say that they come
  oui_le TEXT,  -- they come: instant
  retiree_le TEXT,  -- they are not invited any more: instant
  CHECK ((reunion_id IS NULL) <> (contenu_id IS NULL) AND (agent_id IS NOT NULL OR contenu_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX invitation_reunion ON invitation (reunion_id, ifnull(agent_id, 0)) WHERE reunion_id IS NOT NULL;
CREATE UNIQUE INDEX invitation_contenu ON invitation (contenu_id, agent_id) WHERE contenu_id IS NOT NULL;
CREATE INDEX invitation_agent ON invitation (agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE liste_gardee (  -- a view of the list that an agent keeps
  id INTEGER PRIMARY KEY,
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- whose
  nom TEXT NOT NULL,  -- how they call it
  criteres TEXT NOT NULL  -- its filters and sort, as an address says them
) STRICT;
CREATE UNIQUE INDEX liste_gardee_une ON liste_gardee (agent_id, nom);

CREATE TABLE courriel (  -- a mail, written in the transaction of what it tells
  id INTEGER PRIMARY KEY,
  identifiant TEXT NOT NULL UNIQUE,  -- the Message-ID, the same at each try
  demande_id INTEGER REFERENCES demande (numero),  -- about which
  agent_id INTEGER REFERENCES agent (id),  -- NULL: the demandeur, or a mailbox
  invitation_id INTEGER REFERENCES invitation (id),  -- what a calendar reads of it goes with it
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
CREATE INDEX courriel_invitation ON courriel (invitation_id) WHERE invitation_id IS NOT NULL;
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
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given again: whoever reads goes on after the last one
  fait_le TEXT NOT NULL,  -- when
  agent_id INTEGER REFERENCES agent (id),  -- who; NULL: the platform, a stranger
  fait TEXT NOT NULL,  -- what, in words that the chapter « securite » lists
  detail TEXT NOT NULL DEFAULT '',  -- never what a setting or a message says
  adresse TEXT NOT NULL DEFAULT '',  -- of the client, for what a stranger may do
  nombre INTEGER NOT NULL DEFAULT 1,  -- how many times, in one minute
  objet TEXT NOT NULL DEFAULT ''  -- what it is about: « porte:12 »
) STRICT;
CREATE INDEX audit_date ON audit (fait_le);
-- The last sign-in of each account, without reading the audit.
CREATE INDEX audit_connexion ON audit (agent_id, fait_le) WHERE fait = 'connexion';
CREATE INDEX audit_objet ON audit (objet, fait_le);
CREATE INDEX audit_genre ON audit (substr(objet, 1, instr(objet || ':', ':') - 1), fait_le);  -- verbes/audit.py
CREATE INDEX audit_fait ON audit (fait, fait_le);
CREATE INDEX audit_agent ON audit (agent_id, fait_le);
CREATE INDEX audit_adresse ON audit (fait_le) WHERE adresse <> '';
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
CREATE INDEX rappel_date ON rappel (fait_le);

CREATE TABLE cote (  -- a demande that an agent has put aside in their own day
  agent_id INTEGER NOT NULL REFERENCES agent (id),  -- who
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- which
  jusqu_au TEXT NOT NULL,  -- jour it comes back
  raison TEXT NOT NULL,  -- read by the team, not in the journal
  mis_le TEXT NOT NULL,  -- put aside
  PRIMARY KEY (agent_id, demande_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cote_demande ON cote (demande_id);

CREATE TABLE passation (  -- what was held, handed over at once (verbes/administration/passation.py)
  id INTEGER PRIMARY KEY,
  agent_id INTEGER REFERENCES agent (id),  -- who held it; NULL: a whole structure
  structure_id INTEGER REFERENCES structure (id),  -- the structure that leaves; NULL: an agent
  par_id INTEGER NOT NULL REFERENCES agent (id),  -- who does it
  genre TEXT NOT NULL CHECK (genre IN ('depart', 'absence', 'direction', 'convention')),  -- why
  faite_le TEXT NOT NULL,  -- done
  ferme_le TEXT,  -- jour the account closes; NULL: it does not, or all is erased
  close_le TEXT,  -- from then on it is not undone any more
  annulee_le TEXT,  -- undone
  fait TEXT NOT NULL DEFAULT '{}',  -- JSON: what was, to put it back
  CHECK ((agent_id IS NULL) = (genre = 'convention') AND (structure_id IS NULL) = (genre <> 'convention'))
) STRICT;
CREATE INDEX passation_agent ON passation (agent_id, id);
CREATE INDEX passation_structure ON passation (structure_id, id) WHERE structure_id IS NOT NULL;
CREATE INDEX passation_due ON passation (faite_le) WHERE close_le IS NULL OR ferme_le IS NOT NULL;

CREATE TABLE stock_classe (  -- of the last batches of « Classer à la reprise », what an undoing needs
  demande_id INTEGER PRIMARY KEY REFERENCES demande (numero),  -- which
  lot INTEGER NOT NULL,  -- the line of the audit that tells the batch
  statut TEXT NOT NULL,  -- before
  version INTEGER NOT NULL  -- after: another one, and it has moved since
) STRICT;
CREATE INDEX stock_classe_lot ON stock_classe (lot);

CREATE TABLE import_defaisable (  -- of the last imports of demandes or of their journal, what an undoing needs
  lot INTEGER NOT NULL,  -- the line of the audit that tells the batch
  demande_id INTEGER NOT NULL REFERENCES demande (numero),  -- which
  creee INTEGER NOT NULL CHECK (creee IN (0, 1)),  -- by this batch
  version INTEGER NOT NULL,  -- after: another one, and it has moved since
  ligne INTEGER NOT NULL,  -- after: the last line of its journal, 0 for none; the same
  avant TEXT NOT NULL DEFAULT '',  -- JSON: what it was, '' of one that it made
  PRIMARY KEY (lot, demande_id)
) STRICT;
CREATE INDEX import_defaisable_demande ON import_defaisable (demande_id);

-- ---- Memory, purge, search

CREATE TABLE marque (  -- until when what was read stays true: moved by the triggers below
  id INTEGER PRIMARY KEY CHECK (id = 1),  -- its one row
  reference INTEGER NOT NULL,  -- what the administration writes
  demande INTEGER NOT NULL,  -- demandes, teams, journal
  session INTEGER NOT NULL,  -- sessions
  journee INTEGER NOT NULL  -- what « Ma journée » reads besides: failed mails, steps, what is put aside…
) STRICT;
INSERT INTO marque VALUES (1, 0, 0, 0, 0);

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
CREATE TRIGGER texte_ecrit_marque_ajout AFTER INSERT ON texte_ecrit BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER texte_ecrit_marque_change AFTER UPDATE ON texte_ecrit BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER texte_ecrit_marque_retrait AFTER DELETE ON texte_ecrit BEGIN UPDATE marque SET reference = reference + 1; END;
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
CREATE TRIGGER porte_marque_ajout AFTER INSERT ON porte BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER porte_marque_change AFTER UPDATE ON porte BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER porte_marque_retrait AFTER DELETE ON porte BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER version_marque_ajout AFTER INSERT ON version BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER version_marque_change AFTER UPDATE ON version BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER version_marque_retrait AFTER DELETE ON version BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER document_marque_ajout AFTER INSERT ON document BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER document_marque_change AFTER UPDATE ON document BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER document_marque_retrait AFTER DELETE ON document BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER pilotage_marque_ajout AFTER INSERT ON pilotage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER pilotage_marque_change AFTER UPDATE ON pilotage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER pilotage_marque_retrait AFTER DELETE ON pilotage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER associable_marque_ajout AFTER INSERT ON associable BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER associable_marque_change AFTER UPDATE ON associable BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER associable_marque_retrait AFTER DELETE ON associable BEGIN UPDATE marque SET reference = reference + 1; END;
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
CREATE TRIGGER campagne_marque_ajout AFTER INSERT ON campagne BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER campagne_marque_change AFTER UPDATE ON campagne BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER campagne_marque_retrait AFTER DELETE ON campagne BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER campagne_reponse_marque_ajout AFTER INSERT ON campagne_reponse BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER campagne_reponse_marque_change AFTER UPDATE ON campagne_reponse BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER campagne_reponse_marque_retrait AFTER DELETE ON campagne_reponse BEGIN UPDATE marque SET reference = reference + 1; END;
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
CREATE TRIGGER jalon_marque_ajout AFTER INSERT ON jalon BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER jalon_marque_change AFTER UPDATE ON jalon BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER jalon_marque_retrait AFTER DELETE ON jalon BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER reunion_marque_ajout AFTER INSERT ON reunion BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER reunion_marque_change AFTER UPDATE ON reunion BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER reunion_marque_retrait AFTER DELETE ON reunion BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER cote_marque_ajout AFTER INSERT ON cote BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER cote_marque_change AFTER UPDATE ON cote BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER cote_marque_retrait AFTER DELETE ON cote BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER liste_gardee_marque_ajout AFTER INSERT ON liste_gardee BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER liste_gardee_marque_change AFTER UPDATE ON liste_gardee BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER liste_gardee_marque_retrait AFTER DELETE ON liste_gardee BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER amelioration_marque_ajout AFTER INSERT ON amelioration BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER amelioration_marque_change AFTER UPDATE ON amelioration BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER amelioration_marque_retrait AFTER DELETE ON amelioration BEGIN UPDATE marque SET journee = journee + 1; END;
-- Of mails, it reads those that were not delivered.
CREATE TRIGGER courriel_marque_ajout AFTER INSERT ON courriel WHEN new.echec_le IS NOT NULL
BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER courriel_marque_change AFTER UPDATE ON courriel WHEN coalesce(old.echec_le, new.echec_le) IS NOT NULL
BEGIN UPDATE marque SET journee = journee + 1; END;
CREATE TRIGGER courriel_marque_retrait AFTER DELETE ON courriel WHEN old.echec_le IS NOT NULL
BEGIN UPDATE marque SET journee = journee + 1; END;

-- ---- Views: what the base says in words, for who opens it with sqlite3 alone (« SELECT * FROM v_demandes »). The program
-- does not read them; their labels are those of the law, compared by a test.

CREATE VIEW v_demandes AS SELECT numero, depose_le, clos_le, echeance, premier_contact_le,
  CASE demande.statut
    WHEN 'attribue_admin' THEN 'Attribué administrateur Plateforme'
    WHEN 'receptionne_admin' THEN 'Réceptionné administrateur Plateforme'
    WHEN 'attribue_chef' THEN 'Attribué chef de file' WHEN 'receptionne_chef' THEN 'Réceptionné chef de file'
    WHEN 'attribue_expert' THEN 'Attribué expert(s)' WHEN 'receptionne_expert' THEN 'Réceptionné expert'
    WHEN 'en_cours' THEN 'En cours' WHEN 'termine' THEN 'Terminé' WHEN 'rejete' THEN 'Rejeté'
    WHEN 'abandonne' THEN 'Abandonné'
    END AS statut,
  CASE demande.issue
    WHEN 'realise' THEN 'accompagnement réalisé' WHEN 'reponse' THEN 'Réponse apportée'
    WHEN 'redirige' THEN 'redirigé vers un autre service'
    WHEN 'sans_suite' THEN 'sans suite donnée par la collectivité' WHEN 'non_jointe' THEN 'collectivité non jointe'
    WHEN 'sans_nouvelles' THEN 'classée sans nouvelles' WHEN 'reorientee' THEN 'Réorientée vers'
    WHEN 'doublon' THEN 'doublon' WHEN 'erreur' THEN 'déposée par erreur' WHEN 'stock' THEN 'classée à la reprise'
    WHEN 'essai' THEN 'essai d''avant l''ouverture'
    END AS issue,
  demande.collectivite, coalesce(actuelle.nom, connue.nom) AS collectivite_actuelle, demande.type, demande.lieu,
  theme.nom AS theme, fiche.titre AS fiche, structure.nom AS structure, direction.nom AS direction,
  (SELECT agent.prenom || ' ' || agent.nom FROM membre JOIN agent ON agent.id = membre.agent_id
   WHERE membre.demande_id = demande.numero AND membre.role = 'referent') AS referent,
  iif(demande.restreinte, 'oui', 'non') AS restreinte, demande.prenom, demande.nom, demande.message, demande.synthese,
  demande.texte_final
FROM demande LEFT JOIN theme ON theme.id = demande.theme_id LEFT JOIN fiche ON fiche.id = demande.fiche_id
LEFT JOIN structure ON structure.id = demande.structure_id LEFT JOIN direction ON direction.id = demande.direction_id
LEFT JOIN collectivite AS connue ON connue.id = demande.collectivite_id
LEFT JOIN collectivite AS actuelle ON actuelle.id = connue.remplacee_par_id;

CREATE VIEW v_journal AS SELECT journal.id AS ligne, journal.demande_id AS numero, demande.collectivite, journal.cree_le,
  journal.acte_le,
  CASE journal.nature
    WHEN 'note' THEN 'Note' WHEN 'appel' THEN 'Appel' WHEN 'courriel' THEN 'Courriel important'
    WHEN 'visite' THEN 'Visite sur site' WHEN 'reunion' THEN 'Réunion de cadrage'
    WHEN 'proposition' THEN 'Proposition d''accompagnement' WHEN 'livrable' THEN 'Restitution de livrable'
    WHEN 'relation' THEN 'Mise en relation' WHEN 'depot' THEN 'Dépôt' WHEN 'statut' THEN 'Statut'
    WHEN 'equipe' THEN 'Équipe' WHEN 'contact' THEN 'Premier contact'
    WHEN 'message' THEN 'Message de la collectivité' WHEN 'reponse' THEN 'Message à la collectivité'
    WHEN 'envoi' THEN 'Courriel' WHEN 'correction' THEN 'Correction'
    END AS nature,
  CASE journal.statut
    WHEN 'attribue_admin' THEN 'Attribué administrateur Plateforme'
    WHEN 'receptionne_admin' THEN 'Réceptionné administrateur Plateforme'
    WHEN 'attribue_chef' THEN 'Attribué chef de file' WHEN 'receptionne_chef' THEN 'Réceptionné chef de file'
    WHEN 'attribue_expert' THEN 'Attribué expert(s)' WHEN 'receptionne_expert' THEN 'Réceptionné expert'
    WHEN 'en_cours' THEN 'En cours' WHEN 'termine' THEN 'Terminé' WHEN 'rejete' THEN 'Rejeté'
    WHEN 'abandonne' THEN 'Abandonné'
    END AS statut,
  journal.auteur, journal.structure, journal.texte, journal.corrige_id AS corrige
FROM journal JOIN demande ON demande.numero = journal.demande_id;

CREATE VIEW v_pieces AS SELECT piece.id, piece.demande_id AS numero, demande.collectivite, piece.nom, piece.taille,
  piece.sha256, piece.depose_le, coalesce(agent.prenom || ' ' || agent.nom, 'la collectivité') AS depose_par, piece.contenu
FROM piece JOIN demande ON demande.numero = piece.demande_id LEFT JOIN agent ON agent.id = piece.agent_id;

-- == 13 : 1.0 ==

-- ---- Conversation: an act that closes waits as a message does

ALTER TABLE message_a_partir ADD COLUMN acte TEXT NOT NULL DEFAULT '';  -- of CLOSENT; '': a message
ALTER TABLE message_a_partir ADD COLUMN champs TEXT NOT NULL DEFAULT '';  -- JSON: the fields of its form, as typed
CREATE UNIQUE INDEX message_a_partir_cloture ON message_a_partir (demande_id) WHERE acte <> '' AND raison = '';

-- ---- Closing and reopening, as the collectivité reads them

DROP TRIGGER journal_codes;
CREATE TRIGGER journal_codes BEFORE INSERT ON journal
WHEN NEW.nature NOT IN ('note', 'appel', 'courriel', 'visite', 'reunion', 'proposition', 'livrable', 'relation',
  'depot', 'statut', 'equipe', 'contact', 'message', 'reponse', 'cloture', 'reouverture', 'envoi', 'correction')
  OR NEW.fait NOT IN ('', 'joint', 'message', 'injoignable', 'interlocuteur', 'autre', 'sans_reponse', 'passation',
  'reouverture', 'automatique', 'accord', 'a_recueillir', 'rien_a_noter')
  OR NEW.moyen NOT IN ('', 'appel', 'courriel', 'visite', 'reunion')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
DROP VIEW v_journal;
CREATE VIEW v_journal AS SELECT journal.id AS ligne, journal.demande_id AS numero, demande.collectivite, journal.cree_le,
  journal.acte_le,
  CASE journal.nature
    WHEN 'note' THEN 'Note' WHEN 'appel' THEN 'Appel' WHEN 'courriel' THEN 'Courriel important'
    WHEN 'visite' THEN 'Visite sur site' WHEN 'reunion' THEN 'Réunion de cadrage'
    WHEN 'proposition' THEN 'Proposition d''accompagnement' WHEN 'livrable' THEN 'Restitution de livrable'
    WHEN 'relation' THEN 'Mise en relation' WHEN 'depot' THEN 'Dépôt' WHEN 'statut' THEN 'Statut'
    WHEN 'equipe' THEN 'Équipe' WHEN 'contact' THEN 'Premier contact'
    WHEN 'message' THEN 'Message de la collectivité' WHEN 'reponse' THEN 'Message à la collectivité'
    WHEN 'cloture' THEN 'Clôture' WHEN 'reouverture' THEN 'Réouverture' WHEN 'envoi' THEN 'Courriel'
    WHEN 'correction' THEN 'Correction'
    END AS nature,
  CASE journal.statut
    WHEN 'attribue_admin' THEN 'Attribué administrateur Plateforme'
    WHEN 'receptionne_admin' THEN 'Réceptionné administrateur Plateforme'
    WHEN 'attribue_chef' THEN 'Attribué chef de file' WHEN 'receptionne_chef' THEN 'Réceptionné chef de file'
    WHEN 'attribue_expert' THEN 'Attribué expert(s)' WHEN 'receptionne_expert' THEN 'Réceptionné expert'
    WHEN 'en_cours' THEN 'En cours' WHEN 'termine' THEN 'Terminé' WHEN 'rejete' THEN 'Rejeté'
    WHEN 'abandonne' THEN 'Abandonné'
    END AS statut,
  journal.auteur, journal.structure, journal.texte, journal.corrige_id AS corrige
FROM journal JOIN demande ON demande.numero = journal.demande_id;

-- ---- Réunions: a guest may say no, and why

ALTER TABLE invitation ADD COLUMN non_le TEXT;  -- they can't come: instant
ALTER TABLE invitation ADD COLUMN mot TEXT NOT NULL DEFAULT '';  -- what they say of it

-- ---- The mail of the day: lines that an act leaves for it

ALTER TABLE rappel ADD COLUMN phrase TEXT NOT NULL DEFAULT '';  -- to be told; '': told
CREATE INDEX rappel_a_dire ON rappel (fait_le) WHERE phrase <> '';
ALTER TABLE agent ADD COLUMN repos TEXT NOT NULL DEFAULT ''  -- the day of each week on which they do not work
  CHECK (repos IN ('', 'lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi'));
ALTER TABLE jalon ADD COLUMN par_id INTEGER REFERENCES agent (id);  -- who planned it; NULL: an import, or nobody knows

-- A returned mail, told by a machine: each morning's days look for them.
CREATE INDEX reponse_recue_revenue ON reponse_recue (demande_id) WHERE etat = 'automatique' AND texte <> '';

-- ---- Hand-overs: a chef's, between the experts of their structure

ALTER TABLE passation RENAME TO passation_avant;
CREATE TABLE passation (  -- what was held, handed over at once (verbes/administration/passation.py)
  id INTEGER PRIMARY KEY,
  agent_id INTEGER REFERENCES agent (id),  -- who held it; NULL: a whole structure
  structure_id INTEGER REFERENCES structure (id),  -- the structure that leaves; NULL: an agent
  par_id INTEGER NOT NULL REFERENCES agent (id),  -- who does it
  genre TEXT NOT NULL CHECK (genre IN ('depart', 'absence', 'direction', 'convention', 'repartition')),  -- why
  faite_le TEXT NOT NULL,  -- done
  ferme_le TEXT,  -- jour the account closes; NULL: it does not, or all is erased
  close_le TEXT,  -- from then on it is not undone any more
  annulee_le TEXT,  -- undone
  fait TEXT NOT NULL DEFAULT '{}',  -- JSON: what was, to put it back
  CHECK ((agent_id IS NULL) = (genre = 'convention') AND (structure_id IS NULL) = (genre <> 'convention'))
) STRICT;
INSERT INTO passation SELECT * FROM passation_avant;
DROP TABLE passation_avant;
CREATE INDEX passation_agent ON passation (agent_id, id);
CREATE INDEX passation_structure ON passation (structure_id, id) WHERE structure_id IS NOT NULL;
CREATE INDEX passation_due ON passation (faite_le) WHERE close_le IS NULL OR ferme_le IS NOT NULL;

-- ---- Registers

ALTER TABLE porte ADD COLUMN retiree_le TEXT;  -- withdrawn; NULL: there

-- ---- Imports

-- ---- Settings: four of the colophon of the guide are one text, a line each, to be read again (« origine »)

INSERT INTO reglage (cle, valeur, origine, regle_le)
  SELECT 'guide_mentions', group_concat(ligne, char(10)), 'quatre réglages', max(regle_le)
  FROM (SELECT quoi || char(160) || ': ' || valeur AS ligne, regle_le
        FROM (SELECT 1 AS rang, 'guide_directeur' AS ancien, 'Directeur ou directrice de la publication' AS quoi
              UNION ALL SELECT 2, 'guide_imprimeur', 'Imprimeur' UNION ALL SELECT 3, 'guide_depot', 'Dépôt légal'
              UNION ALL SELECT 4, 'guide_credits', 'Crédits')
        JOIN reglage ON cle = ancien ORDER BY rang)
  GROUP BY 1;
DELETE FROM reglage WHERE cle IN ('guide_directeur', 'guide_imprimeur', 'guide_depot', 'guide_credits');

-- ---- Memory: one mark, « reference »

-- What is read of the demandes, of the sessions, of a day is kept for one request alone (models.une_fois).
DROP TRIGGER IF EXISTS demande_marque_ajout;
DROP TRIGGER IF EXISTS demande_marque_change;
DROP TRIGGER IF EXISTS demande_marque_retrait;
DROP TRIGGER IF EXISTS evaluation_marque_ajout;
DROP TRIGGER IF EXISTS evaluation_marque_change;
DROP TRIGGER IF EXISTS evaluation_marque_retrait;
DROP TRIGGER IF EXISTS membre_marque_ajout;
DROP TRIGGER IF EXISTS membre_marque_change;
DROP TRIGGER IF EXISTS membre_marque_retrait;
DROP TRIGGER IF EXISTS journal_marque_ajout;
DROP TRIGGER IF EXISTS journal_marque_change;
DROP TRIGGER IF EXISTS journal_marque_retrait;
DROP TRIGGER IF EXISTS session_marque_ajout;
DROP TRIGGER IF EXISTS session_marque_change;
DROP TRIGGER IF EXISTS session_marque_retrait;
DROP TRIGGER IF EXISTS jalon_marque_ajout;
DROP TRIGGER IF EXISTS jalon_marque_change;
DROP TRIGGER IF EXISTS jalon_marque_retrait;
DROP TRIGGER IF EXISTS reunion_marque_ajout;
DROP TRIGGER IF EXISTS reunion_marque_change;
DROP TRIGGER IF EXISTS reunion_marque_retrait;
DROP TRIGGER IF EXISTS cote_marque_ajout;
DROP TRIGGER IF EXISTS cote_marque_change;
DROP TRIGGER IF EXISTS cote_marque_retrait;
DROP TRIGGER IF EXISTS liste_gardee_marque_ajout;
DROP TRIGGER IF EXISTS liste_gardee_marque_change;
DROP TRIGGER IF EXISTS liste_gardee_marque_retrait;
DROP TRIGGER IF EXISTS amelioration_marque_ajout;
DROP TRIGGER IF EXISTS amelioration_marque_change;
DROP TRIGGER IF EXISTS amelioration_marque_retrait;
DROP TRIGGER IF EXISTS courriel_marque_ajout;
DROP TRIGGER IF EXISTS courriel_marque_change;
DROP TRIGGER IF EXISTS courriel_marque_retrait;
ALTER TABLE marque DROP COLUMN demande;
ALTER TABLE marque DROP COLUMN session;
ALTER TABLE marque DROP COLUMN journee;
-- What the program notes at any hour of the day moves nothing (models.SANS_MARQUE).
DROP TRIGGER reglage_marque_ajout;
CREATE TRIGGER reglage_marque_ajout AFTER INSERT ON reglage WHEN new.cle NOT IN ('heure_vue', 'reponses_comptees')
BEGIN UPDATE marque SET reference = reference + 1; END;
DROP TRIGGER reglage_marque_change;
CREATE TRIGGER reglage_marque_change AFTER UPDATE ON reglage WHEN new.cle NOT IN ('heure_vue', 'reponses_comptees')
BEGIN UPDATE marque SET reference = reference + 1; END;

-- ---- Promises: a name; its days are a setting, and a demande keeps its own

ALTER TABLE fiche ADD COLUMN promesse TEXT NOT NULL DEFAULT 'complexe'  -- of PROMESSES
  CHECK (promesse IN ('urgente', 'complexe'));
UPDATE fiche SET promesse = 'urgente' WHERE delai = 3;
ALTER TABLE fiche DROP COLUMN delai;
ALTER TABLE demande ADD COLUMN promesse TEXT CHECK (promesse IN ('urgente', 'complexe'));  -- of PROMESSES; NULL: no clock
ALTER TABLE demande ADD COLUMN promis INTEGER CHECK (promis BETWEEN 1 AND 365);  -- its days, when it was promised; NULL: no clock
UPDATE demande SET promesse = iif(delai = 3, 'urgente', 'complexe'), promis = delai WHERE delai IS NOT NULL;
ALTER TABLE demande DROP COLUMN delai;
ALTER TABLE demande RENAME COLUMN promis TO delai;
UPDATE version SET changes = trim(replace(' ' || changes || ' ', ' delai ', ' promesse ')),
  champs = replace(replace(champs, '"delai": "3"', '"promesse": "urgente"'), '"delai": "10"', '"promesse": "complexe"')
  WHERE genre = 'fiche';

-- ---- Fiches: kept for the members of a structure, by its id; a text that names none goes with the rest of its conditions

ALTER TABLE fiche ADD COLUMN adherents_de_id INTEGER REFERENCES structure (id);  -- its members alone; NULL: all
CREATE TEMP TABLE nommee AS SELECT max(id) AS id, nom, '"adherents_de": ' || json_quote(nom) AS champ
  FROM (SELECT id, nom FROM structure UNION SELECT id, sigle FROM structure) GROUP BY nom HAVING count(*) = 1;
UPDATE fiche SET adherents_de_id = nommee.id FROM nommee WHERE adherents_de = nommee.nom;
UPDATE fiche
  SET conditions = trim('Réservé aux adhérents' || char(160) || ': ' || adherents_de || char(10) || conditions,
                        char(10))
  WHERE adherents_de <> '' AND adherents_de_id IS NULL;
UPDATE version SET champs = replace(champs, nommee.champ, '"adherents_de": "s' || nommee.id || '"')
  FROM nommee WHERE genre = 'fiche' AND instr(champs, nommee.champ);
DROP TABLE nommee;
ALTER TABLE fiche DROP COLUMN adherents_de;
