// Who may import whom (see ARCHITECTURE.md). Every rule is an error: a lint run with one violation fails.
const only = (from, allowed, comment) => ({
  name: `${from.replace(/[^a-z]/g, '-')}-imports`,
  comment,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: '^(src|components)/', pathNot: [`^${from}/`, ...allowed.map((path) => `^${path}`)] },
});

const API_TYPES = 'src/supervisor/api\\.ts$';
const PROBLEM = 'src/registry/problem\\.ts$';

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: ['^src/bin/', '\\.d\\.ts$'] }, to: {} },
    only('src/registry', [], 'The registry is the bottom layer.'),
    only('src/protocol', ['src/registry/'], 'Protocol clients know entries, nothing above.'),
    only('src/claude', ['src/registry/'], "Another program's files, and nothing of ours."),
    only('src/router', ['src/registry/'], 'It judges prompts; it starts and calls nothing.'),
    only(
      'src/memory',
      ['src/registry/', 'src/hub/access\\.ts$'],
      'The memory server stands alone; it is guarded like the hub.',
    ),
    only(
      'src/hub',
      ['src/registry/', 'src/protocol/', 'src/router/', 'src/supervisor/(api|hub-side|server-access|process/)'],
      'The hub reaches servers through an interface of the supervisor.',
    ),
    only('src/supervisor', ['src/registry/', 'src/protocol/'], 'The engine never sees a screen or a command line.'),
    only('src/cockpit', [API_TYPES, PROBLEM], 'The cockpit knows the API, not who implements it.'),
    only('components', ['src/cockpit/'], 'Components draw and forward keys.'),
    only(
      'src/cli',
      [
        'src/registry/',
        'src/supervisor/',
        'src/protocol/',
        'src/memory/',
        'src/hub/',
        'src/cockpit/',
        'src/claude/',
        'src/router/',
      ],
      'Commands never import JSX.',
    ),
    only(
      'src/bin',
      ['src/cli/', 'src/cockpit/', 'components/', 'src/supervisor/', 'src/hub/', 'src/memory/', 'src/registry/'],
      'Bins are thin.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs'] },
  },
};
