import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config/config';
import { ChangeNotices } from './change-notices';
import { dataSourceOptions } from './data-source';
import { DatabaseTimings } from './database-timings';
import { Migrator } from './migrator';
import { PersonalData } from './personal-data';
import { Retention } from './retention';
import { TenantDb } from './tenant-db';

/** Does not connect by itself: an entrypoint does, by Migrator.prepare(), and one that needs no database does not. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Config, DatabaseTimings],
      useFactory: (config: Config, timings: DatabaseTimings) => ({ ...dataSourceOptions(config, timings), autoLoadEntities: true, manualInitialization: true }),
    }),
  ],
  providers: [DatabaseTimings, TenantDb, ChangeNotices, Migrator, PersonalData, Retention],
  exports: [DatabaseTimings, TenantDb, ChangeNotices, Migrator, PersonalData, Retention],
})
export class DatabaseModule {}
