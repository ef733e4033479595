import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError, type ApiErrorClass } from '../../src/platform/errors/api-error';

const ROOT = join(__dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/errors.md');

interface ErrorClass {
  name: string;
  code: string;
  status: number;
  /** Of its file, from src/. */
  file: string;
  comment: string;
  /** What stands between its braces. */
  source: string;
  class: ApiErrorClass;
}

/** Every class of error in src/, with what its file says of it. */
function errorClasses(): ErrorClass[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.sort().flatMap((file) => {
    const source = readFileSync(join(ROOT, 'src', file), 'utf8');
    if (!source.includes('static readonly code =')) return [];
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- only at run time is it known which files there are
    const exported = require(join(ROOT, 'src', file)) as Record<string, unknown>;
    return Object.entries(exported)
      .filter((entry): entry is [string, { code: string; status: number }] => typeof entry[1] === 'function' && entry[1].prototype instanceof ApiError)
      .map(([name, known]) => ({ name, code: known.code, status: known.status, file, comment: commentOf(name, source), source: bodyOf(name, source), class: known as ApiErrorClass }));
  });
}

const bodyOf = (name: string, source: string): string => source.split(new RegExp(`export class ${name}\\b`))[1]?.split('\n}\n')[0] ?? '';

/** Its TSDoc; else the message it is thrown with, where that is plain text. */
function commentOf(name: string, source: string): string {
  const [before = ''] = source.split(new RegExp(`export class ${name}\\b`));
  const doc = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*$/
    .exec(before)?.[1]
    ?.replace(/\s*\n\s*\* ?/g, ' ')
    .trim();
  const quoted = /(?:super\((?:\w+\.status, )?|message = )(['"`])((?:(?!\1)[^])*)\1/.exec(bodyOf(name, source))?.[2];
  return doc ?? quoted?.replace(/\$\{[^}]*\}/g, '…') ?? '';
}

const classes = errorClasses();

const AREAS: [prefix: string, title: string][] = [['platform/', 'Everywhere']];

function titleOf(file: string): string {
  const known = AREAS.find(([prefix]) => file.startsWith(prefix))?.[1];
  const module = /^modules\/([^/]+)\//.exec(file)?.[1] ?? file;
  return known ?? `${module.charAt(0).toUpperCase()}${module.slice(1).replaceAll('-', ' ')}`;
}

function render(): string {
  const titles = [...new Set(classes.map(({ file }) => titleOf(file)))].sort(
    (one, other) => Number(other === 'Everywhere') - Number(one === 'Everywhere') || one.localeCompare(other),
  );
  const sections = titles.map((title) => {
    const rows = classes
      .filter(({ file }) => titleOf(file) === title)
      .sort((one, other) => one.status - other.status || one.code.localeCompare(other.code))
      .map(({ code, status, comment }) => `| \`${code}\` | ${status} | ${comment.replaceAll('|', '\\|')} |`);
    return [`## ${title}`, '', '| error | status | what it says |', '|---|---|---|', ...rows].join('\n');
  });
  return `# Errors

Every error has one shape, \`{code, error, message, details}\`: \`code\` is the HTTP status, \`error\` one of the names below,
\`message\` says what to do, \`details.requestId\` names the request. \`VALIDATION_FAILED\` names every fault in
\`details.fields[] = {path, code, message}\`. Where \`Retry-After\` is there, the same request may be sent again after it.

Generated from the error classes: \`UPDATE_ERRORS=1 npx jest test/architecture/errors\`.

${sections.join('\n\n')}
`;
}

describe('error classes', () => {
  it('are found', () => {
    expect(classes.length).toBeGreaterThan(30);
  });

  it.each(classes)('$name has a code of its own, which reads as its name, and a status', ({ name, code, status }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(classes.filter((other) => other.code === code).map((other) => other.name)).toEqual([name]);
    expect(code).toBe(name.replace(/(?<=[a-z])(?=[A-Z])|(?<=A)(?=List)/g, '_').toUpperCase());
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });

  it.each(classes)('$name says what is wrong', ({ comment }) => {
    expect(comment).not.toBe('');
  });

  it('that say to wait, or to try again, are transient: no such answer is kept for its Idempotency-Key', () => {
    const waiting = classes.filter(({ source, status }) => status < 500 && /\b(again in|try again|wait for|wait until)\b/i.test(source)).map(({ name }) => name);
    expect(waiting).toEqual(expect.arrayContaining(['FileNotReady', 'RecordingNotReady', 'IdempotencyKeyInUse']));
    // RateLimited says when, by Retry-After.
    const transient = classes.filter((known) => known.class.transient === true || known.name === 'RateLimited').map(({ name }) => name);
    expect(transient).toEqual(expect.arrayContaining(waiting));
  });

  it('are all in docs/errors.md: renew it with UPDATE_ERRORS=1', () => {
    if (process.env.UPDATE_ERRORS) writeFileSync(DOCUMENT, render());
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(render());
  });
});
