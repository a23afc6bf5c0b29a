/**
 * The walls: which way imports may point. Each rule says why it is there.
 * `npm run check -- walls` reads this; it fails when no module was read at all.
 */
const tests = '\\.test\\.ts$|\\.spike\\.ts$|/contract(/|\\.ts$)|^tests/'
const adapters =
  '^packages/server/src/(store/(?!port/|contract/|observer)[^/]+/|blobs/(?!port|contract)|cluster/(?!port|contract)|pusher/(?!port|contract)|transport/fanout)'

/** A wall between two places. */
const wall = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    wall(
      'protocol-stands-alone',
      'The protocol runs in the browser, in the server, in tests and in other people’s bots: zod and nothing else.',
      { path: '^packages/protocol/src/', pathNot: tests },
      { pathNot: '^packages/protocol/src/|node_modules/zod/' },
    ),
    wall(
      'client-is-headless',
      'The engine must run in Node and in a worker: no Vue, no Node module, nothing but its four packages.',
      { path: '^packages/client/src/', pathNot: tests },
      {
        pathNot: '^packages/(client|protocol)/src/|node_modules/(idb|socket\\.io-client|tus-js-client|uuid)/',
      },
    ),
    wall(
      'indexeddb-only-in-the-cache',
      'The browser’s database is one adapter of the cache port.',
      { path: '^packages/client/src/', pathNot: '^packages/client/src/cache/' },
      { path: 'node_modules/idb/' },
    ),
    wall(
      'socket-only-in-the-connection',
      'Everything else deals in operations and events, not in sockets.',
      { path: '^packages/client/src/', pathNot: `^packages/client/src/connection/|${tests}` },
      { path: 'node_modules/socket\\.io-client/' },
    ),
    wall(
      'web-knows-no-server',
      'What the web app needs of the server is the protocol.',
      { path: '^packages/(web|client|protocol)/' },
      { path: '^packages/server/' },
    ),
    wall(
      'server-knows-no-client',
      'Any client is as good as ours.',
      { path: '^packages/(server|protocol)/', pathNot: tests },
      { path: '^packages/(client|web)/' },
    ),
    wall(
      'packages-by-their-door',
      'A package’s index.ts is its only door; what is behind it may move.',
      { path: '^packages/([^/]+)/' },
      { path: '^packages/', pathNot: '^packages/$1/|^packages/[^/]+/src/index\\.ts$' },
    ),
    wall(
      'server-features-are-leaves',
      'A feature never imports a feature: what two share moves down to core or protocol.',
      {
        path: '^packages/server/src/features/([^/.]+)',
        pathNot: `^packages/server/src/features/index\\.ts$|${tests}`,
      },
      { path: '^packages/server/src/features/', pathNot: '^packages/server/src/features/$1[/.]' },
    ),
    wall(
      'client-features-are-leaves',
      'The same on the client.',
      {
        path: '^packages/client/src/features/([^/.]+)',
        pathNot: `^packages/client/src/features/index\\.ts$|${tests}`,
      },
      { path: '^packages/client/src/features/', pathNot: '^packages/client/src/features/$1[/.]' },
    ),
    wall(
      'features-know-no-edge',
      'Features stand on core, the protocol and ports. How a request arrives or where a row is kept is not theirs.',
      { path: '^packages/server/src/features/', pathNot: tests },
      { path: `^packages/server/src/(transport/|app|main|config|settings)|${adapters}` },
    ),
    wall(
      'core-points-down',
      'Core stands on ports and the protocol; nothing above it.',
      { path: '^packages/server/src/core/', pathNot: tests },
      { path: `^packages/server/src/(transport/|features/(?!index)|app|main)|${adapters}` },
    ),
    wall(
      'transport-knows-no-feature',
      'A binder serves the table of operations, whatever is in it.',
      { path: '^packages/server/src/transport/', pathNot: tests },
      { path: `^packages/server/src/(features/(?!index|[^/]+\\.routes)|store/(?!port/)|app|main)` },
    ),
    wall(
      'adapters-are-wired-in-one-place',
      'Engines are replaceable: only app.ts chooses them for the server, cli/wiring*.ts for the operator.',
      {
        path: '^packages/server/src/',
        pathNot: `^packages/server/src/(app|cli/wiring(-move)?)\\.ts$|^packages/server/src/(store|blobs|cluster|pusher|transport)/|${tests}`,
      },
      { path: adapters },
    ),
    wall(
      'sqlite-in-its-adapter',
      'One can see by searching who knows the engine.',
      { pathNot: `^packages/server/src/store/sqlite/|${tests}|^bench/` },
      { path: 'node_modules/(better-sqlite3|ioredis)/' },
    ),
    wall(
      'mongodb-in-its-adapter',
      'The same for the other store.',
      { pathNot: `^packages/server/src/store/mongo/|^tests/kit/|${tests}|^bench/` },
      { path: 'node_modules/(mongodb|bson)/' },
    ),
    wall(
      'redis-in-its-adapter',
      'The same for what carries words between nodes.',
      { pathNot: `^packages/server/src/cluster/(redis|socket-adapter)|${tests}|^bench/` },
      { path: 'node_modules/(redis|@redis|@socket\\.io/redis-adapter)/' },
    ),
    wall(
      's3-in-its-adapter',
      'The same for what is large.',
      { pathNot: `^packages/server/src/blobs/s3\\.ts$|${tests}` },
      { path: 'node_modules/@aws-sdk/' },
    ),
    wall(
      'web-servers-in-transport',
      'HTTP and sockets are edges; app.ts puts them together.',
      {
        path: '^packages/server/src/',
        pathNot: `^packages/server/src/(transport/|app\\.ts$)|\\.routes\\.ts$|${tests}`,
      },
      { path: 'node_modules/(express|socket\\.io|helmet|compression)/', dependencyTypesNot: ['type-only'] },
    ),
    wall(
      'components-do-not-call-the-engine',
      'A component shows, a composable knows: `.vue` files reach the engine through use-*.ts and stores.',
      { path: '\\.vue$' },
      { path: '^packages/client/|^packages/web/src/client\\.ts$', dependencyTypesNot: ['type-only'] },
    ),
    wall(
      'tests-are-leaves',
      'Nothing that ships imports a test, a contract suite or the kit.',
      { path: '^packages/', pathNot: tests },
      { path: tests },
    ),
    wall('no-cycles', 'A cycle is one module in two files. Types count.', {}, { circular: true }),
    wall(
      'nothing-unresolved',
      'An import that leads nowhere is a wall nobody watches.',
      { pathNot: '\\.d\\.ts$' },
      { couldNotResolve: true, pathNot: '^virtual:|\\?' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Hidden folders hold what a running test made for itself.
    exclude: { path: '(^|/)(dist|data|test-results|\\.[^/.][^/]*)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
}
