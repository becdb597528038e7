// The packages of package.json, which lie below target/.

import { createRequire } from 'node:module';

/** Found from the interpreter on, as that of `tests/interop` are. */
export const packages = createRequire(process.env.AGENTIDP_TEST_BROWSER ?? process.execPath);
