DROP TABLE delegation_keys;
DROP TABLE delegation_chains;
DROP TABLE federation_partners;
DROP TABLE oidc_trust_policies;
DROP TABLE agent_did_keys;
