import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { Config, ConfigurationError } from './config';
import { Secrets } from './secrets';

const STARTS = 300;

/** A process that asks for one secret after the other, as many others do at the same moment. */
const STARTING = `
  const [folder, count] = process.argv.slice(1);
  const { keptSecret } = require(folder + '/kept-secret.js');
  for (let at = 0; at < Number(count); at++) require('node:fs').writeSync(1, keptSecret(folder + '/' + at, 32) + '\\n');
`;

describe('secrets', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'llamador-secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const secretsOf = (settings: Partial<Config>) => new Secrets(Object.assign(new Config(), { DATA_DIR: join(folder, 'data'), ...settings }));

  it('come from a key that is made once, kept in DATA_DIR, and readable by its owner only', () => {
    const [first, second] = [secretsOf({}), secretsOf({})];
    expect(first.keyFor('x')).toEqual(second.keyFor('x'));
    const file = join(folder, 'data', 'encryption-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['', ' \n', 'abc', 'f'.repeat(63), 'f'.repeat(65), '\0'.repeat(64)])('never come from half a key: a file with %j stops the start and stays as it is', (text) => {
    const file = join(folder, 'data', 'encryption-key');
    mkdirSync(join(folder, 'data'));
    writeFileSync(file, text);
    expect(() => secretsOf({})).toThrow(ConfigurationError);
    expect(() => secretsOf({})).toThrow(file);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(() => secretsOf({ ENCRYPTION_KEY: 'k'.repeat(32) })).not.toThrow();
  });

  it("come from a key of somebody's own that is as long as ENCRYPTION_KEY has to be", () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'encryption-key'), 'k'.repeat(32));
    expect(secretsOf({}).keyFor('x')).toEqual(secretsOf({ ENCRYPTION_KEY: 'k'.repeat(32) }).keyFor('x'));
  });

  it('are the same for all that start at the same moment, and whole whoever is killed meanwhile', async () => {
    const { outputText } = transpileModule(readFileSync(join(__dirname, 'kept-secret.ts'), 'utf8'), { compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 } });
    writeFileSync(join(folder, 'kept-secret.js'), outputText);
    const starting = Array.from({ length: 6 }, () => spawn(process.execPath, ['-e', STARTING, folder, String(STARTS)], { stdio: ['ignore', 'pipe', 'inherit'] }));
    const [first, ...others] = await Promise.all(
      starting.map(async (child, at) => {
        // Half of them are killed in the middle, wherever that is.
        let said = '';
        child.stdout.on('data', (text: Buffer) => {
          said += String(text);
          if (at % 2 === 1 && said.split('\n').length > 50 * at) child.kill('SIGKILL');
        });
        await once(child, 'close');
        return said.split('\n').slice(0, -1);
      }),
    );
    expect(first).toHaveLength(STARTS);
    for (const said of others) expect(said).toEqual(first?.slice(0, said.length));
    for (let at = 0; at < STARTS; at++) expect(readFileSync(join(folder, String(at)), 'utf8')).toBe(first?.[at]);
  });

  it('come from ENCRYPTION_KEY where it is set, and differ with it and with their purpose', () => {
    const secrets = secretsOf({ ENCRYPTION_KEY: 'k'.repeat(32) });
    expect(secrets.keyFor('x')).toEqual(secretsOf({ ENCRYPTION_KEY: 'k'.repeat(32) }).keyFor('x'));
    expect(secrets.keyFor('x')).not.toEqual(secrets.keyFor('y'));
    expect(secrets.keyFor('x')).not.toEqual(secretsOf({ ENCRYPTION_KEY: 'l'.repeat(32) }).keyFor('x'));
    expect(secrets.keyFor('x')).toHaveLength(32);
  });
});
