import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config/config';
import { ChangeNotices } from './change-notices';
import { dataSourceOptions } from './data-source';
import { Migrator } from './migrator';
import { TenantDb } from './tenant-db';

@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Config],
      useFactory: (config: Config) => ({ ...dataSourceOptions(config), autoLoadEntities: true, retryAttempts: 5, retryDelay: 500 }),
    }),
  ],
  providers: [TenantDb, ChangeNotices, Migrator],
  exports: [TenantDb, ChangeNotices, Migrator],
})
export class DatabaseModule {}
