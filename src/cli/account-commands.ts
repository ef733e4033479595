import { isISO31661Alpha2 } from 'class-validator';
import type { Command } from 'commander';
import { TenantsService } from '../modules/accounts';
import { PlainError } from '../platform/errors/plain-error';
import { type WithApp, printJson } from './command-context';

export function addAccountCommands(program: Command, withApp: WithApp): void {
  program
    .command('tenant')
    .description('tenants')
    .command('create')
    .description('make a tenant and its first API key')
    .requiredOption('--name <name>', 'unique among tenants')
    .option('--country <code>', 'country of phone numbers without a country code, as MX')
    .action(({ name, country }: { name: string; country?: string }) =>
      withApp(async (app) => printJson(await app.get(TenantsService).create(named(name), countryOf(country))), { creates: true }),
    );

  program
    .command('key')
    .description('API keys')
    .command('create')
    .description('make an API key; it is shown this once')
    .option('--tenant <tenant>', 'id or name; may be left out where there is only one')
    .option('--name <name>', 'what the key is for', 'command line')
    .option('--scopes <scopes>', 'comma-separated, as contacts:read,contacts:write', 'admin')
    .option('--test', 'make a lp_test_ key')
    .action(({ tenant, name, scopes, test }: { tenant?: string; name: string; scopes: string; test?: boolean }) =>
      withApp(async (app) => printJson(await app.get(TenantsService).createKey(tenant, name, scopes.split(',').map((scope) => scope.trim()), test ? 'test' : 'live'))),
    );
}

function named(name: string): string {
  if (name.trim() === '') throw new PlainError('--name must not be empty.');
  return name.trim();
}

function countryOf(code: string | undefined): string | undefined {
  const country = code?.trim().toUpperCase();
  if (country === undefined || isISO31661Alpha2(country)) return country;
  throw new PlainError(`--country must be the two letters of a country, as MX, and is ${code}.`);
}
