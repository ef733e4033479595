import { join } from 'node:path';
import { RequestMethod } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Config } from './platform/config/config';
import { sandboxCredentials } from './platform/config/sandbox-credentials';
import { Secrets } from './platform/config/secrets';
import { ErrorFilter } from './platform/errors/error.filter';
import { registerJsonBody } from './platform/http/json-body';
import { registerMultipart } from './platform/http/multipart';
import { limitBodyTime } from './platform/http/unparsable';
import { buildOpenApi } from './platform/http/openapi';
import { Readiness } from './platform/http/readiness';
import { RouteTable } from './platform/http/route-table';
import { magicNumbersTable } from './sandbox/magic-numbers';
import { registerSandbox } from './sandbox/sandbox';

/** Of routes that say `@RouteConfig({ bulk: true })` or `large`. */
const LARGE_BODY_LIMIT = 20_000_000;

/** Everything between the adapter and the modules: called by main.ts and by the tests, so that they cannot drift. */
export function configureApp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const routes = new RouteTable(fastify);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.bulk || route.config?.large) route.bodyLimit = LARGE_BODY_LIMIT;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id).header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff');
    done();
  });
  app.get(Readiness).register(fastify);
  registerJsonBody(fastify);
  registerMultipart(fastify);
  limitBodyTime(fastify);
  const config = app.get(Config);
  registerSandbox(fastify, { credentials: sandboxCredentials(app.get(Secrets), config), speed: config.SANDBOX_SPEED, journalFolder: join(config.DATA_DIR, 'sandbox') });
  const outside = ['livez', 'readyz', 'docs', 'openapi.json'].map((path) => ({ path, method: RequestMethod.GET }));
  app.setGlobalPrefix('api/v1', { exclude: [...outside, { path: 'webhooks/*path', method: RequestMethod.ALL }] });
  app.useGlobalFilters(new ErrorFilter(routes.methodsOf));
  SwaggerModule.setup('docs', app, () => documentOf(app), { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'Llamador API', swaggerOptions: { persistAuthorization: true } });
}

/** The OpenAPI document, with the sandbox's magic numbers where front-end teams look for them. */
export const documentOf = (app: NestFastifyApplication): OpenAPIObject => buildOpenApi(app, `# Sandbox\n\n${magicNumbersTable()}`);
