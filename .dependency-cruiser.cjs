/**
 * Who may import whom (docs: architecture). Modules stand in layers, from left to right, and import only from those to their
 * left: a new module is added here, or it may import no other.
 */
const LAYERS = [
  ['accounts'],
  ['activity', 'connections', 'custom-fields', 'files', 'jobs', 'operations'],
  ['contacts', 'recordings'],
  ['conversations'],
  ['tasks', 'calls', 'messages'],
  ['imports', 'webhooks', 'automations'],
];

const known = LAYERS.flat();
const oneOf = (names) => `(${names.join('|')})`;

const onlyLeftwards = LAYERS.map((names, layer) => ({
  name: `only-leftwards-from-${names[0]}`,
  comment: `${names.join(', ')} may import ${LAYERS.slice(0, layer).flat().join(', ') || 'no other module'}. Does the caller's answer depend on it? Else it is an event.`,
  severity: 'error',
  from: { path: `^src/modules/${oneOf(names)}/` },
  to: { path: `^src/modules/${oneOf(LAYERS.slice(layer).flat())}/`, pathNot: '^src/modules/$1/' },
}));

const PROVIDER_SDKS = ['twilio', '@vapi-ai/', '@aws-sdk/', 'minio', 'whatsapp', '@whiskeysockets/', 'openai', '@deepgram/', 'elevenlabs'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'through-the-door',
      comment: 'A module is imported through its index.ts: export there what is meant for others, or ask whether it is theirs.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/' },
      to: { path: '^src/modules/[^/]+/(?!index\\.ts$)', pathNot: '^src/modules/$1/' },
    },
    {
      name: 'through-the-door-from-outside',
      comment: 'As through-the-door, for what is no module: entrypoints, integrations.',
      severity: 'error',
      from: { path: '^src/(?!modules/)' },
      to: { path: '^src/modules/[^/]+/(?!index\\.ts$)' },
    },
    ...onlyLeftwards,
    {
      name: 'every-module-has-a-place',
      comment: 'A module that stands in no layer imports no other: add it to LAYERS.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/', pathNot: `^src/modules/${oneOf(known)}/` },
      to: { path: '^src/modules/', pathNot: '^src/modules/$1/' },
    },
    {
      name: 'no-module-knows-its-entrypoint',
      comment: 'main, cli, worker and app.module stand to the right of all modules.',
      severity: 'error',
      from: { path: '^src/(modules|platform|integrations|sandbox)/' },
      to: { path: '^src/([^/]+\\.ts$|cli/)' },
    },
    {
      name: 'entities-stay-home',
      comment: 'An entity never leaves its module: refer to its row by id, or give out a DTO.',
      severity: 'error',
      from: { path: '^src/modules/[^/]+/index\\.ts$' },
      to: { path: '\\.entity\\.ts$' },
    },
    {
      name: 'only-integrations-know-providers',
      comment: 'A provider’s SDK is used in integrations/ only, behind a port.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/integrations/' },
      to: { path: [`^${oneOf(PROVIDER_SDKS)}`, `(^|/)node_modules/${oneOf(PROVIDER_SDKS)}`] },
    },
    {
      name: 'platform-knows-no-business',
      comment: 'platform/ imports nothing of modules/, integrations/ or sandbox/.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(modules|integrations|sandbox)/' },
    },
    {
      name: 'sandbox-speaks-http',
      comment: 'The sandbox plays a provider: it reaches modules/ and integrations/ over HTTP only, as the provider would.',
      severity: 'error',
      from: { path: '^src/sandbox/' },
      to: { path: '^src/(modules|integrations)/' },
    },
    { name: 'no-circular', comment: 'Two files that need each other are one, or lack a third.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-development-dependencies',
      comment: 'What runs in production must be installed there: move the package to dependencies.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-tests', comment: 'src/ does not import test/.', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
  ],
  options: {
    exclude: { path: '\\.spec\\.ts$' },
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    // Imports of types count, too.
    tsPreCompilationDeps: true,
  },
};
