import { ConfigurationError, loadConfig } from './config';

const DATABASE_URL = 'postgres://localhost/x';

describe('the configuration', () => {
  it('has a default for everything but the database', () => {
    expect(loadConfig({ DATABASE_URL })).toMatchObject({ PORT: 3000, HOST: '127.0.0.1', DEFAULT_COUNTRY: 'MX', RATE_LIMIT_PER_MINUTE: 6000, SANDBOX_SPEED: 1, LOG_LEVEL: 'info' });
  });

  it('takes what is set, and an empty variable for one that is not', () => {
    const config = loadConfig({ DATABASE_URL, PORT: '0', HOST: '', DEFAULT_COUNTRY: 'cl', RATE_LIMIT_PER_MINUTE: '0', SANDBOX_SPEED: '0.5', REDIS_URL: '' });
    expect(config).toMatchObject({ PORT: 0, HOST: '127.0.0.1', DEFAULT_COUNTRY: 'CL', RATE_LIMIT_PER_MINUTE: 0, SANDBOX_SPEED: 0.5 });
    expect(config.REDIS_URL).toBeUndefined();
  });

  it.each([
    ['PORT', ['70000', '-1', '1.5', 'http']],
    ['DATABASE_URL', ['mysql://x', 'x']],
    ['REDIS_URL', ['http://x']],
    ['PUBLIC_URL', ['example', 'nonsense://']],
    ['ENCRYPTION_KEY', ['short']],
    ['BOOTSTRAP_API_KEY', ['secret', 'lp_live_', 'lp_other_12345678']],
    ['DEFAULT_COUNTRY', ['XX', 'Mexico']],
    ['RATE_LIMIT_PER_MINUTE', ['-1', 'many']],
    ['SANDBOX_SPEED', ['0', '-1', 'fast']],
    ['LOG_LEVEL', ['loud']],
  ])('refuses a wrong %s', (name, values) => {
    for (const value of values) expect(() => loadConfig({ DATABASE_URL, [name]: value })).toThrow(name);
  });

  it.each([
    ['PORT', 'abc', 'PORT must be a whole number from 0 to 65535, and is abc'],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535, and is 65536'],
    ['PORT', '1.5', 'PORT must be a whole number from 0 to 65535, and is 1.5'],
    ['PORT', ' ', 'PORT must be a whole number from 0 to 65535, and is  '],
    ['DATABASE_POOL_SIZE', 'many', 'DATABASE_POOL_SIZE must be a whole number from 2 to 200, and is many'],
    ['RATE_LIMIT_PER_MINUTE', 'Infinity', 'RATE_LIMIT_PER_MINUTE must be a whole number of 0 or more, and is Infinity'],
    ['ACTIVITY_RETENTION_DAYS', '0', 'ACTIVITY_RETENTION_DAYS must be a whole number from 1 to 36500, and is 0'],
    ['SANDBOX_SPEED', 'fast', 'SANDBOX_SPEED must be a number above 0, and is fast'],
  ])('says what %s must be, where it is %j', (name, value, said) => {
    expect(() => loadConfig({ DATABASE_URL, [name]: value })).toThrow(`The configuration is wrong:\n  - ${said}`);
  });

  it('says everything that is wrong at once', () => {
    expect(() => loadConfig({ PORT: 'x', LOG_LEVEL: 'x' })).toThrow(ConfigurationError);
    try {
      loadConfig({ PORT: 'x', LOG_LEVEL: 'x' });
    } catch (error) {
      for (const name of ['DATABASE_URL', 'PORT', 'LOG_LEVEL']) expect((error as Error).message).toContain(name);
    }
  });
});
