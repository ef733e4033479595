import { NestFactory } from '@nestjs/core';
import { Command } from 'commander';
import { AppModule } from './app.module';
import { addAccountCommands } from './cli/account-commands';
import { CliError, type WithApp } from './cli/command-context';
import { addImportCommand } from './cli/import-command';
import { addStorageCommand } from './cli/storage-command';
import { ApiError } from './platform/errors/api-error';
import { Config, ConfigurationError } from './platform/config/config';
import { EXIT_CONFIGURATION, EXIT_FAILURE } from './platform/config/exit-codes';
import { Migrator } from './platform/database/migrator';
import { NestLogger, createLogger } from './platform/observability/nest-logger';

/** The product without its HTTP side; answers go to stdout as JSON, everything else to stderr. */
const withApp: WithApp = async (work) => {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: new NestLogger(createLogger('silent')), abortOnError: false });
  try {
    await app.get(Migrator).prepare((text) => void process.stderr.write(`${text}\n`));
    return await work(app);
  } finally {
    await app.close();
  }
};

const program = new Command('cli').description('Llamador on the command line').showHelpAfterError();
addAccountCommands(program, withApp);
addImportCommand(program, withApp);
addStorageCommand(program, withApp);
program
  .command('migrate')
  .description('bring the database schema up to date')
  .action(() => withApp(async (app) => void process.stdout.write(`${JSON.stringify({ database: new URL(app.get(Config).DATABASE_URL).pathname.slice(1), migrated: true })}\n`)));

program.parseAsync().catch((error: unknown) => {
  const expected = error instanceof ApiError || error instanceof ConfigurationError || error instanceof CliError;
  process.stderr.write(`${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = error instanceof ConfigurationError ? EXIT_CONFIGURATION : EXIT_FAILURE;
});
