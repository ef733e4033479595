import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Config } from './config';
import { Secrets } from './secrets';

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

  it('come from ENCRYPTION_KEY where it is set, and differ with it and with their purpose', () => {
    const secrets = secretsOf({ ENCRYPTION_KEY: 'k'.repeat(32) });
    expect(secrets.keyFor('x')).toEqual(secretsOf({ ENCRYPTION_KEY: 'k'.repeat(32) }).keyFor('x'));
    expect(secrets.keyFor('x')).not.toEqual(secrets.keyFor('y'));
    expect(secrets.keyFor('x')).not.toEqual(secretsOf({ ENCRYPTION_KEY: 'l'.repeat(32) }).keyFor('x'));
    expect(secrets.keyFor('x')).toHaveLength(32);
  });
});
