CREATE TABLE run (
  id TEXT NOT NULL, 
  kind TEXT NOT NULL, 
  begun TEXT NOT NULL, 
  ended TEXT, 
  exit_code INTEGER, 
  PRIMARY KEY (id)
);
CREATE TABLE tenant (
  "key" INTEGER NOT NULL, 
  service TEXT NOT NULL, 
  tenant_id TEXT NOT NULL, 
  connector TEXT NOT NULL, 
  title TEXT NOT NULL, 
  domains TEXT NOT NULL, 
  PRIMARY KEY ("key"), 
  UNIQUE (service, tenant_id)
);
CREATE TABLE scope (
  "key" INTEGER NOT NULL, 
  tenant INTEGER NOT NULL, 
  id TEXT NOT NULL, 
  title TEXT NOT NULL, 
  url TEXT NOT NULL, 
  last BOOLEAN NOT NULL, 
  round INTEGER NOT NULL, 
  unfinished BOOLEAN NOT NULL, 
  cursor TEXT, 
  run_id TEXT NOT NULL, 
  status TEXT, 
  "full" BOOLEAN NOT NULL, 
  standing BOOLEAN NOT NULL, 
  cut_off BOOLEAN NOT NULL, 
  ended TEXT NOT NULL, 
  reason TEXT NOT NULL, 
  hint TEXT NOT NULL, 
  item_count INTEGER NOT NULL, 
  calls INTEGER NOT NULL, 
  seconds FLOAT NOT NULL, 
  missing INTEGER NOT NULL, 
  PRIMARY KEY ("key"), 
  UNIQUE (tenant, id)
);
CREATE TABLE container (
  scope INTEGER NOT NULL, 
  id TEXT NOT NULL, 
  parent_id TEXT, 
  name TEXT NOT NULL, 
  round INTEGER NOT NULL, 
  PRIMARY KEY (scope, id)
)
 WITHOUT ROWID

;
CREATE INDEX container_parent ON container (scope, parent_id);
CREATE TABLE tally (
  scope INTEGER NOT NULL, 
  container_id TEXT NOT NULL, 
  round INTEGER NOT NULL, 
  item_count INTEGER NOT NULL, 
  PRIMARY KEY (scope, container_id)
)
 WITHOUT ROWID

;
CREATE TABLE reach (
  scope INTEGER NOT NULL, 
  container_id TEXT NOT NULL, 
  item_count INTEGER NOT NULL, 
  PRIMARY KEY (scope, container_id)
)
 WITHOUT ROWID

;
CREATE TABLE item (
  scope INTEGER NOT NULL, 
  id TEXT NOT NULL, 
  parent_id TEXT, 
  kind TEXT NOT NULL, 
  name TEXT NOT NULL, 
  url TEXT NOT NULL, 
  owner TEXT, 
  owner_state TEXT NOT NULL, 
  created_at TEXT NOT NULL, 
  modified_at TEXT NOT NULL, 
  last_activity TEXT, 
  trashed BOOLEAN NOT NULL, 
  data TEXT NOT NULL, 
  round INTEGER NOT NULL, 
  PRIMARY KEY (scope, id)
)
 WITHOUT ROWID

;
CREATE TABLE item_grant (
  scope INTEGER NOT NULL, 
  item_id TEXT NOT NULL, 
  id TEXT NOT NULL, 
  principal_key TEXT NOT NULL, 
  audience TEXT NOT NULL, 
  access TEXT NOT NULL, 
  principal TEXT NOT NULL, 
  principal_kind TEXT NOT NULL, 
  principal_id TEXT NOT NULL, 
  inherited_from TEXT, 
  created_at TEXT NOT NULL, 
  created_by TEXT NOT NULL, 
  expires_at TEXT, 
  password TEXT NOT NULL, 
  reach TEXT, 
  live BOOLEAN NOT NULL, 
  first_seen TEXT NOT NULL, 
  last_seen TEXT NOT NULL, 
  PRIMARY KEY (scope, item_id, id, principal_key)
)
 WITHOUT ROWID

