import { buildOpenApi } from '../../src/platform/http/openapi';
import { type Schema, openApi, takes } from '../support/openapi-check';
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

/** Every schema in the document that says it is nullable, by where it stands. */
function nullablesIn(part: unknown, path = ''): [string, Schema][] {
  if (typeof part !== 'object' || part === null) return [];
  const inside = Object.entries(part).flatMap(([key, value]) => nullablesIn(value, `${path}/${key}`));
  return (part as Schema).nullable === true ? [[path, part as Schema], ...inside] : inside;
}

describe('openapi.json', () => {
  const running = useTestApp();

  it('has every route of the app, with its name and statuses, and no other: renew it with npm run openapi', () => {
    if (!openApi) throw new Error('openapi.json is missing');
    expect(outline(openApi)).toEqual(outline(buildOpenApi(running.app.nest)));
  });

  it('takes null where it says nullable, read as strictly as OpenAPI 3.0 may be: not through a $ref, an enum or an allOf that does not have it', () => {
    const nullables = nullablesIn(openApi);
    expect(nullables.length).toBeGreaterThan(100);
    expect(nullables.filter(([path, schema]) => !takes(path, schema, null)).map(([path]) => path)).toEqual([]);
  });

  it('names each operation once', () => {
    const ids = Object.values(openApi?.paths ?? {}).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(ids.length).toBeGreaterThan(30);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
