import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from '../../support/database';
import { build, end, startServer, useFolder } from '../import/programs';
import { leads } from '../import/leads';

jest.setTimeout(300_000);

const ROOT = join(__dirname, '../../..');

/** What the README has the reader type once the server runs, in its order: blocks of the shell that speak to the API. */
const BLOCKS = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block).filter((block) => block.includes('$API'));

const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** Any answer but 2xx ends it. The script behind `npm run cli` is called by itself, since npm would go to the project's folder; and busy machines get more time. */
const PRELUDE = `
set -euo pipefail
curl() { command curl --fail-with-body --max-time 60 "$@"; echo; }
npm() { [ "$1 $2 $3 $4" = "run --silent cli --" ]; node "${join(ROOT, 'scripts/cli.mjs')}" "\${@:5}"; }
sleep() { command sleep $(($1 * 4)); }
`;

describe("the README's commands", () => {
  const folder = useFolder();
  // A database of its own: they name the first call, the first funnel, the first import.
  let url: URL;
  const name = `llamador_readme_${process.pid}`;
  beforeAll(async () => {
    await build();
    const [row] = await sql<{ name: string }>('SELECT current_database() AS name');
    await sql(`CREATE DATABASE ${name} TEMPLATE ${row?.name.replace(/worker_\d+$/, 'template')}`);
    url = new URL(process.env.DATABASE_URL ?? '');
    url.pathname = name;
  });
  afterAll(() => sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));

  (hasCurl ? it : it.skip)('work as they stand, one after the other, on a fresh start', async () => {
    expect(BLOCKS.length).toBeGreaterThanOrEqual(8);
    writeFileSync(join(folder.path, 'leads.csv'), leads(1));
    const env = { ...process.env, DATABASE_URL: url.href, DATA_DIR: join(folder.path, 'data'), SANDBOX_SPEED: '10' };
    const server = await startServer(env);
    try {
      const commands = BLOCKS.join('\n').replace(/^export KEY=.*$/m, `export KEY=${server.key}`).replace(/^export API=.*$/m, `export API=${server.url}/api/v1`);
      const script = join(folder.path, 'readme.sh');
      writeFileSync(script, PRELUDE + commands);
      const ran = await promisify(execFile)('bash', ['-x', script], { cwd: folder.path, env, timeout: 240_000, maxBuffer: 2 ** 26 }).catch((error: Error & { stdout: string; stderr: string }) => {
        throw new Error(`${error.message}\n${error.stdout.slice(-2000)}\n${error.stderr.slice(-2000)}`);
      });
      // What the comments beside them say.
      expect(ran.stdout).toMatch(/"status":"completed"[^\n]*"disposition":"answered"/);
      expect(ran.stdout).toContain('"type":"image"');
      expect(ran.stdout).toMatch(/"successful":7[^\n]*"total":10/);
    } finally {
      end(server.child);
    }
  });
});
