import { type DynamicModule, Module } from '@nestjs/common';
import { Config } from '../config/config';
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
      providers: [FileIntake, { provide: Storage, inject: [Config], useFactory: (config: Config) => otherStorage(config) ?? new LocalStorage(config) }],
      exports: [FileIntake, Storage],
    };
  }
}
