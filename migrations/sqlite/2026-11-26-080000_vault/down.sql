DROP TABLE vault_removals;
