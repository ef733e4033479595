import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/tenancy/route-access';
import { VapiWebhook } from './vapi-webhook';

/** Vapi's server url: `/webhooks/vapi`, and `/webhooks/vapi/<connection>` for a tenant's own account. */
@Public()
@ApiExcludeController()
@Controller('webhooks/vapi')
export class VapiWebhookController {
  constructor(private readonly webhook: VapiWebhook) {}

  // The report of a long call is longer than a request of ours may be.
  @Post(['', ':connectionId'])
  @RouteConfig({ bulk: true })
  @HttpCode(200)
  receive(@Req() request: FastifyRequest, @Body() body: unknown, @Param('connectionId') connectionId?: string): Promise<object> {
    return this.webhook.receive(connectionId, request, body);
  }
}
