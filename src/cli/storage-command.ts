import type { Command } from 'commander';
import { CheckedStorage } from '../platform/storage/checked-storage';
import { type WithApp, printJson } from './command-context';

export function addStorageCommand(program: Command, withApp: WithApp): void {
  program
    .command('storage')
    .description('where files, imports, recordings and media are kept')
    .command('adopt')
    .description("make this machine's storage the one of the installation, as after a move to another folder or bucket")
    .action(() =>
      withApp(async (app) => {
        await app.get(CheckedStorage).adopt();
        printJson({ storage: 'adopted' });
      }),
    );
}
