import { Body, Controller, Headers, HttpCode, Param, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/tenancy/route-access';
import { BotmakerWebhook } from './botmaker-webhook';

/** Botmaker's webhook: `/webhooks/botmaker`, and `/webhooks/botmaker/<connection>` for a tenant's own. */
@Public()
@ApiExcludeController()
@Controller('webhooks/botmaker')
export class BotmakerWebhookController {
  constructor(private readonly webhook: BotmakerWebhook) {}

  // A long chat is longer than a request of ours may be.
  @Post(['', ':connectionId'])
  @RouteConfig({ bulk: true })
  @HttpCode(200)
  async receive(@Req() { rawBody }: FastifyRequest, @Headers('auth-bm-token') token: string | undefined, @Body() body: unknown, @Param('connectionId') connectionId?: string): Promise<object> {
    await this.webhook.receive(connectionId, token, rawBody, body);
    return {};
  }
}
