import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/tenancy/route-access';
import { WhatsAppWebhook } from './whatsapp-webhook';

/** WhatsApp's callback url: `/webhooks/whatsapp`, and `/webhooks/whatsapp/<connection>` for a tenant's own account. */
@Public()
@ApiExcludeController()
@Controller('webhooks/whatsapp')
export class WhatsAppWebhookController {
  constructor(private readonly webhook: WhatsAppWebhook) {}

  @Get(['', ':connectionId'])
  @Header('Content-Type', 'text/plain; charset=utf-8')
  verify(@Query() query: Record<string, unknown>, @Param('connectionId') connectionId?: string): Promise<string> {
    return this.webhook.verify(connectionId, query);
  }

  // WhatsApp puts up to 3 MB into one.
  @Post(['', ':connectionId'])
  @RouteConfig({ bulk: true })
  @HttpCode(200)
  async receive(@Req() request: FastifyRequest, @Body() body: unknown, @Param('connectionId') connectionId?: string): Promise<object> {
    await this.webhook.receive(connectionId, request.headers['x-hub-signature-256'], request.rawBody, body);
    return {};
  }
}
