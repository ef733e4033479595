import { RequestMethod } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { ErrorFilter } from './platform/errors/error.filter';
import { registerJsonBody } from './platform/http/json-body';
import { buildOpenApi } from './platform/http/openapi';
import { RouteTable } from './platform/http/route-table';

/** Of bulk routes, which say `@RouteConfig({ bulk: true })`. */
const BULK_BODY_LIMIT = 20_000_000;

/** Everything between the adapter and the modules: called by main.ts and by the tests, so that they cannot drift. */
export function configureApp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const routes = new RouteTable(fastify);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.bulk) route.bodyLimit = BULK_BODY_LIMIT;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id).header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff');
    done();
  });
  registerJsonBody(fastify);
  app.setGlobalPrefix('api/v1', { exclude: ['livez', 'readyz', 'docs', 'openapi.json'].map((path) => ({ path, method: RequestMethod.GET })) });
  app.useGlobalFilters(new ErrorFilter(routes.methodsOf));
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'Llamador API', swaggerOptions: { persistAuthorization: true } });
}
