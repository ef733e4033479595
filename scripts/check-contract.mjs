import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build-if-needed.mjs';

// Holds openapi.json against the documented surface, where that lies beside the project.
const checker = join(root, '..', 'shared', 'contract', 'check-contract.mjs');
if (!existsSync(checker)) {
  console.log('The documented surface does not lie beside this checkout: openapi.json was not held against it.');
  process.exit();
}
const { stdout, status } = spawnSync(process.execPath, [checker, join(root, 'openapi.json')], { encoding: 'utf8' });
process.stdout.write(stdout);
process.exitCode = status ?? 1;
