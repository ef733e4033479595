import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { anotherDatabase } from '../../support/database';
import { until } from '../../support/until';
import { build } from '../import/programs';

const ROOT = join(__dirname, '../../..');

describe('the first start', () => {
  const children = new Set<ChildProcess>();
  let env: NodeJS.ProcessEnv;

  beforeAll(build, 300_000); // on a busy machine
  beforeEach(async () => {
    // A folder that nobody can make: nothing here needs one.
    env = { ...process.env, DATABASE_URL: await anotherDatabase(), DATA_DIR: '/dev/null/nowhere', LOG_LEVEL: 'info', PORT: '0' };
  });
  afterEach(async () => {
    for (const child of children) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  function start(more: NodeJS.ProcessEnv = {}): { child: ChildProcess; said: () => string; ended: Promise<unknown> } {
    const child = spawn(process.execPath, ['dist/src/main.js'], { cwd: ROOT, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { child, said: () => text, ended: once(child, 'exit').then(() => children.delete(child)) };
  }

  const keyIn = (text: string): string | undefined => /lp_live_\w+/.exec(text)?.[0];
  const ready = ({ said }: { said: () => string }): Promise<string> => until(async () => /ready: (\S+)/.exec(said())?.[1], 60);

  it('that cannot listen leaves the first key to the next, which shows it once, also where two start', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const failed = start({ PORT: String((blocker.address() as AddressInfo).port) });
    await failed.ended;
    expect(failed.said()).toContain('is in use by another program');
    expect(keyIn(failed.said())).toBeUndefined();
    blocker.close();

    const both = [start(), start()];
    const urls = await Promise.all(both.map(ready));
    const keys = both.map(({ said }) => keyIn(said())).filter((key) => key !== undefined);
    expect(keys).toHaveLength(1);
    for (const url of urls) expect((await fetch(`${url}/api/v1/contacts`, { headers: { 'X-API-Key': keys[0] ?? '' } })).status).toBe(200);
  }, 180_000);

  it('says whom it calls and sends by, a line a provider, and what is hardly meant', async () => {
    const { said, ...server } = start({ VAPI_API_KEY: 'a-real-one', PUBLIC_URL: 'https://crm.example.com/' });
    await ready({ said });
    expect(said()).toContain('"vapi: a real account"');
    for (const provider of ['whatsapp', 'twilio', 'elemente']) expect(said()).toContain(`"${provider}: the sandbox, which dials and sends nothing"`);
    expect(said()).toContain('PUBLIC_URL ends with a slash');
    expect(said()).toContain('docs: https://crm.example.com/docs');
    expect(server.child.exitCode).toBeNull();
  }, 120_000);
});
