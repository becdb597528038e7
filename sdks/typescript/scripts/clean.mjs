// Removes the folder given, the output of an earlier compilation.
import { rmSync } from 'node:fs';

rmSync(process.argv[2], { recursive: true, force: true });
