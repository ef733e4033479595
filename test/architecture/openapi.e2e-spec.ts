import { buildOpenApi } from '../../src/platform/http/openapi';
import { openApi } from '../support/openapi-check';
import { useTestApp } from '../support/test-app';

/** What the routes' own decorators say; their schemas, and the 200 that has them, come from a build only (npm run openapi). */
function outline(document: { paths: Record<string, object> }): Record<string, unknown> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { operationId?: string; responses: object }>).map(([method, { operationId, responses }]) => [
      `${method.toUpperCase()} ${path}`,
      { operationId, statuses: Object.keys(responses).filter((status) => status !== '200') },
    ]),
  );
  return Object.fromEntries(operations) as Record<string, unknown>;
}

describe('openapi.json', () => {
  const running = useTestApp();

  it('has every route of the app, with its name and statuses, and no other: renew it with npm run openapi', () => {
    if (!openApi) throw new Error('openapi.json is missing');
    expect(outline(openApi)).toEqual(outline(buildOpenApi(running.app.nest)));
  });

  it('names each operation once', () => {
    const ids = Object.values(openApi?.paths ?? {}).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(ids.length).toBeGreaterThan(30);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
