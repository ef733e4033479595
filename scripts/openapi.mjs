import { spawnSync } from 'node:child_process';
import { buildIfNeeded, built, root } from './build-if-needed.mjs';

// `npm run openapi`: openapi.json as the built app describes itself.
await buildIfNeeded();
process.exitCode = spawnSync(process.execPath, [built('openapi.js')], { cwd: root, stdio: 'inherit' }).status ?? 1;