;
CREATE INDEX grant_group ON item_grant (principal_kind, principal_id);
CREATE TABLE principal (
  scope INTEGER NOT NULL, 
  id TEXT NOT NULL, 
  kind TEXT NOT NULL, 
  name TEXT NOT NULL, 
  mail TEXT NOT NULL, 
  state TEXT NOT NULL, 
  external TEXT NOT NULL, 
  created_at TEXT NOT NULL, 
  invited_at TEXT, 
  last_sign_in TEXT, 
  sponsor TEXT, 
  roles TEXT NOT NULL, 
  members TEXT NOT NULL, 
  round INTEGER NOT NULL, 
  PRIMARY KEY (scope, id)
)
 WITHOUT ROWID

;
CREATE TABLE membership (
  scope INTEGER NOT NULL, 
  group_id TEXT NOT NULL, 
  member_id TEXT NOT NULL, 
  member TEXT NOT NULL, 
  audience TEXT NOT NULL, 
  round INTEGER NOT NULL, 
  PRIMARY KEY (scope, group_id, member_id)
)
 WITHOUT ROWID

;
CREATE INDEX membership_member ON membership (scope, member_id);
CREATE TABLE setting (
  scope INTEGER NOT NULL, 
  id TEXT NOT NULL, 
  subject TEXT NOT NULL, 
  value TEXT NOT NULL, 
  round INTEGER NOT NULL, 
  PRIMARY KEY (scope, id, subject)
)
 WITHOUT ROWID

;
CREATE TABLE memory (
  scope INTEGER NOT NULL, 
  "key" TEXT NOT NULL, 
  value TEXT NOT NULL, 
  PRIMARY KEY (scope, "key")
)
 WITHOUT ROWID

;
CREATE TABLE exposure (
  scope INTEGER NOT NULL, 
  item_id TEXT NOT NULL, 
  grant_id TEXT NOT NULL, 
  principal_key TEXT NOT NULL, 
  finding_id TEXT NOT NULL, 
  principal TEXT NOT NULL, 
  body TEXT NOT NULL, 
  PRIMARY KEY (scope, item_id, grant_id, principal_key)
)
 WITHOUT ROWID

;
CREATE INDEX exposure_key ON exposure (principal_key);
CREATE INDEX exposure_principal ON exposure (principal);
CREATE TABLE finding (
  id TEXT NOT NULL, 
  tenant INTEGER NOT NULL, 
  scope INTEGER NOT NULL, 
  state TEXT NOT NULL, 
  change TEXT NOT NULL, 
  change_run TEXT NOT NULL, 
  judged_run TEXT NOT NULL, 
  compared BOOLEAN NOT NULL, 
  severity INTEGER NOT NULL, 
  score INTEGER, 
  occurrence INTEGER NOT NULL, 
  content TEXT NOT NULL, 
  body TEXT NOT NULL, 
  waived_until TEXT NOT NULL, 
  waived_by TEXT NOT NULL, 
  first_seen TEXT NOT NULL, 
  last_seen TEXT NOT NULL, 
  changed_at TEXT NOT NULL, 
  PRIMARY KEY (id)
);
CREATE INDEX finding_tenant ON finding (tenant, id);
CREATE TABLE outbox (
  seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
  sink TEXT NOT NULL, 
  event_id TEXT NOT NULL, 
  run_id TEXT NOT NULL, 
  body TEXT NOT NULL, 
  state TEXT NOT NULL, 
  batch_id TEXT, 
  frozen_at TEXT, 
  attempts INTEGER NOT NULL, 
  last_error TEXT NOT NULL, 
  UNIQUE (sink, event_id)
);
CREATE INDEX outbox_batch ON outbox (sink, batch_id);
CREATE INDEX outbox_waiting ON outbox (sink, state, seq);
CREATE TABLE schema_version (
  number INTEGER NOT NULL, 
  PRIMARY KEY (number)
);
INSERT INTO schema_version (number) VALUES (1);
