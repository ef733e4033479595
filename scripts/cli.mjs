import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { buildIfNeeded, built, root } from './build-if-needed.mjs';

if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));

/** An import lives in a few megabytes; V8, unless told, lets garbage grow to many times of that before it collects it. */
const SMALL_HEAP = ['--max-old-space-size=168', '--max-semi-space-size=16'];

let child;
let interrupted;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = signal;
    child?.kill(signal);
  });
}

try {
  await buildIfNeeded();
  const { dataDirOf } = await import('../dist/src/platform/embedded/data-dir.js');
  process.env.DATA_DIR = dataDirOf(root, process.env);
  process.exitCode = await runCli();
  await stopUnusedCluster();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
process.exit();

/** The last one out stops it: npm start, or another command, holds a connection as long as it runs. Also where the command was killed. */
async function stopUnusedCluster() {
  if (process.env.DATABASE_URL || !existsSync(process.env.DATA_DIR)) return;
  const { EmbeddedCluster } = await import('../dist/src/platform/embedded/embedded-cluster.js');
  await new EmbeddedCluster(process.env.DATA_DIR).stop({ onlyIfUnused: true });
}

async function runCli() {
  if (interrupted) return 128 + constants.signals[interrupted];
  child = spawn(process.execPath, [...SMALL_HEAP, built('cli.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  const [code, signal] = await once(child, 'exit');
  return code ?? 128 + constants.signals[signal];
}
