import { Transform, plainToInstance } from 'class-transformer';
import { IsIn, IsInt, IsISO31661Alpha2, IsNumber, IsOptional, IsPositive, IsString, IsUrl, Matches, Max, Min, validateSync } from 'class-validator';

const number = () => Transform(({ value }: { value: unknown }) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value));

/** Every setting of the product, read once from the environment; an empty variable counts as absent. */
export class Config {
  /** TCP port of the API. */
  @number() @IsInt() @Min(0) @Max(65_535)
  PORT = 3000;

  /** Address to listen on: the machine itself unless set. */
  @IsString()
  HOST = '127.0.0.1';

  /** PostgreSQL; `npm start` fills it with the database that it runs itself. */
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_URL must be a postgres:// url' })
  DATABASE_URL: string;

  /** Connections per process. */
  @number() @IsInt() @Min(2) @Max(200)
  DATABASE_POOL_SIZE = 12;

  @IsOptional() @Matches(/^rediss?:\/\//, { message: 'REDIS_URL must be a redis:// url' })
  REDIS_URL?: string;

  /** Folder of the product's own files: its database, its key, its recordings. */
  @IsString()
  DATA_DIR = '.data';

  /** The url under which clients and providers reach the API. */
  @IsOptional() @IsUrl({ require_tld: false, require_protocol: true })
  PUBLIC_URL?: string;

  /** Key of everything that is encrypted or signed; made and kept in DATA_DIR where absent. */
  @IsOptional() @Matches(/^.{32,}$/, { message: 'ENCRYPTION_KEY must have at least 32 characters' })
  ENCRYPTION_KEY?: string;

  /** The first tenant's API key, if you bring one. */
  @IsOptional() @Matches(/^lp_(live|test)_[A-Za-z0-9_-]{8,}$/, { message: 'BOOTSTRAP_API_KEY must begin with lp_live_ or lp_test_ and go on with at least 8 letters or digits' })
  BOOTSTRAP_API_KEY?: string;

  /** Country of phone numbers that come without a country code. */
  @Transform(({ value }) => String(value).toUpperCase()) @IsISO31661Alpha2()
  DEFAULT_COUNTRY = 'MX';

  /** Requests that a key may make in a minute; 0 is no limit. */
  @number() @IsInt() @Min(0)
  RATE_LIMIT_PER_MINUTE = 6000;

  /** How many times faster than life the sandbox plays. */
  @number() @IsNumber() @IsPositive()
  SANDBOX_SPEED = 1;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL = 'info';
}

export class ConfigurationError extends Error {
  constructor(readonly faults: string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** @throws ConfigurationError with everything that is wrong, not only the first. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const config = plainToInstance(Config, given, { exposeDefaultValues: true });
  const faults = validateSync(config, { stopAtFirstError: true }).flatMap((fault) => Object.values(fault.constraints ?? {}));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return config;
}
