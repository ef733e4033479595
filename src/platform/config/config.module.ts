import { Global, Module } from '@nestjs/common';
import { Config, loadConfig } from './config';
import { Secrets } from './secrets';

@Global()
@Module({
  providers: [{ provide: Config, useFactory: () => loadConfig() }, Secrets],
  exports: [Config, Secrets],
})
export class ConfigModule {}
