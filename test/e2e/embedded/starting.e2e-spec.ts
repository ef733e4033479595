import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { join } from 'node:path';
import { EmbeddedCluster } from '../../../src/platform/embedded/embedded-cluster';
import { build, cli, program, useFolder } from '../import/programs';

jest.setTimeout(180_000);

/** What is said where something has to be mended first: a line, without a stack, and never twice. */
describe('a start that cannot be', () => {
  const folder = useFolder();
  let taken: Server;
  let port: string;
  beforeAll(async () => {
    await build();
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    port = String((taken.address() as AddressInfo).port);
  });
  afterAll(() => void taken.close());

  const start = (env: NodeJS.ProcessEnv) => program('scripts/start.mjs', [], folder.path, { LOG_LEVEL: 'info', ...env });

  it('says which port is in use, once, and ends with 1', async () => {
    const { code, stdout, stderr } = await start({ PORT: port });
    expect({ code, stderr }).toEqual({ code: 1, stderr: `Port ${port} of 127.0.0.1 is in use by another program: stop that one, or choose another port, as PORT=${Number(port) + 1}.\n` });
    expect(stdout).not.toMatch(/EADDRINUSE|Error|at .*:\d+/);
    const alone = await program('dist/src/main.js', [], folder.path, { LOG_LEVEL: 'info', PORT: port });
    expect({ code: alone.code, stderr: alone.stderr }).toEqual({ code, stderr });
  });

  it('says that HOST is no address of this machine', async () => {
    const { code, stderr } = await start({ PORT: '0', HOST: '192.0.2.1' });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^HOST is 192\.0\.2\.1, where this machine cannot listen \(EADDRNOTAVAIL\): .*\n$/) });
  });

  it('lists what is wrong with the configuration', async () => {
    const { code, stderr } = await start({ PORT: 'abc', DATABASE_POOL_SIZE: '1' });
    expect({ code, stderr }).toEqual({
      code: 78,
      stderr: 'The configuration is wrong:\n  - PORT must be a whole number from 0 to 65535, and is abc\n  - DATABASE_POOL_SIZE must be a whole number from 2 to 200, and is 1\n',
    });
  });

  it('says that the database cannot be reached', async () => {
    const DATABASE_URL = `postgres://x:y@127.0.0.1:1/z`;
    for (const ended of [await program('dist/src/main.js', [], folder.path, { PORT: '0', DATABASE_URL }), await cli(['key', 'create'], folder.path, { DATABASE_URL })]) {
      expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The database of DATABASE_URL cannot be reached: .*ECONNREFUSED.*\n$/) });
    }
  });
});

describe('a command beside no server', () => {
  const folder = useFolder();
  beforeAll(build);
  beforeEach(() => chmodSync(folder.path, 0o711)); // for the postgres user, where we are root
  const run = (...args: string[]) => cli(args, folder.path, { DATABASE_URL: '', DATA_DIR: join(folder.path, 'data') });
  afterEach(() => new EmbeddedCluster(join(folder.path, 'data')).stop());

  it('says that there is none, and makes nothing', async () => {
    writeFileSync(join(folder.path, 'leads.csv'), 'name,phone\nAna,5510000000\n');
    const data = join(folder.path, 'data');
    for (const args of [['import', 'contacts', 'leads.csv'], ['key', 'create'], ['import', 'conversations', 'leads.csv', '--funnel', 'Sales', '--dry-run']]) {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: `There is no database in ${data}: start the server once (npm start), or say where it is, by DATA_DIR (its folder) or DATABASE_URL.\n`,
      });
      expect(existsSync(data)).toBe(false);
    }
    mkdirSync(data);
    expect((await run('key', 'create')).code).toBe(1);
    // Help needs no database, and neither does a command that was mistyped.
    expect(await run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: cli') });
    expect(await run('tenant', 'create')).toMatchObject({ code: 1, stderr: "required option '--name <name>' not specified. See --help.\n" });
    expect(existsSync(join(data, 'postgres'))).toBe(false);
    rmSync(data, { recursive: true });
  });

  it('makes one where a tenant is made, and says where there is none yet', async () => {
    expect(await run('migrate')).toMatchObject({ code: 0, stdout: '{"database":"llamador","migrated":true}\n' });
    expect(await run('key', 'create')).toMatchObject({ code: 1, stderr: 'There is no tenant yet. Start the server once (npm start), or make one with tenant create --name <name>.\n' });
    expect((await run('tenant', 'create', '--name', 'acme')).code).toBe(0);
    expect((await run('key', 'create')).code).toBe(0);
    // The last one out has stopped it.
    expect(new EmbeddedCluster(join(folder.path, 'data')).isAlive()).toBe(false);
  });
});
