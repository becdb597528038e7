-- agents_nameless does all that this index did.
DROP INDEX agents_unidentified;
