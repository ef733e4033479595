/**
 * The yardstick: the routes that the benchmark measures, hand-written on Fastify and pg with no framework, no
 * modules, no events. Environment: DATABASE_URL (schema and data in place), PORT, API_KEY, TENANT_ID.
 */
import Fastify from 'fastify';
import { bulkCreate, bulkUpdate } from './bare/bulk.mjs';
import { contactRoutes } from './bare/contacts.mjs';
import { openPool } from './bare/pool.mjs';

const { DATABASE_URL, PORT, API_KEY, TENANT_ID } = process.env;
const pool = openPool(DATABASE_URL);
const tenants = new Map([[API_KEY, Number(TENANT_ID)]]);

const server = Fastify({ logger: false, bodyLimit: 20 * 1024 * 1024 });
server.decorateRequest('tenantId', 0);
server.addHook('onRequest', (request, reply, done) => {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  request.tenantId = tenants.get(apiKey ?? authorization?.slice('Bearer '.length));
  if (request.tenantId === undefined && request.url !== '/readyz') reply.code(401).send({ code: 401, error: 'UNAUTHORIZED' });
  else done();
});

server.get('/readyz', () => ({ status: 'ok' }));
contactRoutes(server, pool);
server.post('/api/v1/conversations/bulk', ({ tenantId, body }) => bulkCreate(pool, tenantId, body.conversations));
server.put('/api/v1/conversations/bulk', ({ tenantId, body }) => bulkUpdate(pool, tenantId, body.conversations));

process.once('SIGTERM', () => server.close().then(() => pool.end()));
await server.listen({ host: '127.0.0.1', port: Number(PORT) });
