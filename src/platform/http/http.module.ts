import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { HealthController } from './health.controller';
import { IdempotencyInterceptor } from './idempotency.interceptor';
import { RateLimit } from './rate-limit';
import { Readiness } from './readiness';
import { ValidationPipe } from './validation.pipe';

@Global()
@Module({
  controllers: [HealthController],
  providers: [
    RateLimit,
    Readiness,
    { provide: APP_PIPE, useClass: ValidationPipe },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  ],
  exports: [RateLimit],
})
export class HttpModule {}
