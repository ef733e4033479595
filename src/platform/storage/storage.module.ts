import { type DynamicModule, Module } from '@nestjs/common';
import { Config } from '../config/config';
import { Installation } from '../installation/installation';
import { Processes } from '../installation/processes';
import { Problems } from '../observability/problems';
import { CheckedStorage } from './checked-storage';
import { FileIntake } from './file-intake';
import { LocalStorage } from './local-storage';
import { Storage } from './storage';

@Module({})
export class StorageModule {
  /** @param otherStorage what the settings ask for in place of the local folder; undefined where they ask for nothing */
  static forRoot(otherStorage: (config: Config) => Storage | undefined = () => undefined): DynamicModule {
    return {
      module: StorageModule,
      global: true,
      providers: [
        FileIntake,
        {
          provide: CheckedStorage,
          inject: [Config, Installation, Processes, Problems],
          useFactory: (config: Config, installation: Installation, processes: Processes, problems: Problems) =>
            new CheckedStorage(otherStorage(config) ?? new LocalStorage(config), config, installation, processes, problems),
        },
        { provide: Storage, useExisting: CheckedStorage },
      ],
      exports: [FileIntake, Storage, CheckedStorage],
    };
  }
}
