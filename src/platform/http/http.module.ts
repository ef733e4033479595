import { Global, Module } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { HealthController } from './health.controller';
import { Idempotency } from './idempotency';
import { RateLimit } from './rate-limit';
import { Readiness } from './readiness';
import { SafeFetch } from './safe-fetch';
import { ServerAddress } from './server-address';
import { SignedLinks } from './signed-links';
import { ValidationPipe } from './validation.pipe';

@Global()
@Module({
  controllers: [HealthController],
  providers: [
    RateLimit,
    Readiness,
    Idempotency,
    ServerAddress,
    SafeFetch,
    SignedLinks,
    { provide: APP_PIPE, useClass: ValidationPipe },
  ],
  exports: [Readiness, RateLimit, Idempotency, ServerAddress, SafeFetch, SignedLinks],
})
export class HttpModule {}
